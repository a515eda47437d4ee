import {
  afterAll,
  afterEach,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { SILENT_LOG } from "../../src/log.ts";
import { StoreError } from "../../src/store/database.ts";
import { dropLeftovers, openNextStore, replaceStore } from "../../src/store/next_store.ts";
import { StoreWriter } from "../../src/store/writer.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { checkpoint, liveBatch, manyReadings, opened, reading } from "./fixtures.ts";

afterAll(stopStores);
setDefaultTimeout(60_000);

for (const kind of await storesUnderTest()) {
  describe(`a store built beside the one in use, on ${kind.name}`, () => {
    let store: OpenStore;
    beforeEach(async () => {
      store = await kind.open();
    });
    afterEach(() => store.close());
    const hosts = async () =>
      (await store.database.query<{ host_id: string }>(
        `select distinct host_id from public.server_metrics order by 1`,
      )).map((row) => row.host_id);
    const schemas = async () =>
      (await store.database.query<{ name: string }>(
        `select nspname as name from pg_namespace where nspname like 'rackwatch%' order by 1`,
      )).map((row) => row.name);

    test("shows nothing before it takes the other's place, then all of it and nothing else", async () => {
      await new StoreWriter(store.database).commitLive(liveBatch());
      const next = await openNextStore(store.database, SILENT_LOG);
      await new StoreWriter(next).commitLive(
        liveBatch({
          readings: [reading({ host_id: "new-1" }), reading({ host_id: "new-2", offset: 9 })],
        }),
      );
      expect(await hosts()).toEqual(["us-cloud-1"]);
      await replaceStore(store.database);
      expect(await hosts()).toEqual(["new-1", "new-2"]);
      expect(await schemas()).toEqual(["rackwatch"]);
    });

    test("what was made ready for the store before is made anew, with the new store's keys", async () => {
      const writer = new StoreWriter(store.database);
      await writer.commitLive(liveBatch());
      const readings = [reading({ offset: 120, temp_c: 33 })];
      const prepared = writer.prepare(liveBatch({ readings }));
      expect(prepared).not.toBeNull();
      const next = await openNextStore(store.database, SILENT_LOG);
      await new StoreWriter(next).commitLive(liveBatch({
        readings: [reading({ host_id: "a", region: "A" }), reading({ offset: 60 })],
        to: checkpoint(120),
      }));
      await replaceStore(store.database);
      const more = liveBatch({ from: checkpoint(120), to: checkpoint(240), readings, prepared });
      const refusal = await writer.commitLive(more).catch((error) => error);
      expect(refusal).toBeInstanceOf(StoreError);
      await writer.commitLive(more);
      const rows = await store.database.query(
        `select host_id, region from public.server_metrics where temp_c = 33`,
      );
      expect(rows).toEqual([{ host_id: "us-cloud-1", region: "USA" }]);
    });

    test("a writer that wrote before goes on after it, with the new store's keys", async () => {
      const writer = new StoreWriter(store.database);
      await writer.commitLive(liveBatch());
      const next = await openNextStore(store.database, SILENT_LOG);
      // Other hosts first, so that keys mean other names there.
      await new StoreWriter(next).commitLive(liveBatch({
        readings: [reading({ host_id: "z", region: "Z" }), reading({ offset: 60 })],
        to: checkpoint(120),
      }));
      await replaceStore(store.database);
      const more = liveBatch({
        from: checkpoint(120),
        to: checkpoint(240),
        readings: [reading({ offset: 120, temp_c: 33 })],
      });
      const refusal = await writer.commitLive(more).catch((error) => error);
      expect(refusal).toBeInstanceOf(StoreError);
      expect(refusal.code).toBe("stale_checkpoint");
      await writer.commitLive(more);
      const rows = await store.database.query(
        `select host_id, region, "offset" from public.server_metrics where temp_c = 33`,
      );
      expect(rows).toEqual([{ host_id: "us-cloud-1", region: "USA", offset: 120 }]);
      expect(await writer.readCheckpoint(checkpoint(0).runId)).toMatchObject({
        offset: 240,
        rows: 3,
      });
    });

    test("its functions name its own tables after the replacement", async () => {
      await openNextStore(store.database, SILENT_LOG);
      await replaceStore(store.database);
      const bodies = await store.database.query<{ body: string }>(
        `select pg_get_functiondef(p.oid) as body from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'rackwatch'`,
      );
      expect(bodies.length).toBeGreaterThan(4);
      expect(bodies.filter(({ body }) => body.includes("rackwatch_next"))).toEqual([]);
    });

    test("an acknowledgement goes over to the same alert", async () => {
      const batch = liveBatch({ alerts: [opened()] });
      await new StoreWriter(store.database).commitLive(batch);
      await store.database.query(
        "update rackwatch.alerts set acknowledged_at = to_timestamp(1), acknowledged_note = 'seen'",
      );
      const next = await openNextStore(store.database, SILENT_LOG);
      await new StoreWriter(next).commitLive(batch);
      await replaceStore(store.database);
      expect(
        await store.database.query(
          "select acknowledged_at, acknowledged_note from rackwatch.alerts",
        ),
      )
        .toEqual([{ acknowledged_at: 1000, acknowledged_note: "seen" }]);
    });

    test("what a broken-off attempt left is gone after the leftovers are dropped", async () => {
      const next = await openNextStore(store.database, SILENT_LOG);
      await new StoreWriter(next).commitLive(liveBatch({ readings: manyReadings(50) }));
      await dropLeftovers(store.database);
      expect(await schemas()).toEqual(["rackwatch"]);
    });

    test("a replacement can follow a replacement", async () => {
      for (let round = 0; round < 2; round++) {
        const next = await openNextStore(store.database, SILENT_LOG);
        await new StoreWriter(next).commitLive(liveBatch());
        await replaceStore(store.database);
      }
      expect(await hosts()).toEqual(["us-cloud-1"]);
    });

    test("replacing while batches commit leaves every line in the new store once", async () => {
      const next = await openNextStore(store.database, SILENT_LOG);
      const writer = new StoreWriter(await store.connect());
      const batch = (index: number) =>
        liveBatch({
          from: checkpoint(index * 100),
          to: checkpoint(index * 100 + 100),
          readings: [reading({ offset: index * 100 })],
        });
      const beside = new StoreWriter(next);
      for (let index = 0; index < 20; index++) {
        await writer.commitLive(batch(index));
        await beside.commitLive(batch(index));
      }
      const replacing = replaceStore(store.database);
      let index = 20;
      while (index < 60) {
        try {
          await writer.commitLive(batch(index));
          index++;
        } catch (error) {
          if (!(error instanceof StoreError) || error.code !== "stale_checkpoint") throw error;
          index = ((await writer.readCheckpoint(checkpoint(0).runId))?.offset ?? 0) / 100;
        }
      }
      await replacing;
      const [row] = await store.database.query(
        `select count(*) as rows, count(distinct "offset") as offsets from public.server_metrics`,
      );
      expect(row).toEqual({ rows: 60, offsets: 60 });
    });
  });
}
