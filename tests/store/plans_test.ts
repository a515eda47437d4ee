/** How a real PostgreSQL means to find rollups among very many: by their key. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Database, SqlValue } from "../../src/store/database.ts";
import { querySeries } from "../../src/store/queries/series.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";

afterAll(stopStores);
setDefaultTimeout(60_000);

const DAY_MS = 86_400_000;
const TO_MS = Date.UTC(2025, 10, 21);
const FROM_MS = TO_MS - 30 * DAY_MS;
const METRICS = ["temp_c", "cpu_load", "voltage", "power_watts"];

/** As of a month, as it went by: half of all rows are of whole regions, most of the others of a host's hours. */
const FILL = [
  `insert into rackwatch.regions (region) values ('north'), ('south'), ('west')`,
  `insert into rackwatch.rollups (step_s, region_key, host_key, bucket, readings, temp_bins,
    ${METRICS.flatMap((metric) => [`${metric}_count`, `${metric}_sum_micro`]).join(", ")})
  select step_s, region_key, host_key, to_timestamp(${FROM_MS / 1000} + n * step_s), 1, '{}',
    1, 1, 1, 1, 1, 1, 1, 1
  from rackwatch.regions, (
    select 10 as step_s, 0 as host_key, n from generate_series(1, 60000) as n
    union all select 3600, 0, n from generate_series(0, 719) as n
    union all select 3600, h, n from generate_series(1, 80) as h, generate_series(0, 719) as n
  ) as s
  order by n * step_s`,
  `analyze rackwatch.rollups`,
];

const [postgres] = (await storesUnderTest()).filter((kind) => kind.name === "postgres");

describe.skipIf(postgres === undefined)("of 350,000 rollups", () => {
  let store: OpenStore;
  beforeAll(async () => {
    store = await postgres!.open();
    for (const statement of FILL) await store.database.query(statement);
  });
  afterAll(() => store.close());

  /** The plans of all that `ask` asks of rollups. */
  async function plansOf(ask: (database: Database) => Promise<unknown>): Promise<string> {
    const plans: string[] = [];
    const { database } = store;
    await ask({
      kind: "postgres",
      transact: (statements) => database.transact(statements),
      close: () => Promise.resolve(),
      query: async <R>(text: string, values?: readonly SqlValue[]) => {
        if (text.includes("rackwatch.rollups")) {
          const plan = await database.query(`explain ${text}`, values);
          plans.push(...plan.map((row) => String(row["QUERY PLAN"])));
        }
        return await database.query(text, values) as R[];
      },
    });
    expect(plans.length).toBeGreaterThan(0);
    return plans.join("\n");
  }

  test("a series of 30 days reads none but its tier's", async () => {
    const query = {
      metric: "temp_c",
      region: null,
      hostId: null,
      points: 360,
      fromMs: FROM_MS,
      toMs: TO_MS,
    } as const;
    const plan = await plansOf((database) => querySeries(database, query));
    expect(plan).not.toContain("Seq Scan on rollups");
  });
});
