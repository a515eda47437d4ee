import { describe, expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { DEFAULT_ALERT_RULES } from "../../src/model/alert.ts";
import { StoreError } from "../../src/store/database.ts";
import type { LiveBatch } from "../../src/store/writer.ts";
import {
  BatchCommitter,
  type CommitterOptions,
  DivergedError,
} from "../../src/workers/speed/batch_committer.ts";
import type { PendingBatch } from "../../src/workers/speed/pending_batch.ts";
import { FakeRun, FakeStore, OPEN_ALERT, reading, RUN_ID } from "./support/fake_run.ts";
import { SimulatedClock } from "./support/simulated_clock.ts";

const FROM = { runId: RUN_ID, part: 0, offset: 0 };
const HOT = { temp_c: 95 };

function setUp(options: Partial<CommitterOptions> = {}) {
  const clock = new SimulatedClock();
  const store = new FakeStore(new FakeRun(clock));
  const committer = new BatchCommitter({
    store,
    origin: (runId, part) => ({ layer: "speed", runId, source: "live", path: `part-${part}` }),
    rules: DEFAULT_ALERT_RULES,
    loadOpenAlerts: () => Promise.resolve([]),
    clock,
    random: { next: () => 1 },
    log: SILENT_LOG,
    ...options,
  });
  return { clock, store, committer, signal: new AbortController().signal };
}

function batch(offset: number, change: Partial<PendingBatch> = {}): PendingBatch {
  const readings = change.readings ?? [reading(offset)];
  return {
    part: 0,
    offset,
    end: offset + 10,
    lines: readings.length,
    readings,
    deadLetters: [],
    arrivalMs: 0,
    ...change,
  };
}

describe("outcomes", () => {
  test("a commit that got lost on its way back is found in the store, not done again", async () => {
    const { clock, store, committer, signal } = setUp();
    store.script = [{ outcome: "lost_after", tookMs: 0 }];
    const done = await clock.until(committer.commit(batch(0), FROM, signal));
    expect(done).toEqual({ rows: 1, deadLetters: 0 });
    expect(store.applied).toEqual(["0:0"]);
  });

  test("a commit that never came to the store is done again, with the same alerts", async () => {
    const { clock, store, committer, signal } = setUp();
    const seen: LiveBatch[] = [];
    const commitLive = store.commitLive.bind(store);
    store.commitLive = (live) => {
      seen.push(live);
      return commitLive(live);
    };
    store.script = [{ outcome: "lost_before", tookMs: 0 }, { outcome: "failed", tookMs: 0 }];
    await clock.until(committer.commit(batch(0, { readings: [reading(0, HOT)] }), FROM, signal));
    expect(seen).toHaveLength(3);
    expect(seen.map(({ alerts }) => alerts.length)).toEqual([1, 1, 1]);
    expect(store.applied).toEqual(["0:0"]);
  });

  test("a checkpoint that is neither before nor after the batch is told, with its place", async () => {
    const { clock, store, committer, signal } = setUp();
    store.stored = { runId: RUN_ID, part: 0, offset: 70, lines: 7, rows: 7, deadLetters: 0 };
    const failure = await clock.until(
      committer.commit(batch(0), FROM, signal).catch((error) => error),
    );
    expect(failure).toBeInstanceOf(DivergedError);
    expect((failure as DivergedError).checkpoint).toMatchObject({ part: 0, offset: 70 });
  });

  test("an emptied store counts as a checkpoint at the run's start", async () => {
    const { clock, store, committer, signal } = setUp();
    store.script = [{ outcome: "emptied", tookMs: 0 }];
    store.stored = { runId: RUN_ID, part: 0, offset: 70, lines: 7, rows: 7, deadLetters: 0 };
    const from = { ...FROM, offset: 70 };
    const failure = await clock.until(
      committer.commit(batch(70), from, signal).catch((error) => error),
    );
    expect((failure as DivergedError).checkpoint).toMatchObject({ part: 0, offset: 0 });
  });

  test("what is no failure of the store is thrown, not tried for ever", async () => {
    const { clock, store, committer, signal } = setUp();
    store.commitLive = () => Promise.reject(new TypeError("our mistake"));
    await expect(clock.until(committer.commit(batch(0), FROM, signal))).rejects.toThrow(TypeError);
  });
});

describe("waiting for the store", () => {
  test("waits grow to the longest and no further", async () => {
    const { clock, store, committer, signal } = setUp();
    store.isAway = true;
    const tried: number[] = [];
    const commitLive = store.commitLive.bind(store);
    const readCheckpoint = store.readCheckpoint.bind(store);
    store.commitLive = (live) => (tried.push(clock.nowMs()), commitLive(live));
    store.readCheckpoint = () => (tried.push(clock.nowMs()), readCheckpoint());
    void committer.commit(batch(0), FROM, signal);
    await clock.advance(60_000);
    const waits = tried.slice(1).map((atMs, index) => atMs - tried[index]!);
    expect(waits.slice(0, 4)).toEqual([1, 2, 4, 8].map((n) => n * LIMITS.reconnectMsMin));
    expect(Math.max(...waits)).toBe(LIMITS.reconnectMsMax);
  });

  test("the reason is kept while it waits and gone once it is in", async () => {
    const { clock, store, committer, signal } = setUp();
    store.isAway = true;
    const done = committer.commit(batch(0), FROM, signal);
    await clock.advance(1_000);
    expect(committer.lastError).toBe("connection lost");
    store.isAway = false;
    await clock.until(done);
    expect(committer.lastError).toBeNull();
  });

  test("one warning however long the store is away", async () => {
    const warnings: string[] = [];
    const log = { ...SILENT_LOG, warn: (message: string) => void warnings.push(message) };
    const { clock, store, committer, signal } = setUp({ log });
    store.isAway = true;
    void committer.commit(batch(0), FROM, signal);
    await clock.advance(600_000);
    expect(warnings).toHaveLength(1);
  });

  test("an abort ends the waiting with null, nothing applied", async () => {
    const { clock, store, committer } = setUp();
    store.isAway = true;
    const stop = new AbortController();
    const done = committer.commit(batch(0), FROM, stop.signal);
    await clock.advance(3_000);
    stop.abort();
    expect(await done).toBeNull();
    store.isAway = false;
    await clock.advance(60_000);
    expect(store.applied).toEqual([]);
  });

  test("a checkpoint is waited for as well", async () => {
    const { clock, store, committer, signal } = setUp();
    store.isAway = true;
    store.stored = { runId: RUN_ID, part: 1, offset: 20, lines: 9, rows: 9, deadLetters: 0 };
    const found = committer.readCheckpoint(RUN_ID, signal);
    await clock.advance(5_000);
    store.isAway = false;
    expect(await clock.until(found)).toMatchObject({ part: 1, offset: 20 });
    expect(committer.lastError).toBeNull();
  });
});

describe("counts", () => {
  test("readings that the store refused are dead letters, and no rows", async () => {
    const { store, committer, signal } = setUp();
    store.commitLive = (live) =>
      Promise.resolve({
        rows: live.readings.length - 1,
        rejected: [{ kind: "dead_letter", offset: 0, code: "store_rejected", detail: "", raw: "" }],
      });
    const readings = [reading(0), reading(10, { region: "India" }), reading(20)];
    const done = await committer.commit(batch(0, { readings, end: 30 }), FROM, signal);
    expect(done).toEqual({ rows: 2, deadLetters: 1 });
  });
});

describe("rollups", () => {
  const derivedOf = ({ commits }: FakeStore) =>
    commits.map((live) => live.derive(live.readings)?.rollups.length ?? null);

  test("of a small fleet are written with every batch", async () => {
    const { clock, store, committer, signal } = setUp();
    await clock.until(committer.commit(batch(0), FROM, signal));
    expect(derivedOf(store)).toEqual([expect.any(Number)]);
  });

  test("that nobody reads before the end wait for it", async () => {
    const { clock, store, committer, signal } = setUp({ rollupRestMsMin: 60_000 });
    await clock.until(committer.commit(batch(0), FROM, signal));
    await clock.until(committer.commit(batch(10), { ...FROM, offset: 10 }, signal));
    await clock.until(committer.roll({ ...FROM, offset: 20 }, signal));
    expect(derivedOf(store)).toEqual([null, null, expect.any(Number)]);
    expect(committer.rollupRestMs).toBeNull();
  });

  test("that nobody reads are written now and then all the same", async () => {
    const { clock, store, committer, signal } = setUp({ rollupRestMsMin: 60_000 });
    for (let offset = 0; offset < 40; offset += 10) {
      await clock.until(committer.commit(batch(offset), { ...FROM, offset }, signal));
      await clock.advance(30_000);
    }
    expect(derivedOf(store)).toEqual([null, null, expect.any(Number), null]);
  });
});

describe("alerts", () => {
  test("an alert that was open in the store stays the same one", async () => {
    const { store, committer, signal } = setUp({
      loadOpenAlerts: () => Promise.resolve([OPEN_ALERT]),
    });
    await committer.commit(batch(0, { readings: [reading(0, HOT)] }), FROM, signal);
    expect(store.commits[0]!.alerts).toEqual([]);
    const cool = batch(10, { readings: [reading(10, { temp_c: 40 })] });
    await committer.commit(cool, { ...FROM, offset: 10 }, signal);
    expect(store.commits[1]!.alerts).toMatchObject([{
      kind: "closed",
      alert: { id: OPEN_ALERT.id },
    }]);
  });

  test("an open alert whose rule is gone is closed with the first batch", async () => {
    const { store, committer, signal } = setUp({
      rules: [],
      loadOpenAlerts: () => Promise.resolve([OPEN_ALERT]),
    });
    await committer.commit(batch(0), FROM, signal);
    expect(store.commits[0]!.alerts).toMatchObject([
      { kind: "closed", alert: { id: OPEN_ALERT.id, closedBy: "data_ended" } },
    ]);
  });

  test("open alerts that can't be read are waited for, before anything is committed", async () => {
    let isThere = false;
    const { clock, store, committer, signal } = setUp({
      loadOpenAlerts: () =>
        isThere
          ? Promise.resolve([OPEN_ALERT])
          : Promise.reject(new StoreError("unavailable", "not yet")),
    });
    const done = committer.commit(batch(0, { readings: [reading(0, HOT)] }), FROM, signal);
    await clock.advance(5_000);
    expect(store.applied).toEqual([]);
    isThere = true;
    await clock.until(done);
    expect(store.commits[0]!.alerts).toEqual([]);
  });

  test("after somebody else applied lines, alerts are read from the store again", async () => {
    let loads = 0;
    const { clock, store, committer, signal } = setUp({
      loadOpenAlerts: () => (loads++, Promise.resolve([])),
    });
    await committer.commit(batch(0), FROM, signal);
    store.stored = { runId: RUN_ID, part: 0, offset: 70, lines: 7, rows: 7, deadLetters: 0 };
    const lost = committer.commit(batch(10), { ...FROM, offset: 10 }, signal);
    await clock.until(lost.catch(() => null));
    await committer.commit(batch(70), { ...FROM, offset: 70 }, signal);
    expect(loads).toBe(2);
  });
});
