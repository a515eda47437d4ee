import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { SILENT_LOG } from "../../src/log.ts";
import { migrate, SCHEMA_VERSION } from "../../src/store/migrations.ts";
import { READINGS } from "../../src/store/migrations/0001_readings.ts";
import { ROLLUPS } from "../../src/store/migrations/0002_rollups.ts";
import { FUNCTIONS } from "../../src/store/migrations/0003_functions.ts";
import { RECONCILIATIONS } from "../../src/store/migrations/0004_reconciliations.ts";
import { IDENTITY } from "../../src/store/migrations/0005_identity.ts";
import { TIERS } from "../../src/store/migrations/0010_tiers.ts";
import type { Database } from "../../src/store/database.ts";
import { StoreWriter } from "../../src/store/writer.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { failureOf, liveBatch, manyReadings } from "./fixtures.ts";
import { rollupRows } from "./rollup_rows.ts";

// A test opens a store of its own: seconds, where the machine is busy.
setDefaultTimeout(60_000);
afterAll(stopStores);

for (const kind of await storesUnderTest()) {
  describe(`migrations on ${kind.name}`, () => {
    let store: OpenStore | null = null;
    const open = async () => (store = await kind.open({ migrated: false })).database;
    afterEach(async () => {
      await store?.close();
      store = null;
    });

    test("an empty database gets every migration once, by number", async () => {
      const database = await open();
      await migrate(database, SILENT_LOG);
      await migrate(database, SILENT_LOG);
      const rows = await database.query("select number from rackwatch.migrations order by 1");
      expect(rows).toEqual(Array.from({ length: SCHEMA_VERSION }, (_, index) => ({
        number: index + 1,
      })));
    });

    test("two processes may migrate at once", async () => {
      const database = await open();
      const others = await Promise.all([1, 2, 3].map(() => store!.connect()));
      await Promise.all([database, ...others].map((one) => migrate(one, SILENT_LOG)));
      expect(await database.query("select count(*) as n from rackwatch.migrations"))
        .toEqual([{ n: SCHEMA_VERSION }]);
    });

    test("a dropped view, or schema public, is there again after the next start", async () => {
      const database = await open();
      await migrate(database, SILENT_LOG);
      await new StoreWriter(database).commitLive(liveBatch());
      for (const loss of ["drop view public.server_metrics", "drop schema public cascade"]) {
        await database.query(loss);
        await migrate(database, SILENT_LOG);
        expect(await database.query("select count(*) as n from public.server_metrics"))
          .toEqual([{ n: 1 }]);
      }
    });

    test("a store newer than the program is refused, and left as it is", async () => {
      const database = await open();
      await migrate(database, SILENT_LOG);
      await database.query("insert into rackwatch.migrations values (999, 'from the future')");
      expect((await failureOf(migrate(database, SILENT_LOG))).message).toMatch(
        /999.*newer rackwatch/,
      );
    });

    test("a foreign table named server_metrics is refused with what to do", async () => {
      const database = await open();
      await database.query("create table public.server_metrics (host_id text)");
      expect((await failureOf(migrate(database, SILENT_LOG))).message).toContain(
        "rename to server_metrics_old",
      );
      expect(await database.query("select * from public.server_metrics")).toEqual([]);
    });

    test("server_metrics has the seven columns first, in order and type", async () => {
      const database = await open();
      await migrate(database, SILENT_LOG);
      const columns = await database.query<{ column_name: string; data_type: string }>(
        `select column_name, data_type from information_schema.columns
        where table_schema = 'public' and table_name = 'server_metrics'
        order by ordinal_position limit 7`,
      );
      expect(columns.map((one) => `${one.column_name} ${one.data_type}`)).toEqual([
        "host_id text",
        "region text",
        "timestamp timestamp with time zone",
        "temp_c double precision",
        "cpu_load double precision",
        "voltage double precision",
        "power_watts double precision",
      ]);
    });

    test("the tiers that an older store lacks become what its readings would make", async () => {
      const database = await open();
      await migrate(database, SILENT_LOG);
      await new StoreWriter(database).commitLive(liveBatch({ readings: manyReadings(5_000) }));
      const all = await rollupRows(database);
      await database.query(`delete from rackwatch.rollups
        where step_s = 86400 or (step_s = 300 and host_key <> 0)`);
      const widening = TIERS.filter((text) => text.startsWith("insert into rackwatch.rollups"));
      await database.transact(widening.map((text) => ({ text })));
      expect(await rollupRows(database)).toEqual(all);
    });

    test("a store of rows becomes one of chunks with the same readings, and goes on", async () => {
      const database = await open();
      await migrateToRows(database);
      await database.query(OLD_ROWS);
      const columns = `host_id, region, timestamp, temp_c, cpu_load, voltage, power_watts, layer,
        origin, "offset"`;
      const text = (from: string) =>
        `select ${columns}, temp_c::text as temperature_text from (${from}) as r
        order by origin, "offset"`;
      const before = await database.query(text(OLD_VIEW));
      const flags = (from: string) =>
        database.query<{ n: number }>(
          `select flags, count(*) as n from ${from} group by 1 order by 1`,
        );
      const flagsBefore = await flags("rackwatch.readings");
      const latest = await database.query(OLD_LATEST);
      expect(before).toHaveLength(6_000);
      await migrate(database, SILENT_LOG);
      expect(await database.query(text("select * from public.server_metrics"))).toEqual(before);
      expect(await flags("rackwatch.readings")).toEqual(flagsBefore);
      expect(
        await database.query(
          `select host_key, newest_ms, temp_c, temp_c_ms from rackwatch.latest order by 1`,
        ),
      ).toEqual(latest);
      const unsound = await database.query(
        `select * from rackwatch.chunks where readings > 1000
          or host_key[1] <> first_host or host_key[readings] <> last_host
          or cardinality(temp_c) <> readings or cardinality(record_offset) <> readings
          or (select min(x) <> 0 or max(x) <> last_ms - first_ms from unnest(at_ms) as x)
          or host_key <> array(select x from unnest(host_key) as x order by 1)`,
      );
      expect(unsound).toEqual([]);
      await new StoreWriter(database).commitLive(liveBatch());
      expect(await database.query("select count(*) as n from public.server_metrics"))
        .toEqual([{ n: 6_001 }]);
    });
  });
}

/** As the releases before chunks left a store. */
async function migrateToRows(database: Database): Promise<void> {
  const steps = [READINGS, ROLLUPS, FUNCTIONS, RECONCILIATIONS, IDENTITY];
  await database.transact([
    "create schema rackwatch",
    `create table rackwatch.migrations (
      number int primary key, name text not null, applied_at timestamptz not null default now())`,
    ...steps.flatMap((statements, index) => [
      `insert into rackwatch.migrations (number, name) values (${index + 1}, 'step')`,
      ...statements,
    ]),
    `select rackwatch.ensure_weeks(array_agg(week))
      from generate_series(timestamptz '2024-12-30Z', '2026-01-05Z', interval '168 hours') as week`,
    "insert into rackwatch.regions (region) values ('USA'), ('Germany')",
    "insert into rackwatch.hosts (region_key, host_id) select 1 + i % 2, 'h' || i / 2 from generate_series(0, 59) as i",
    `insert into rackwatch.origins (layer, run_id, source, path, state)
      values ('speed', 'r', 's', 'part', 'live'), ('batch', 'b', 's', 'file', 'loaded')`,
  ].map((text) => ({ text })));
}

/** Nearly a year apart, out of order, with nulls, flags, milliseconds and a negative zero. */
const OLD_ROWS = `insert into rackwatch.readings
  select timestamptz '2025-01-01Z' + (i * 7919 % 6000) * interval '5000.007 s',
    case when i % 5 = 0 then null when i % 5 = 1 then '-0'::float8 else 20 + i / 7.0 end,
    nullif(i % 100, 3), case when i % 2 = 0 then 11.9 end, case when i % 2 = 1 then 400 + i end,
    i * 100, 1 + i * 31 % 60, 1 + i / 4000, case when i % 50 = 0 then i / 50 % 4 else 0 end
  from generate_series(0, 5999) as i`;

const OLD_VIEW = `select h.host_id, g.region, r.at as timestamp, r.temp_c, r.cpu_load, r.voltage,
    r.power_watts, o.layer, o.path as origin, r.record_offset as "offset"
  from rackwatch.readings r join rackwatch.hosts h using (host_key)
  join rackwatch.regions g using (region_key) join rackwatch.origins o using (origin_key)`;

const OLD_LATEST = `select host_key, (extract(epoch from max(at)) * 1000)::bigint as newest_ms,
    (array_agg(temp_c order by at desc) filter (where temp_c is not null))[1] as temp_c,
    (extract(epoch from max(at) filter (where temp_c is not null)) * 1000)::bigint as temp_c_ms
  from rackwatch.readings where flags & 2 <> 2 group by 1 order by 1`;
