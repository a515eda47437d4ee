/** How wide a series' buckets are where a host's readings lie in very many chunks. */
import {
  afterAll,
  afterEach,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { querySeries } from "../../src/store/queries/series.ts";
import { stepFor } from "../../src/store/queries/series_step.ts";
import { StoreWriter } from "../../src/store/writer.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { checkpoint, liveBatch, reading } from "./fixtures.ts";

afterAll(stopStores);
setDefaultTimeout(60_000);

const DAY_MS = 86_400_000;
const FROM_MS = Date.UTC(2025, 10, 14);
const TO_MS = FROM_MS + 7 * DAY_MS;
/** Columns of a chunk besides those that tell where it lies. */
const REST = `region_key, first_host, last_host, readings, at_ms, record_offset, host_key, temp_c,
  cpu_load, voltage, power_watts, flags, region_tier_s, host_tier_s`;

for (const kind of await storesUnderTest()) {
  describe(`a host's series of a week on ${kind.name}`, () => {
    let store: OpenStore;
    beforeEach(async () => {
      store = await kind.open();
    });
    afterEach(() => store.close());

    /** A reading each 600 s, a chunk each, in rollups of hours and days alone. */
    async function fill(chunks: number): Promise<void> {
      const { database } = store;
      const readings = [reading({ host_id: "rack-7", atMs: FROM_MS, temp_c: 50 })];
      const tiers = { regionS: 10, hostS: 3600 } as const;
      await new StoreWriter(database).commitLive(
        liveBatch({ readings, tiers, to: checkpoint(120), derive: () => null }),
      );
      await database.query(
        `insert into rackwatch.chunks (first_ms, last_ms, first_offset, last_offset, origin_key, ${REST})
        select first_ms + n * 600000, last_ms + n * 600000, first_offset + n, last_offset + n,
          origin_key, ${REST}
        from rackwatch.chunks, generate_series(1, ${chunks - 1}) as n`,
      );
      await database.query(
        `insert into rackwatch.rollups (step_s, region_key, host_key, bucket, readings, temp_bins,
          temp_c_count, temp_c_sum_micro, temp_c_min, temp_c_max, cpu_load_count,
          cpu_load_sum_micro, voltage_count, voltage_sum_micro, power_watts_count,
          power_watts_sum_micro)
        select 3600, region_key, host_key, date_trunc('hour', at, 'UTC'), count(*), '{}', count(*),
          sum(temp_c * 1e6)::bigint, min(temp_c), max(temp_c), 0, 0, 0, 0, 0, 0
        from rackwatch.readings group by region_key, host_key, 4`,
      );
    }
    const series = () =>
      querySeries(store.database, {
        metric: "temp_c",
        region: null,
        hostId: "rack-7",
        fromMs: FROM_MS,
        toMs: TO_MS,
        points: 336,
      });
    const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);

    test("in few chunks is as fine as asked for", async () => {
      await fill(400);
      const { step_ms, count } = await series();
      expect(step_ms).toBe(1_800_000);
      expect(total(count)).toBe(400);
    });

    test("in more than can be opened is of hours, with every reading in it", async () => {
      await fill(1_008);
      const { step_ms, count } = await series();
      expect(step_ms).toBe(3_600_000);
      expect(count).toEqual(Array(168).fill(6));
    });
  });
}

test("the finest round step for so many points", () => {
  expect([1, 300, 336, 100_000].map((points) => stepFor(7 * DAY_MS, points)))
    .toEqual([604_800, 3_600, 1_800, 10]);
});
