import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { SILENT_LOG } from "../../src/log.ts";
import { type Alert, DEFAULT_ALERT_RULES } from "../../src/model/alert.ts";
import type { Derived } from "../../src/model/rollup.ts";
import { StoreError } from "../../src/store/database.ts";
import type { CommitResult } from "../../src/store/rejects.ts";
import { SQL_STATE_STORE_REPLACED } from "../../src/store/store_errors.ts";
import type { LiveBatch } from "../../src/store/writer.ts";
import { BatchCommitter } from "../../src/workers/speed/batch_committer.ts";
import type { PendingBatch } from "../../src/workers/speed/pending_batch.ts";
import { FakeRun, FakeStore, OPEN_ALERT, reading, RUN_ID } from "./support/fake_run.ts";
import { SimulatedClock } from "./support/simulated_clock.ts";

const DAY_S = 86_400;
const { signal } = new AbortController();

function batch(offset: number, change: Parameters<typeof reading>[1] = {}): PendingBatch {
  const readings = [reading(offset, change)];
  const end = offset + 10;
  return { part: 0, offset, end, lines: 1, readings, deadLetters: [], arrivalMs: 0 };
}

/** Keeps count of what is rolled up, as the real store does: by mark, and mended from the rows. */
class RolledStore extends FakeStore {
  rolled = 0;
  #behind = 0;

  override async commitLive(live: LiveBatch): Promise<CommitResult> {
    const before = this.applied.length;
    try {
      return await super.commitLive(live);
    } finally {
      const added = this.applied.length - before;
      const derived = added > 0 || live.readings.length === 0 ? live.derive(live.readings) : null;
      if (derived === null) this.#behind += added;
      else {
        this.rolled += readingsIn(derived);
        this.#behind = 0;
      }
    }
  }

  override async settle(runId: string): Promise<void> {
    await super.settle(runId);
    this.rolled += this.#behind;
    this.#behind = 0;
  }
}

/** Each is in one bucket of its region's day. */
function readingsIn({ rollups }: Derived): number {
  return rollups.filter(({ stepS, hostId }) => stepS === DAY_S && hostId === null)
    .reduce((sum, each) => sum + each.readings, 0);
}

function setUp(rollupRestMsMin = 0) {
  const clock = new SimulatedClock();
  const store = new RolledStore(new FakeRun(clock));
  const openAlerts: Alert[] = [];
  const committer = new BatchCommitter({
    store,
    origin: (runId, part) => ({ layer: "speed", runId, source: "live", path: `part-${part}` }),
    rules: DEFAULT_ALERT_RULES,
    loadOpenAlerts: () => Promise.resolve(openAlerts),
    clock,
    random: { next: () => 1 },
    log: SILENT_LOG,
    rollupRestMsMin,
  });
  const commit = (one: PendingBatch) =>
    clock.until(committer.commit(one, { runId: RUN_ID, part: 0, offset: one.offset }, signal));
  return { clock, store, committer, commit, openAlerts };
}

for (const when of ["before the store is at work", "while the store is at work"] as const) {
  test(`the next batch, told ${when}, is made ready meanwhile and committed so`, async () => {
    const { clock, store, committer, commit } = setUp();
    const first = batch(0), second = batch(10, { temp_c: 95 });
    store.script = [{ outcome: "commits", tookMs: 50 }];
    if (when === "before the store is at work") committer.prepare(second);
    const done = commit(first);
    if (when === "while the store is at work") clock.after(20, () => committer.prepare(second));
    await done;
    expect(store.prepared).toEqual(["0:10"]);
    await commit(second);
    expect(store.commits[1]!.prepared?.readings).toBe(second.readings);
    expect(store.commits.map(({ alerts }) => alerts.length)).toEqual([0, 1]);
  });
}

test("a batch that is told to be the next and is committed at once is not prepared for itself", async () => {
  const { store, committer, commit } = setUp();
  await commit(batch(0));
  const second = batch(10);
  committer.prepare(second);
  await commit(second);
  expect(store.prepared).toEqual([]);
});

test("where another batch comes next, its alerts are judged anew and rollups mended from the rows", async () => {
  const { store, committer, commit } = setUp(60_000);
  store.script = [{ outcome: "commits", tookMs: 50 }];
  committer.prepare(batch(10, { temp_c: 95 }));
  await commit(batch(0));
  expect(store.prepared).toEqual(["0:10"]);
  await commit(batch(10, { temp_c: 96 }));
  expect(store.commits[1]!.prepared ?? null).toBeNull();
  expect(store.commits[1]!.alerts).toMatchObject([{ alert: { value: 96 } }]);
  await committer.roll({ runId: RUN_ID, part: 0, offset: 20 }, signal);
  expect(store.settled).toEqual([RUN_ID]);
  expect(store.rolled).toBe(2);
});

test("alerts that were judged before the store was found to be another one are judged anew", async () => {
  const { clock, store, committer, commit, openAlerts } = setUp();
  await commit(batch(0, { host_id: "us-cloud-2" }));
  openAlerts.push(OPEN_ALERT);
  const commitLive = store.commitLive.bind(store);
  store.commitLive = (live) => {
    store.commitLive = commitLive;
    live.onUnderWay?.();
    return Promise.reject(
      new StoreError("stale_checkpoint", "replaced", { sqlState: SQL_STATE_STORE_REPLACED }),
    );
  };
  const hot = batch(20, { temp_c: 95 });
  committer.prepare(hot);
  await commit(batch(10, { host_id: "us-cloud-2" }));
  expect(store.prepared).toEqual(["0:20"]);
  await clock.advance(1_000);
  await commit(hot);
  // It is open in the store that is there now.
  expect(store.commits.at(-1)!.alerts).toEqual([]);
});

test("whatever the store does, and whatever is prepared, all that is in it is rolled up once", async () => {
  const outcome = fc.constantFrom(
    ...["commits", "commits", "lost_before", "lost_after", "failed"] as const,
  );
  const step = fc.record({
    outcomes: fc.array(outcome, { minLength: 1, maxLength: 3 }),
    next: fc.constantFrom("told", "told", "another", "none"),
    waitMs: fc.nat({ max: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 12 }),
      fc.constantFrom(0, 100, 60_000),
      async (steps, restMsMin) => {
        const { clock, store, committer, commit } = setUp(restMsMin);
        const batches = steps.map((_, index) => batch(index * 10, { temp_c: 60 + index * 4 }));
        for (const [index, { outcomes, next, waitMs }] of steps.entries()) {
          store.script = outcomes.map((each) => ({ outcome: each, tookMs: 30 }));
          const following = next === "told" ? batches[index + 1] : batch(index * 10 + 10);
          const done = commit(batches[index]!);
          if (next !== "none" && following !== undefined) {
            clock.after(waitMs, () => committer.prepare(following));
          }
          await done;
        }
        store.script = [];
        const at = { runId: RUN_ID, part: 0, offset: steps.length * 10 };
        await clock.until(committer.roll(at, signal));
        expect(store.applied).toHaveLength(steps.length);
        expect(store.rolled).toBe(steps.length);
        const opened = store.commits.flatMap(({ alerts }) => alerts)
          .filter(({ kind }) => kind === "opened");
        expect(new Set(opened.map(({ alert }) => alert.id)).size).toBe(opened.length);
      },
    ),
    { numRuns: 300 },
  );
});
