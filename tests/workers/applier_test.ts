import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { LIMITS } from "../../src/limits.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { RunApplier } from "../../src/workers/speed/applier.ts";
import type { Place } from "../../src/workers/speed/pending_batch.ts";
import { BatchCommitter } from "../../src/workers/speed/batch_committer.ts";
import { FakeRun, FakeStore, LINE_BYTES, type Outcome, RUN_ID } from "./support/fake_run.ts";
import { SimulatedClock } from "./support/simulated_clock.ts";

const START: Place = { part: 0, offset: 0 };

function setUp(from: Place = START) {
  const clock = new SimulatedClock();
  const run = new FakeRun(clock);
  const store = new FakeStore(run);
  let reads = 0;
  const committer = new BatchCommitter({
    store,
    origin: (runId, part) => ({ layer: "speed", runId, source: "live", path: `part-${part}` }),
    rules: [],
    loadOpenAlerts: () => Promise.resolve([]),
    clock,
    random: { next: () => 0.5 },
    log: SILENT_LOG,
  });
  const applier = new RunApplier({
    runId: RUN_ID,
    committer,
    read: (start, end) => {
      reads++;
      return run.read(start, end);
    },
    clock,
    log: SILENT_LOG,
  }, from);
  const stop = new AbortController();
  return {
    clock,
    run,
    store,
    applier,
    stop,
    reads: () => reads,
    start: () => applier.run(stop.signal),
  };
}

/** A block that fills a batch by itself. */
const FULL = { weight: LIMITS.batchRowsMax };

describe("in step", () => {
  test("blocks are committed in one batch once it is old enough, nothing is read back", async () => {
    const { clock, run, store, applier, start, reads } = setUp();
    void start();
    applier.offer(run.append(3));
    applier.offer(run.append(2));
    await clock.advance(LIMITS.batchAgeMsMax - 1);
    expect(store.commits).toHaveLength(0);
    await clock.advance(1);
    expect(store.commits).toHaveLength(1);
    expect(store.commits[0]!.to).toEqual({ runId: RUN_ID, part: 0, offset: 5 * LINE_BYTES });
    expect(applier.isUpToDate).toBe(true);
    expect(applier.applied).toEqual({ lines: 5, rows: 5, deadLetters: 0 });
    expect(reads()).toBe(0);
  });

  test("a batch that is full does not wait for its age", async () => {
    const { clock, run, store, applier, start } = setUp();
    void start();
    applier.offer(run.append(3, FULL));
    await clock.advance(0);
    expect(store.commits).toHaveLength(1);
  });

  test("a part's end closes the batch: no batch crosses a part", async () => {
    const { clock, run, store, applier, start } = setUp();
    void start();
    applier.offer(run.append(2));
    run.rotate();
    applier.offer(run.append(2));
    await clock.advance(2 * LIMITS.batchAgeMsMax);
    expect(store.applied).toEqual(run.names().all);
    expect(store.commits.map(({ to }) => to.part)).toEqual([0, 1]);
  });

  test("the oldest line not applied is known while it waits, and no more after", async () => {
    const { clock, run, applier, start } = setUp();
    void start();
    await clock.advance(1_000);
    const arrivalMs = clock.nowMs();
    applier.offer(run.append(1));
    await clock.advance(100);
    applier.offer(run.append(1));
    expect(applier.oldestPendingMs).toBe(arrivalMs);
    await clock.advance(LIMITS.batchAgeMsMax);
    expect(applier.oldestPendingMs).toBeNull();
  });

  test("a committed batch is no part of the lag: what waits behind it is", async () => {
    const { clock, run, store, applier, start } = setUp();
    store.script = [{ outcome: "commits", tookMs: 40 }];
    void start();
    applier.offer(run.append(1, FULL));
    await clock.advance(30);
    const arrivalMs = clock.nowMs();
    applier.offer(run.append(1));
    await clock.advance(20);
    expect(store.commits).toHaveLength(1);
    expect(applier.oldestPendingMs).toBe(arrivalMs);
  });
});

describe("behind", () => {
  test("an overflowing queue is let go of, and read back from the archive", async () => {
    const { clock, run, store, applier, start, reads } = setUp();
    store.isAway = true;
    void start();
    for (let i = 0; i < LIMITS.batchQueueMax + 5; i++) applier.offer(run.append(2, FULL));
    await clock.advance(60_000);
    expect(store.applied).toEqual([]);
    store.isAway = false;
    await clock.advance(LIMITS.reconnectMsMax);
    expect(store.applied).toEqual(run.names().all);
    expect(reads()).toBe(1);
  });

  test("what comes while the gap is read is applied after it, from memory", async () => {
    const { clock, run, store, applier, start, reads } = setUp();
    void start();
    for (let i = 0; i < 4; i++) run.append(1, FULL);
    store.script = Array.from({ length: 4 }, () => ({ outcome: "commits", tookMs: 100 }));
    applier.expect(run.end);
    await clock.advance(150);
    applier.offer(run.append(3, FULL));
    await clock.advance(1_000);
    expect(store.applied).toEqual(run.names().all);
    expect(reads()).toBe(1);
  });

  test("an archive whose end is damaged is stepped over, so that the next line finds its place", async () => {
    const { clock, run, store, applier, start } = setUp();
    run.append(2);
    run.append(2, { quarantined: true });
    applier.expect(run.end);
    void start();
    await clock.advance(0);
    expect(store.stored).toMatchObject({ part: 0, offset: 4 * LINE_BYTES });
    expect(applier.isUpToDate).toBe(true);
    applier.offer(run.append(1));
    await clock.advance(LIMITS.batchAgeMsMax);
    expect(store.applied).toEqual(["0:0", "0:10", "0:40"]);
  });

  test("a checkpoint beyond what it knows of is left where it is", async () => {
    const { clock, run, store, applier, start } = setUp({ part: 0, offset: 50 });
    store.stored = { runId: RUN_ID, part: 0, offset: 50, lines: 5, rows: 5, deadLetters: 0 };
    run.append(3);
    applier.expect(run.end);
    void start();
    await clock.advance(1_000);
    expect(applier.isUpToDate).toBe(true);
    expect(store.stored).toMatchObject({ part: 0, offset: 50 });
    expect(store.commits).toHaveLength(0);
  });
});

describe("drain and abort", () => {
  test("drained while a batch waits for its age: it is committed at once, and run ends", async () => {
    const { clock, run, store, applier, start } = setUp();
    const ended = start();
    applier.offer(run.append(2));
    await clock.advance(10);
    applier.drain();
    await clock.advance(0);
    await ended;
    expect(store.applied).toEqual(run.names().all);
  });

  test("drained before anything came, run ends at once", async () => {
    const { applier, start } = setUp();
    applier.drain();
    await start();
  });

  test("aborted while the store is away, run ends at once and nothing is applied", async () => {
    const { clock, run, store, applier, start, stop } = setUp();
    store.isAway = true;
    const ended = start();
    applier.offer(run.append(2, FULL));
    await clock.advance(5_000);
    stop.abort();
    await clock.advance(0);
    await ended;
    expect(store.applied).toEqual([]);
    expect(applier.isUpToDate).toBe(false);
  });

  test("aborted while a gap is read, it ends after the commit under way", async () => {
    const { clock, run, store, applier, start, stop } = setUp();
    for (let i = 0; i < 5; i++) run.append(1, FULL);
    store.script = Array.from({ length: 5 }, () => ({ outcome: "commits", tookMs: 100 }));
    applier.expect(run.end);
    const ended = start();
    await clock.advance(150);
    stop.abort();
    await clock.advance(100);
    await ended;
    expect(store.applied).toEqual(run.names().all.slice(0, 2));
  });
});

const OUTCOME = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Outcome>("commits") },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Outcome>("lost_before", "lost_after", "moved", "moved_far"),
  },
  { weight: 1, arbitrary: fc.constantFrom<Outcome>("emptied", "failed") },
);
const SCRIPT = fc.array(
  fc.record({ outcome: OUTCOME, tookMs: fc.constantFrom(0, 1, 300, 5_000) }),
  { maxLength: 25, size: "max" },
);
const STEPS = fc.array(
  fc.record({
    lines: fc.integer({ min: 1, max: 4 }),
    weight: fc.constantFrom(1, 100, LIMITS.batchRowsMax),
    quarantined: fc.boolean(),
    rotates: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
    waitMs: fc.constantFrom(0, 0, 0, 10, 260, 2_000),
    toggles: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  }),
  { maxLength: 40, size: "max" },
);

test("whatever the store does, every line is applied once and in order", async () => {
  await fc.assert(
    fc.asyncProperty(STEPS, SCRIPT, fc.integer({ min: 0, max: 10 }), async (steps, script, old) => {
      const { clock, run, store, applier, start } = setUp();
      store.script = [...script];
      // Lines of before the start; then others, each offered a step after it was archived.
      const [before, live] = [steps.slice(0, old), steps.slice(old)];
      const archive = (step: (typeof steps)[number]) => {
        if (step.rotates) run.rotate();
        return run.append(step.lines, {
          weight: step.weight,
          quarantined: step.quarantined && step.lines === 1,
        });
      };
      for (const step of before) archive(step);
      if (before.length > 0) applier.expect(run.end);
      const ended = start();
      let last: ReturnType<typeof archive> | null = null;
      for (const step of live) {
        const block = archive(step);
        if (last !== null) applier.offer(last);
        last = block;
        if (step.toggles) store.isAway = !store.isAway;
        await clock.advance(step.waitMs);
      }
      if (last !== null) applier.offer(last);
      store.isAway = false;
      applier.drain();
      await clock.until(ended);

      const { all, damaged } = run.names();
      expect(new Set(store.applied).size).toBe(store.applied.length);
      const applied = new Set(store.applied);
      // What is damaged was applied where it was still in memory, and else left out.
      expect(store.applied).toEqual(all.filter((name) => !damaged.has(name) || applied.has(name)));
      if (steps.length > 0) expect(store.stored).toMatchObject(run.end);
    }),
    { numRuns: 300 },
  );
}, 30_000);
