import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Reading } from "../../src/model/reading.ts";
import { FINEST_TIERS, type Tiers } from "../../src/model/rollup.ts";
import { deriveFrom } from "../../src/rollup/fold.ts";
import { emptyStore } from "../../src/store/empty_store.ts";
import { FileLoads } from "../../src/store/file_load.ts";
import type { FileIdentity } from "../../src/store/file_origins.ts";
import { queryDeadLetters } from "../../src/store/queries/dead_letters.ts";
import { EVERY_ALERT, queryAlertPage } from "../../src/store/queries/alert_pages.ts";
import { StoreWriter } from "../../src/store/writer.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import {
  alert,
  deadLetter,
  liveBatch,
  manyReadings,
  opened,
  reading,
  START_MS,
} from "./fixtures.ts";
import { rollupRows } from "./rollup_rows.ts";

const PATH = "us_cloud/cloud_metrics.json";

function file(digest: string, path = PATH): FileIdentity {
  return {
    origin: { layer: "batch", runId: "batch_run_1", source: "us_cloud", path },
    digest,
    bytes: 1234,
    mtimeMs: START_MS + 0.5,
  };
}

afterAll(stopStores);

for (const kind of await storesUnderTest()) {
  describe(`history files on ${kind.name}`, () => {
    let store: OpenStore;
    let loads: FileLoads;
    beforeAll(async () => void (store = await kind.open()), 60_000);
    afterAll(() => store.close());
    beforeEach(async () => {
      await emptyStore(store.database);
      loads = new FileLoads(store.database);
    });

    const load = async (
      digest: string,
      readings: readonly Reading[],
      path = PATH,
      tiers = FINEST_TIERS,
    ) => {
      const started = await loads.beginFile(file(digest, path));
      for (let at = 0; at < readings.length; at += 100) {
        const chunk = readings.slice(at, at + 100);
        await started.append(
          { readings: chunk, deadLetters: [], alerts: [], tiers },
          (accepted) => deriveFrom(accepted, tiers),
        );
      }
      await started.finish(null);
    };
    const rows = async () =>
      (await store.database.query<{ n: number }>("select count(*) as n from server_metrics"))[0]!.n;

    test("a new file is known by its digest once it is loaded", async () => {
      expect(await loads.knownFile(PATH)).toBeNull();
      await load("aaa", manyReadings(10));
      expect(await loads.knownFile(PATH)).toEqual({
        digest: "aaa",
        bytes: 1234,
        mtimeMs: START_MS + 0.5,
        state: "loaded",
      });
    });

    test("a new file's chunks show while it is loading", async () => {
      const started = await loads.beginFile(file("aaa"));
      await started.append(
        { readings: manyReadings(10), deadLetters: [], alerts: [], tiers: FINEST_TIERS },
        deriveFrom,
      );
      expect(await rows()).toBe(10);
      expect(await loads.knownFile(PATH)).toMatchObject({ state: "loading" });
    });

    test("a changed file shows nothing of itself until it replaces the old one whole", async () => {
      await load("aaa", manyReadings(10));
      const changed = await loads.beginFile(file("bbb"));
      expect(changed.replaces).toBe(true);
      const chunk = {
        readings: manyReadings(3),
        deadLetters: [deadLetter()],
        alerts: [opened()],
        tiers: FINEST_TIERS,
      };
      await changed.append(chunk, deriveFrom);
      expect(await rows()).toBe(10);
      expect(await queryDeadLetters(store.database, 10)).toEqual([]);
      expect(await queryAlertPage(store.database, { ...EVERY_ALERT, limit: 10 })).toEqual([]);
      await changed.finish(null);
      expect(await rows()).toBe(3);
      expect(await queryDeadLetters(store.database, 10)).toHaveLength(1);
      expect(await queryAlertPage(store.database, { ...EVERY_ALERT, limit: 10 })).toHaveLength(1);
      expect(await loads.knownFile(PATH)).toMatchObject({ digest: "bbb", state: "loaded" });
    });

    test("after a crash while loading, the same file loads once", async () => {
      const crashed = await loads.beginFile(file("aaa"));
      await crashed.append(
        {
          readings: manyReadings(40).slice(0, 25),
          deadLetters: [],
          alerts: [],
          tiers: FINEST_TIERS,
        },
        deriveFrom,
      );
      await load("aaa", manyReadings(40));
      expect(await rows()).toBe(40);
    });

    test("a crash while staging leaves nothing behind", async () => {
      await load("aaa", manyReadings(10));
      const crashed = await loads.beginFile(file("bbb"));
      const chunk = {
        readings: manyReadings(5),
        deadLetters: [deadLetter()],
        alerts: [opened()],
        tiers: FINEST_TIERS,
      };
      await crashed.append(chunk, deriveFrom);
      await load("ccc", manyReadings(7));
      expect(await rows()).toBe(7);
      for (const table of ["chunks_staged", "dead_letters_staged", "alerts_staged"]) {
        expect(await store.database.query(`select * from rackwatch.${table}`)).toEqual([]);
      }
      expect(await queryDeadLetters(store.database, 10)).toEqual([]);
    });

    test("a damaged new file leaves nothing but a dead letter", async () => {
      const started = await loads.beginFile(file("bad"));
      const chunk = {
        readings: manyReadings(50),
        deadLetters: [deadLetter()],
        alerts: [opened()],
        tiers: FINEST_TIERS,
      };
      await started.append(chunk, deriveFrom);
      await started.abandon("row group 3 is cut short");
      expect(await rows()).toBe(0);
      expect(await rollupRows(store.database)).toEqual([]);
      expect(await queryAlertPage(store.database, { ...EVERY_ALERT, limit: 10 })).toEqual([]);
      expect(await queryDeadLetters(store.database, 10)).toMatchObject([
        { source: PATH, code: "damaged_file", detail: "row group 3 is cut short" },
      ]);
      expect(await loads.knownFile(PATH)).toMatchObject({ digest: "bad", state: "refused" });
    });

    test("a damaged new version leaves the old one as it was", async () => {
      await load("aaa", manyReadings(10));
      const before = await rollupRows(store.database);
      const started = await loads.beginFile(file("bad"));
      const chunk = {
        readings: manyReadings(50),
        deadLetters: [],
        alerts: [],
        tiers: FINEST_TIERS,
      };
      await started.append(chunk, deriveFrom);
      await started.abandon("damaged");
      expect(await rows()).toBe(10);
      expect(await rollupRows(store.database)).toEqual(before);
    });

    test("a file that was damaged and is good again loads, and its refusal is forgotten", async () => {
      await (await loads.beginFile(file("bad"))).abandon("damaged");
      await load("good", manyReadings(10));
      expect(await rows()).toBe(10);
      expect(await queryDeadLetters(store.database, 10)).toEqual([]);
    });

    test("an acknowledged alert stays acknowledged when its file changes", async () => {
      const chunk = {
        readings: [reading()],
        deadLetters: [],
        alerts: [opened()],
        tiers: FINEST_TIERS,
      };
      const first = await loads.beginFile(file("aaa"));
      await first.append(chunk, deriveFrom);
      await first.finish(null);
      await store.database.query("update rackwatch.alerts set acknowledged_at = now()");
      const second = await loads.beginFile(file("bbb"));
      await second.append(
        { ...chunk, alerts: [opened(alert({ peakValue: 99 }))] },
        deriveFrom,
      );
      await second.finish(null);
      const [kept] = await queryAlertPage(store.database, { ...EVERY_ALERT, limit: 10 });
      expect(kept?.peak_value).toBe(99);
      expect(kept?.acknowledged).not.toBeNull();
    });

    const THIN: readonly Tiers[] = [
      FINEST_TIERS,
      { regionS: 600, hostS: 300 },
      { regionS: 3600, hostS: 86_400 },
    ];
    for (const [nth, tiers] of THIN.entries()) {
      const old = THIN[(nth + 1) % THIN.length]!;
      test(`a changed file in hosts' ${tiers.hostS} s tier is as if it alone had been loaded`, async () => {
        const beside = () => load("z", manyReadings(120, START_MS + 7_200_000), "beside.csv", old);
        const changed = manyReadings(200, START_MS + 3_000_000);
        await beside();
        await load("bbb", changed, PATH, tiers);
        const should = await rollupRows(store.database);
        await emptyStore(store.database);
        loads = new FileLoads(store.database);
        await beside();
        await load("aaa", manyReadings(150), PATH, old);
        await load("bbb", changed, PATH, tiers);
        expect(await rollupRows(store.database)).toEqual(should);
      });
    }

    test("a changed file's newest reading no longer counts as its region's", async () => {
      await load("aaa", [reading(), reading({ atMs: START_MS + 99_000 })]);
      await load("bbb", [reading()]);
      expect(await store.database.query("select newest_at from rackwatch.regions"))
        .toEqual([{ newest_at: START_MS }]);
    });

    test("a swap while live batches commit loses and doubles nothing", async () => {
      await load("aaa", manyReadings(200));
      const writer = new StoreWriter(await store.connect());
      const live = async () => {
        for (let at = 0; at < 10; at++) {
          await writer.commitLive(liveBatch({
            readings: manyReadings(20, START_MS + at * 1000),
            from: { runId: "r", part: 0, offset: at },
            to: { runId: "r", part: 0, offset: at + 1 },
          }));
        }
      };
      await Promise.all([live(), load("bbb", manyReadings(150))]);
      expect(await rows()).toBe(350);
      const after = await rollupRows(store.database);
      await load("ccc", manyReadings(150));
      expect(await rollupRows(store.database)).toEqual(after);
    });

    test("of a load that another one has taken over, nothing is written any more", async () => {
      const chunk = (from: number, to: number) => ({
        readings: manyReadings(40).slice(from, to),
        deadLetters: [],
        alerts: [],
        tiers: FINEST_TIERS,
      });
      const cut = await loads.beginFile(file("aaa"));
      await cut.append(chunk(0, 10), deriveFrom);
      const next = await loads.beginFile(file("aaa"));
      const outcome = (done: Promise<unknown>) => done.then(() => null, (error) => error.sqlState);
      expect(await outcome(cut.append(chunk(10, 20), deriveFrom))).toBe("RW003");
      expect(await outcome(cut.finish(null))).toBe("RW003");
      await next.append(chunk(0, 40), deriveFrom);
      await next.finish(null);
      expect(await outcome(cut.abandon("late"))).toBe("RW003");
      expect(await rows()).toBe(40);
      expect(await loads.knownFile(PATH)).toMatchObject({ state: "loaded" });
    });

    test("what was loaded halfway goes when the file turns out damaged at the next try", async () => {
      const cut = await loads.beginFile(file("aaa"));
      const chunk = {
        readings: manyReadings(10),
        deadLetters: [deadLetter()],
        alerts: [opened()],
        tiers: FINEST_TIERS,
      };
      await cut.append(chunk, deriveFrom);
      await (await loads.beginFile(file("bbb"))).abandon("cut short");
      expect(await rows()).toBe(0);
      expect(await rollupRows(store.database)).toEqual([]);
      expect(await queryAlertPage(store.database, { ...EVERY_ALERT, limit: 10 })).toEqual([]);
      expect(await queryDeadLetters(store.database, 10)).toMatchObject([{ code: "damaged_file" }]);
      expect(await loads.knownFile(PATH)).toMatchObject({ digest: "bbb", state: "refused" });
      await load("ccc", manyReadings(3));
      expect(await rows()).toBe(3);
    });

    test("rollups after a swap equal those folded from what is left, bit for bit", async () => {
      await fc.assert(
        fc.asyncProperty(anyReadings, anyReadings, anyReadings, async (old, next, other) => {
          await emptyStore(store.database);
          loads = new FileLoads(store.database);
          await load("other", other, "other.csv");
          await load("old", old);
          await load("new", next);
          const swapped = await rollupRows(store.database);
          await emptyStore(store.database);
          loads = new FileLoads(store.database);
          await load("all", [...other, ...next]);
          expect(swapped).toEqual(await rollupRows(store.database));
        }),
        { numRuns: 12 },
      );
    }, 120_000);
  });
}

const value = (min: number, max: number) =>
  fc.option(fc.double({ min, max, noNaN: true, noDefaultInfinity: true }));

const anyReadings = fc.array(
  fc.record({
    host_id: fc.constantFrom("a", "b", "c"),
    region: fc.constantFrom("USA", "India"),
    atMs: fc.integer({ min: START_MS - 5_400_000, max: START_MS + 5_400_000 }),
    temp_c: value(-60, 170),
    cpu_load: value(0, 100),
    voltage: value(-60, 1000),
    power_watts: value(0, 1e6),
    flags: fc.constantFrom(0, 1, 4),
    offset: fc.nat(1_000_000),
  }),
  { maxLength: 60 },
);
