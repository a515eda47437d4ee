import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { FLAG_FUTURE } from "../../src/model/reading.ts";
import { StoreError } from "../../src/store/database.ts";
import { emptyStore } from "../../src/store/empty_store.ts";
import { StoreWriter } from "../../src/store/writer.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import {
  alert,
  checkpoint,
  deadLetter,
  LIVE_ORIGIN,
  liveBatch,
  manyReadings,
  opened,
  reading,
  START_MS,
} from "./fixtures.ts";
import { rollupRows } from "./rollup_rows.ts";

afterAll(stopStores);

for (const kind of await storesUnderTest()) {
  describe(`writer on ${kind.name}`, () => {
    let store: OpenStore;
    let writer: StoreWriter;
    beforeAll(async () => void (store = await kind.open()), 60_000);
    afterAll(() => store.close());
    beforeEach(async () => {
      await emptyStore(store.database);
      writer = new StoreWriter(store.database);
    });
    const one = async (text: string) => (await store.database.query(text))[0];

    test("a committed reading comes back with its values, its time and its place", async () => {
      await writer.commitLive(liveBatch({
        readings: [reading({ offset: 77, atMs: START_MS + 123 })],
      }));
      expect(await one("select * from server_metrics")).toEqual({
        host_id: "us-cloud-1",
        region: "USA",
        timestamp: START_MS + 123,
        temp_c: 67,
        cpu_load: 42,
        voltage: 11.93,
        power_watts: null,
        layer: "speed",
        origin: LIVE_ORIGIN.path,
        offset: 77,
      });
    });

    test("readings that were made ready before are stored as they would be without", async () => {
      const first = liveBatch();
      await writer.commitLive(first);
      const readings = [reading({ offset: 130, temp_c: 71 }), reading({ offset: 120, temp_c: 70 })];
      const prepared = writer.prepare({ ...first, readings });
      expect(prepared).not.toBeNull();
      const next = { from: checkpoint(120), to: checkpoint(140), readings, prepared };
      await writer.commitLive(liveBatch(next));
      const rows = await store.database.query(
        `select temp_c, "offset" from server_metrics where "offset" >= 120 order by 2`,
      );
      expect(rows).toEqual([{ temp_c: 70, offset: 120 }, { temp_c: 71, offset: 130 }]);
    });

    test("nothing is made ready of hosts or origins that the store was not asked for", async () => {
      const readings = [reading({ host_id: "never heard of" })];
      expect(writer.prepare(liveBatch())).toBeNull();
      await writer.commitLive(liveBatch());
      expect(writer.prepare(liveBatch({ readings }))).toBeNull();
      expect(writer.prepare(liveBatch({ readings: [] }))).toBeNull();
    });

    test("the store is at work from the moment on in which it was told to be", async () => {
      const told: string[] = [];
      await writer.commitLive(liveBatch({ onUnderWay: () => void told.push("under way") }));
      told.push("done");
      expect(told).toEqual(["under way", "done"]);
    });

    test("the checkpoint moves with the rows and counts them", async () => {
      expect(await writer.readCheckpoint(LIVE_ORIGIN.runId)).toBeNull();
      await writer.commitLive(liveBatch({ lines: 2, deadLetters: [deadLetter()] }));
      expect(await writer.readCheckpoint(LIVE_ORIGIN.runId)).toEqual({
        ...checkpoint(120),
        lines: 2,
        rows: 1,
        deadLetters: 1,
      });
    });

    test("the same batch twice is refused as stale and changes nothing", async () => {
      const batch = liveBatch({ deadLetters: [deadLetter()] });
      await writer.commitLive(batch);
      const again = new StoreWriter(store.database).commitLive(batch);
      expect(await codeOf(again)).toBe("stale_checkpoint");
      expect(await one("select count(*) as n from server_metrics")).toEqual({ n: 1 });
      expect(await one("select count(*) as n from rackwatch.dead_letters")).toEqual({ n: 1 });
      expect(await one("select sum(readings) as n from rackwatch.rollups where step_s = 3600"))
        .toEqual({ n: 2 });
    });

    test("an empty batch moves the checkpoint on", async () => {
      await writer.commitLive(liveBatch({ readings: [], lines: 0, to: checkpoint(0, 1) }));
      expect(await writer.readCheckpoint(LIVE_ORIGIN.runId)).toMatchObject(checkpoint(0, 1));
    });

    test("rows the database refuses become dead letters, the rest commits", async () => {
      const readings = manyReadings(300);
      readings[17] = reading({ host_id: "nul\0byte", offset: 17 });
      readings[203] = reading({ atMs: 1e18, offset: 203 });
      const folded: number[] = [];
      const batch = liveBatch({ readings });
      const result = await writer.commitLive({
        ...batch,
        derive: (survivors) => {
          folded.push(survivors.length);
          return batch.derive(survivors);
        },
      });
      expect(result.rows).toBe(298);
      expect(result.rejected.map(({ offset, code }) => [offset, code])).toEqual([
        [17, "store_rejected"],
        [203, "store_rejected"],
      ]);
      expect(folded.at(-1)).toBe(298);
      expect(await one("select count(*) as n from server_metrics")).toEqual({ n: 298 });
      expect(await one("select raw from rackwatch.dead_letters where record_offset = 17"))
        .toEqual({ raw: expect.stringContaining("nul\\u0000byte") });
      expect(await writer.readCheckpoint(LIVE_ORIGIN.runId))
        .toMatchObject({ rows: 298, deadLetters: 2 });
    });

    test("the writer goes on after a refused row", async () => {
      await writer.commitLive(liveBatch({ readings: [reading({ host_id: "a\0" })] }));
      const batch = liveBatch({ from: checkpoint(120), to: checkpoint(240) });
      expect((await writer.commitLive(batch)).rows).toBe(1);
    });

    test("rollups of many batches equal the rollup of all their readings at once", async () => {
      const readings = manyReadings(3000);
      for (let at = 0; at < 3000; at += 250) {
        await writer.commitLive(liveBatch({
          readings: readings.slice(at, at + 250),
          from: checkpoint(at),
          to: checkpoint(at + 250),
        }));
      }
      const piecewise = await rollupRows(store.database);
      await emptyStore(store.database);
      await new StoreWriter(store.database).commitLive(liveBatch({ readings }));
      expect(piecewise).toEqual(await rollupRows(store.database));
      expect(piecewise.length).toBeGreaterThan(300);
    });

    test("two writers may fill the same buckets at once", async () => {
      const other = new StoreWriter(await store.connect());
      const readings = manyReadings(600);
      const run = async (by: StoreWriter, runId: string) => {
        for (let at = 0; at < 600; at += 100) {
          await by.commitLive(liveBatch({
            origin: { ...LIVE_ORIGIN, runId, path: runId },
            readings: readings.slice(at, at + 100),
            from: { runId, part: 0, offset: at },
            to: { runId, part: 0, offset: at + 100 },
          }));
        }
      };
      await Promise.all([run(writer, "one"), run(other, "two")]);
      expect(
        await one(
          "select sum(readings) as n from rackwatch.rollups where step_s = 60 and host_key = 0",
        ),
      ).toEqual({ n: 1200 });
    });

    test("the same host name in two regions is two hosts", async () => {
      await writer.commitLive(liveBatch({
        readings: [reading({ region: "USA" }), reading({ region: "India" })],
      }));
      expect(await store.database.query("select region from server_metrics order by 1"))
        .toEqual([{ region: "India" }, { region: "USA" }]);
    });

    test("a region's newest time ignores readings from the future", async () => {
      await writer.commitLive(liveBatch({
        readings: [reading(), reading({ atMs: START_MS + 3_600_000, flags: FLAG_FUTURE })],
      }));
      expect(await one("select newest_at from rackwatch.regions")).toEqual({ newest_at: START_MS });
    });

    test("readings of any week find a partition", async () => {
      const weekMs = 604_800_000;
      const readings = [-900, -1, 0, 1, 52, 2000].map((weeks) =>
        reading({ atMs: START_MS + weeks * weekMs })
      );
      await writer.commitLive(liveBatch({ readings }));
      expect(await one("select count(*) as n from server_metrics")).toEqual({ n: 6 });
    });

    test("dead letters keep NUL bytes visible", async () => {
      await writer.commitLive(liveBatch({ deadLetters: [deadLetter({ raw: "a\0b" })] }));
      expect(await one("select raw from rackwatch.dead_letters")).toEqual({ raw: "a\u2400b" });
    });

    test("an alert's last change in a batch is what is stored", async () => {
      await writer.commitLive(liveBatch({
        alerts: [
          opened(),
          { kind: "closed", alert: alert({ closedAtMs: START_MS + 9000, closedBy: "cleared" }) },
        ],
      }));
      expect(await store.database.query("select closed_at, closed_by from rackwatch.alerts"))
        .toEqual([{ closed_at: START_MS + 9000, closed_by: "cleared" }]);
    });
  });
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "no error";
  } catch (error) {
    return error instanceof StoreError ? error.code : String(error);
  }
}
