import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { FINEST_TIERS, type Tiers } from "../../src/model/rollup.ts";
import { deriveFrom, RollupFold } from "../../src/rollup/fold.ts";
import { emptyStore } from "../../src/store/empty_store.ts";
import { FileLoads } from "../../src/store/file_load.ts";
import { StoreWriter } from "../../src/store/writer.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { checkpoint, failureOf, LIVE_ORIGIN, liveBatch, manyReadings } from "./fixtures.ts";
import { rollupRows } from "./rollup_rows.ts";

afterAll(stopStores);

const READINGS = manyReadings(900);
const later = () => null;

/** Of the batch that begins there: each third of the readings has others. */
function tiersAt(from: number): Tiers {
  if (from === 300) return { regionS: 60, hostS: 300 };
  return from === 600 ? { regionS: 600, hostS: 3600 } : FINEST_TIERS;
}

function gathered() {
  const fold = new RollupFold();
  for (let at = 0; at < 900; at += 300) fold.add(READINGS.slice(at, at + 300), tiersAt(at));
  return fold.take();
}

for (const kind of await storesUnderTest()) {
  describe(`rollups written later on ${kind.name}`, () => {
    let store: OpenStore;
    let writer: StoreWriter;
    beforeAll(async () => void (store = await kind.open()), 60_000);
    afterAll(() => store.close());
    beforeEach(async () => {
      await emptyStore(store.database);
      writer = new StoreWriter(store.database);
    });
    const batch = (from: number, to: number) =>
      liveBatch({
        readings: READINGS.slice(from, to),
        tiers: tiersAt(from),
        derive: (readings) => deriveFrom(readings, tiersAt(from)),
        from: checkpoint(from * 120),
        to: checkpoint(to * 120),
      });
    const derived = async () => ({
      rollups: await rollupRows(store.database),
      latest: (await store.database.query(
        `select h.host_id, l.* from rackwatch.latest l join rackwatch.hosts h using (host_key)
        order by h.host_id`,
      )).map(({ host_key: _key, ...rest }) => rest),
      newest: await store.database.query(
        "select region, newest_at from rackwatch.regions order by 1",
      ),
    });
    const behind = () =>
      store.database.query("select path from rackwatch.origins where rolled_up_to is not null");

    /** With every batch its own. */
    async function atOnce() {
      for (let at = 0; at < 900; at += 300) await writer.commitLive(batch(at, at + 300));
      const all = await derived();
      await emptyStore(store.database);
      writer = new StoreWriter(store.database);
      return all;
    }

    test("gathered over batches they are the same", async () => {
      const all = await atOnce();
      await writer.commitLive({ ...batch(0, 300), derive: later });
      await writer.commitLive({ ...batch(300, 600), derive: later });
      expect(await behind()).toEqual([{ path: LIVE_ORIGIN.path }]);
      await writer.commitLive({ ...batch(600, 900), derive: gathered });
      expect(await derived()).toEqual(all);
      expect(await behind()).toEqual([]);
    });

    test("what a crash left out is added from the rows, once, to the same bits", async () => {
      const all = await atOnce();
      await writer.commitLive(batch(0, 300));
      await writer.commitLive({ ...batch(300, 600), derive: later });
      await writer.commitLive({ ...batch(600, 900), derive: later });
      await new StoreWriter(store.database).settle(LIVE_ORIGIN.runId);
      await new StoreWriter(store.database).settle(LIVE_ORIGIN.runId);
      expect(await derived()).toEqual(all);
      expect(await behind()).toEqual([]);
    });

    test("what somebody has settled meanwhile is refused, not counted twice", async () => {
      const all = await atOnce();
      await writer.commitLive({ ...batch(0, 300), derive: later });
      await writer.commitLive({ ...batch(300, 600), derive: later });
      await new StoreWriter(store.database).settle(LIVE_ORIGIN.runId);
      const late = writer.commitLive({ ...batch(600, 900), derive: gathered });
      expect(await failureOf(late)).toMatchObject({ code: "stale_checkpoint" });
      await writer.settle(LIVE_ORIGIN.runId);
      await writer.commitLive(batch(600, 900));
      expect(await derived()).toEqual(all);
    });

    test("a history file replaced meanwhile does not take them in", async () => {
      const all = await atOnce();
      const loads = new FileLoads(store.database);
      const load = async (digest: string) => {
        const begun = await loads.beginFile({
          origin: { layer: "batch", runId: "b", source: "s", path: "history.csv" },
          digest,
          bytes: 1,
          mtimeMs: 1,
        });
        const readings = READINGS.slice(0, 50);
        await begun.append(
          { readings, deadLetters: [], alerts: [], tiers: FINEST_TIERS },
          deriveFrom,
        );
        await begun.finish(null);
      };
      await load("a");
      await writer.commitLive({ ...batch(0, 900), derive: later });
      await load("b");
      await writer.settle(LIVE_ORIGIN.runId);
      expect(
        await store.database.query(
          `select sum(readings)::int as n from rackwatch.rollups
          where step_s = 3600 and host_key = 0`,
        ),
      ).toEqual([{ n: 950 }]);
      expect((await derived()).latest).toEqual(all.latest);
    });

    test("settling beside a writer of the same buckets ends, and loses nothing", async () => {
      await writer.commitLive(liveBatch({ readings: READINGS }));
      const all = await derived();
      await emptyStore(store.database);
      writer = new StoreWriter(store.database);
      await writer.commitLive({ ...batch(0, 900), derive: later });
      const others = new FileLoads(store.database);
      const load = await others.beginFile({
        origin: { layer: "batch", runId: "b", source: "s", path: "same.csv" },
        digest: "a",
        bytes: 1,
        mtimeMs: 1,
      });
      await load.append(
        { readings: READINGS, deadLetters: [], alerts: [], tiers: FINEST_TIERS },
        later,
      );
      // Regions come first, in one order everywhere: whoever has them has the rest to itself.
      await Promise.all([
        new StoreWriter(store.database).settle(LIVE_ORIGIN.runId),
        load.finish(deriveFrom(READINGS)),
      ]);
      const { rollups } = await derived();
      expect(rollups).toHaveLength(all.rollups.length);
      expect(await behind()).toEqual([]);
      expect(
        await store.database.query(
          `select sum(readings)::int as n from rackwatch.rollups
          where step_s = 3600 and host_key = 0`,
        ),
      ).toEqual([{ n: 1_800 }]);
    });
  });
}
