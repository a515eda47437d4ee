import { expect, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FORMAT_VERSION, MANIFEST_NAME } from "../../src/archive/manifest.ts";
import { LIMITS } from "../../src/limits.ts";
import type { Clock } from "../../src/runtime/clock.ts";
import { REAL_FILES } from "../../src/runtime/files.ts";
import type { Database } from "../../src/store/database.ts";
import type { Reconciled } from "../../src/store/reconciliations.ts";
import { StoppedError } from "../../src/workers/batch/file_loader.ts";
import { Pace } from "../../src/workers/reconcile/pace.ts";
import { statusOf } from "../../src/workers/reconcile/reconciler.ts";
import { SealedRuns } from "../../src/workers/reconcile/sealed_runs.ts";
import { temporaryDirectory } from "../support/rackwatch.ts";

/** A clock on which a wait takes no time; a store whose applied lines grow by `perSecond`. */
function paceAt(perSecond: () => number, full = false, signal = new AbortController().signal) {
  let nowMs = 1_000_000, lines = 0;
  const waits: number[] = [];
  const advance = (ms: number) => {
    lines += (perSecond() * ms) / 1_000;
    nowMs += ms;
  };
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after: (ms, task) => {
      waits.push(ms);
      advance(ms);
      queueMicrotask(task);
      return () => {};
    },
  };
  const database = { query: () => Promise.resolve([{ lines }]) } as unknown as Database;
  return { pace: new Pace({ database, clock, signal, full }), waits, work: advance };
}

test("the reconciliation rests several times as long as it worked", async () => {
  const { pace, waits, work } = paceAt(() => 0);
  work(5);
  await pace.pause();
  expect(waits).toEqual([]);
  work(95);
  await pace.pause();
  expect(waits).toEqual([100 * LIMITS.reconcileRestRatio]);
});

test("the reconciliation waits until the store takes lines slowly again", async () => {
  let perSecond = LIMITS.reconcileBusyLinesPerSecond * 2;
  let looks = 0;
  const { pace, waits, work } = paceAt(() => ++looks > 6 ? perSecond = 0 : perSecond);
  work(3_000);
  await pace.pause();
  work(3_000);
  await pace.pause();
  expect(waits.length).toBeGreaterThan(3);
  expect(perSecond).toBe(0);
});

test("the reconciliation does not rest where nobody else is at work", async () => {
  const { pace, waits, work } = paceAt(() => 1e9, true);
  work(3_000);
  await pace.pause();
  expect(waits).toEqual([]);
});

test("the reconciliation ends between two questions once it is told to", async () => {
  const { pace } = paceAt(() => 0, true, AbortSignal.abort());
  expect(await pace.pause().catch((error: unknown) => error)).toBeInstanceOf(StoppedError);
});

const run = (runId: string, part: number, offset: number) => ({
  runId,
  end: { part, offset },
  lines: 10,
});
const reconciled = (part: number, offset: number, upToMs: number): Reconciled => ({
  part,
  offset,
  lines: 10,
  upToMs,
  buckets: 4,
  differing: 0,
  firstDifference: null,
});

test("reconciled up to: ends at the first run that is not compared to its end", () => {
  const runs = [run("a", 0, 100), run("b", 2, 50), run("c", 0, 10)];
  const status = statusOf(
    runs,
    new Map([["a", reconciled(0, 100, 1_000)], ["b", reconciled(1, 70, 5_000)], [
      "c",
      reconciled(0, 10, 9_000),
    ]]),
  );
  expect(status).toEqual({
    reconciled_up_to: "1970-01-01T00:00:05Z",
    runs: 2,
    buckets: 12,
    differing_buckets: 0,
    first_difference: null,
  });
});

test("of a run under way the sealed parts are compared; one without any is none", async () => {
  await using directory = await temporaryDirectory();
  const sealed = (part: number) => ({ part, bytes: 700, lines: 7, appends: 1, chain_head: "" });
  for (
    const [run_id, parts] of [
      ["stream_run_2025-11-21_02-42-56", []],
      ["stream_run_2025-11-21_02-42-57", [sealed(0), sealed(1)]],
    ] as const
  ) {
    const manifest = {
      format: FORMAT_VERSION,
      kind: "stream_run",
      run_id,
      state: "open",
      started_at: "2025-11-21T02:42:56Z",
      parts,
    };
    await mkdir(join(directory.path, "live_data", run_id), { recursive: true });
    const path = join(directory.path, "live_data", run_id, MANIFEST_NAME);
    await writeFile(path, JSON.stringify(manifest));
  }
  expect(await new SealedRuns(directory.path, REAL_FILES).list()).toEqual([
    { runId: "stream_run_2025-11-21_02-42-57", end: { part: 1, offset: 700 }, lines: 14 },
  ]);
});
