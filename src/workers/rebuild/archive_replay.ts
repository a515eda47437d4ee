/**
 * Applies archived live runs to a store that nobody else writes to. Runs may be closed or under
 * way: of one under way everything that is durable at the moment, so that a later call goes on
 * from there.
 */
import { join } from "node:path";
import { readManifest } from "../../archive/manifest.ts";
import { compareRunIds, parseRunId } from "../../archive/names.ts";
import type { FileSystem } from "../../runtime/files.ts";
import { readAhead } from "../../runtime/read_ahead.ts";
import {
  type ArchiveTools,
  liveDirectory,
  readNormalised,
  type WatchedSchemas,
} from "../speed/archived_runs.ts";
import type { BatchCommitter } from "../speed/batch_committer.ts";
import type { CaughtUp } from "../speed/catch_up.ts";
import type { Normalise } from "../speed/normalise_block.ts";
import { batchesOf, emptyBatch, type PendingBatch, type Place } from "../speed/pending_batch.ts";

export interface ReplayOptions {
  readonly dataDir: string;
  readonly committer: BatchCommitter;
  readonly normalise: Normalise;
  readonly tools: ArchiveTools;
  readonly signal: AbortSignal;
  readonly schemas?: WatchedSchemas;
  /** Told after each batch: lines applied since the last time, and of which run. */
  readonly onLines?: (lines: number, runId: string) => void;
}

/** Ids of all live runs, oldest first. */
export async function liveRunIds(dataDir: string, files: FileSystem): Promise<string[]> {
  const names = await files.list(liveDirectory(dataDir));
  return names.filter((name) => parseRunId(name)?.kind === "stream_run").sort(compareRunIds);
}

/** Brings the store up to what the archive holds now. */
export async function replayArchive(options: ReplayOptions): Promise<CaughtUp> {
  let lines = 0, rows = 0, deadLetters = 0;
  for (const runId of await liveRunIds(options.dataDir, options.tools.files)) {
    if (options.signal.aborted) break;
    const added = await replayRun(runId, options);
    lines += added.lines;
    rows += added.rows;
    deadLetters += added.deadLetters;
  }
  return { lines, rows, deadLetters };
}

async function replayRun(runId: string, options: ReplayOptions): Promise<CaughtUp> {
  const { committer, dataDir, normalise, tools, signal, schemas, onLines } = options;
  const total = { lines: 0, rows: 0, deadLetters: 0 };
  let place: Place = await committer.readCheckpoint(runId, signal) ?? { part: 0, offset: 0 };
  const end = await closedEnd(runId, dataDir, tools.files);
  if (signal.aborted || (end !== null && !isBefore(place, end))) return total;
  const commit = async (batch: PendingBatch) => {
    const from = { runId, part: place.part, offset: place.offset };
    const done = await committer.commit(batch, from, signal);
    if (done === null) return;
    place = { part: batch.part, offset: batch.end };
    total.lines += batch.lines;
    total.rows += done.rows;
    total.deadLetters += done.deadLetters;
    onLines?.(batch.lines, runId);
  };
  const blocks = readNormalised(dataDir, runId, place, end, normalise, tools, schemas);
  for await (const batch of readAhead(batchesOf(blocks), (ahead) => committer.prepare(ahead))) {
    await commit(batch);
    if (signal.aborted) return total;
  }
  // What is left of a closed run holds no readable line: step over it.
  if (end !== null && isBefore(place, end)) await commit(emptyBatch(end, tools.clock.nowMs()));
  await committer.roll({ runId, part: place.part, offset: place.offset }, signal);
  return total;
}

/** Where a closed run ends; null of one under way. */
async function closedEnd(
  runId: string,
  dataDir: string,
  files: FileSystem,
): Promise<Place | null> {
  const manifest = await readManifest(files, join(liveDirectory(dataDir), runId));
  if (manifest?.state !== "closed") return null;
  const last = manifest.parts.at(-1);
  return { part: last?.part ?? 0, offset: last?.bytes ?? 0 };
}

function isBefore(a: Place, b: Place): boolean {
  return a.part < b.part || (a.part === b.part && a.offset < b.offset);
}
