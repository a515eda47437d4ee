/** The board of a moment in the past against the live one at that moment, on both stores. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import type { AlertChange } from "../../src/model/alert.ts";
import type { Board } from "../../src/model/live_event.ts";
import { FLAG_FUTURE, METRICS, type Reading } from "../../src/model/reading.ts";
import { FINEST_TIERS, type Tiers } from "../../src/model/rollup.ts";
import { deriveFrom } from "../../src/rollup/fold.ts";
import type { Clock } from "../../src/runtime/clock.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { LiveFold } from "../../src/live/fold.ts";
import { Picture } from "../../src/live/picture.ts";
import { pastBoard } from "../../src/server/past_picture.ts";
import { StoreWriter } from "../../src/store/writer.ts";
import { alert, checkpoint, LIVE_ORIGIN, reading, START_MS } from "../store/fixtures.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";

const SECONDS = 900;
const END_MS = START_MS + SECONDS * 1000;
/** Of a host that falls silent, and one that comes late. */
const SILENT_AFTER_S = 300, COMES_AT_S = 500;
const HOT = alert({
  openedAtMs: START_MS + 200_000,
  updatedAtMs: START_MS + 700_000,
  closedAtMs: START_MS + 700_000,
  closedBy: "cleared",
  peakValue: 95,
});

/** No two at one time: which of them is the newest would depend on the order of arrival. */
function history(): Reading[] {
  const random = seededRandom(7);
  const value = (low: number, high: number) =>
    random.next() < 0.2 ? null : Math.round((low + random.next() * (high - low)) * 10) / 10;
  return Array.from({ length: SECONDS * 4 }, (_, index): Reading => {
    const second = Math.floor(index / 4);
    const host = Math.floor(random.next() * 12);
    const isSilent = host === 0 && second > SILENT_AFTER_S;
    const isEarly = host === 1 && second < COMES_AT_S;
    return reading({
      host_id: isSilent || isEarly ? "us-cloud-2" : `us-cloud-${host}`,
      region: host % 3 === 0 ? "India" : "USA",
      atMs: START_MS + index * 250 + Math.floor(random.next() * 250),
      temp_c: value(30, 95),
      cpu_load: value(0, 100),
      voltage: value(11, 13),
      power_watts: value(300, 900),
      offset: index * 120,
      flags: random.next() < 0.01 ? FLAG_FUTURE : 0,
    });
  });
}

const HISTORY = history();

/** Of hosts that report every minute or two, one metric at a time, and then no more. */
function sparseHistory(): Reading[] {
  const random = seededRandom(11);
  return Array.from({ length: SECONDS * 2 }, (_, index): Reading => {
    const metric = METRICS[Math.floor(random.next() * METRICS.length)]!;
    const host = Math.floor(random.next() * 180);
    return reading({
      host_id: `host-${host}`,
      region: host % 3 === 0 ? "India" : "USA",
      atMs: START_MS + index * 500 + Math.floor(random.next() * 500),
      temp_c: null,
      cpu_load: null,
      voltage: null,
      power_watts: null,
      [metric]: Math.round(random.next() * 1_000) / 10,
      offset: index * 120,
      flags: random.next() < 0.02 ? FLAG_FUTURE : 0,
    });
  });
}

const SPARSE = sparseHistory();
const CHANGES: readonly AlertChange[] = [
  {
    kind: "opened",
    alert: { ...HOT, updatedAtMs: HOT.openedAtMs, closedAtMs: null, closedBy: null },
  },
  { kind: "closed", alert: HOT },
];

/** What the hub would have shown, had every reading come when it was measured. */
function liveBoard(
  atMs: number,
  history: readonly Reading[] = HISTORY,
  changes: readonly AlertChange[] = CHANGES,
): Board {
  const picture = new Picture(START_MS - 10_000);
  const fold = new LiveFold(START_MS);
  let next = 0;
  for (
    let nowMs = atMs - Math.ceil((atMs - START_MS) / 1000) * 1000;
    nowMs <= atMs;
    nowMs += 1000
  ) {
    for (; next < history.length && history[next]!.atMs <= nowMs; next++) fold.add(history[next]!);
    const isOf = (change: AlertChange) => {
      const changedMs = change.alert.closedAtMs ?? change.alert.openedAtMs;
      return changedMs > nowMs - 1000 && changedMs <= nowMs;
    };
    fold.addAlerts(changes.filter(isOf));
    const delta = fold.take(nowMs);
    if (delta !== null) picture.apply(delta, nowMs, nowMs);
  }
  return picture.board(atMs, atMs);
}

/** Every slice is over as soon as it began. */
class ImpatientClock implements Clock {
  turns = 0;
  #atMs = 0;
  nowMs = () => this.#atMs;
  monotonicMs = () => this.#atMs += LIMITS.sliceMsMax;
  after(_delayMs: number, task: () => void): () => void {
    this.turns++;
    const immediate = setImmediate(task);
    return () => clearImmediate(immediate);
  }
}

async function fill(
  { database }: OpenStore,
  tiers: Tiers,
  readings: readonly Reading[] = HISTORY,
  alerts: readonly AlertChange[] = CHANGES,
): Promise<void> {
  await new StoreWriter(database).commitLive({
    origin: LIVE_ORIGIN,
    from: checkpoint(0),
    to: checkpoint(readings.length * 120),
    lines: readings.length,
    readings,
    deadLetters: [],
    alerts,
    tiers,
    derive: (accepted) => deriveFrom(accepted, tiers),
  });
}

afterAll(stopStores);

for (const kind of await storesUnderTest()) {
  test(
    `the past of hosts that tell little, and seldom, is the live board on ${kind.name}`,
    async () => {
      const store = await kind.open();
      await fill(store, { regionS: 600, hostS: 3600 }, SPARSE, []);
      for (const sinceS of [60, 333, 600.5, 899, 1_030, 3_600]) {
        const atMs = START_MS + sinceS * 1000;
        expect({ sinceS, ...await pastBoard(store.database, atMs) })
          .toEqual({ sinceS, ...liveBoard(atMs, SPARSE, []) });
      }
      await store.close();
    },
    60_000,
  );

  for (const tiers of [FINEST_TIERS, { regionS: 600, hostS: 300 } as const]) {
    describe(`the past on ${kind.name}, rolled up from ${tiers.regionS} s`, () => {
      let store: OpenStore;
      beforeAll(async () => {
        store = await kind.open();
        await fill(store, tiers);
      }, 60_000);
      afterAll(() => store.close());

      test("is the live board of that moment, whichever it is", async () => {
        const random = seededRandom(3);
        const moments = [150, 250, 300, 365, 650, 699.999, 700, 899.5, 900].map((s) => s * 1000);
        for (let each = 0; each < 20; each++) {
          moments.push(Math.floor(random.next() * SECONDS * 1000));
        }
        for (const sinceMs of moments) {
          const atMs = START_MS + sinceMs;
          const board = await pastBoard(store.database, atMs);
          expect({ sinceMs, ...board })
            .toEqual({ sinceMs, ...liveBoard(atMs) });
        }
      }, 60_000);

      test("is the same board where others have their turn at every place there is", async () => {
        const clock = new ImpatientClock();
        const board = await pastBoard(store.database, END_MS, { clock });
        expect(board).toEqual(await pastBoard(store.database, END_MS));
        expect(clock.turns).toBeGreaterThan(HISTORY.length / 256);
      });

      test("is empty before the first reading", async () => {
        const board = await pastBoard(store.database, START_MS - 1);
        expect(board).toMatchObject({
          serverMs: START_MS - 1,
          headMs: null,
          regions: [],
          newest: [],
        });
      });

      test("keeps silent hosts as they were, hours later", async () => {
        const atMs = END_MS + 5 * 3_600_000;
        const board = await pastBoard(store.database, atMs);
        const live = liveBoard(END_MS);
        expect(board.headMs).toBe(live.headMs!);
        expect(
          board.regions.map(({ region, hosts, rows, states }) => ({ region, hosts, rows, states })),
        )
          .toEqual(live.regions.map(({ region, hosts, rows }) => ({
            region,
            hosts,
            rows,
            states: { ok: 0, warning: 0, critical: 0, stale: hosts },
          })));
      });

      test("of too many readings is told by rollups before the newest", async () => {
        for (const sinceS of [400, 655.5, 900]) {
          const atMs = START_MS + sinceS * 1000;
          const cut = await pastBoard(store.database, atMs, { readingsMax: 150 });
          const whole = await pastBoard(store.database, atMs);
          const exact = ({ region, rows, hosts, newestMs, rate }: Board["regions"][number]) => ({
            region,
            rows,
            hosts,
            newestMs,
            rate,
          });
          expect(cut.regions.map(exact)).toEqual(whole.regions.map(exact));
          expect(cut.newest).toEqual(whole.newest);
          expect(cut.alertsOpen).toEqual(whole.alertsOpen);
          for (const metric of ["temp_c", "cpu_load"] as const) {
            const off = cut.figures[metric].value! - whole.figures[metric].value!;
            expect(Math.abs(off)).toBeLessThan(5);
          }
        }
      });
    });
  }
}
