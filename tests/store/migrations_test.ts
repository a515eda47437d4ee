import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { SILENT_LOG } from "../../src/log.ts";
import { migrate, SCHEMA_VERSION } from "../../src/store/migrations.ts";
import { StoreWriter } from "../../src/store/writer.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { failureOf, liveBatch } from "./fixtures.ts";

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
  });
}
