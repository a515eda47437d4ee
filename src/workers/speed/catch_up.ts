/**
 * Applies archived runs to the hot store from where it stands: after a restart, and when it is
 * built anew. The same appliers and the same mapping as live.
 */
import { RunApplier } from "./applier.ts";
import type { Place } from "./pending_batch.ts";
import {
  type ArchiveTools,
  type EarlierRun,
  readNormalised,
  type WatchedSchemas,
} from "./archived_runs.ts";
import type { BatchCommitter } from "./batch_committer.ts";
import type { Normalise } from "./normalise_block.ts";

export interface CatchUpOptions {
  readonly dataDir: string;
  readonly committer: BatchCommitter;
  readonly normalise: Normalise;
  readonly tools: ArchiveTools;
  /** What the earlier lines show of their sources' schemas goes there; nowhere unless given. */
  readonly schemas?: WatchedSchemas;
}

/** An applier of one run that stands at `from`. */
export function applierOf(
  options: CatchUpOptions,
  runId: string,
  from: Place,
  onPressure?: (isUnderPressure: boolean) => void,
): RunApplier {
  const { dataDir, normalise, tools, schemas } = options;
  return new RunApplier({
    runId,
    committer: options.committer,
    read: (start, end) => readNormalised(dataDir, runId, start, end, normalise, tools, schemas),
    clock: tools.clock,
    log: tools.log,
    ...(onPressure === undefined ? {} : { onPressure }),
  }, { part: from.part, offset: from.offset });
}

export interface CaughtUp {
  readonly lines: number;
  readonly rows: number;
  readonly deadLetters: number;
}

/** In the order of the runs; waits for the store; ends early when the signal aborts. */
export async function catchUp(
  runs: readonly EarlierRun[],
  options: CatchUpOptions,
  signal: AbortSignal,
): Promise<CaughtUp> {
  let lines = 0, rows = 0, deadLetters = 0;
  for (const { runId, end } of runs) {
    const stored = await options.committer.readCheckpoint(runId, signal);
    if (signal.aborted) break;
    await options.committer.settle(runId, signal);
    const from = stored ?? { part: 0, offset: 0 };
    if (from.part === end.part && from.offset === end.offset) continue;
    options.tools.log.info("applying archived lines that the hot store does not have", {
      run: runId,
      from_part: from.part,
      from_offset: from.offset,
    });
    const applier = applierOf(options, runId, from);
    applier.expect(end);
    applier.drain();
    await applier.run(signal);
    lines += applier.applied.lines;
    rows += applier.applied.rows;
    deadLetters += applier.applied.deadLetters;
  }
  return { lines, rows, deadLetters };
}
