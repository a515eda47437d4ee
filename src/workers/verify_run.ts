/**
 * Compares one live run's archive with the hot store, record by record: the bytes are read, checked
 * against their index, made into values by the same mapping, and held against the rows.
 */
import { checkRun } from "../archive/run_check.ts";
import type { Reading } from "../model/reading.ts";
import type { Database } from "../store/database.ts";
import { StoreWriter } from "../store/writer.ts";
import {
  originTotals,
  readingsOfStretch,
  storeRejectedOffsets,
} from "../store/queries/origin_rows.ts";
import {
  type ArchiveTools,
  liveDirectory,
  partOrigin,
  readNormalised,
} from "./speed/archived_runs.ts";
import type { Normalise } from "./speed/normalise_block.ts";
import type { NormalisedBlock } from "./speed/pending_batch.ts";

export interface RunVerdict {
  readonly run: string;
  readonly lines: number;
  readonly rows: number;
  readonly dead_letters: number;
  /** What differs, in words: run, part, offset. Empty: nothing does. */
  readonly differences: readonly string[];
}

/** Differences named; the rest of a run is then only counted. */
const NAMED_MAX = 10;

export interface VerifyOptions {
  readonly database: Database;
  readonly dataDir: string;
  readonly normalise: Normalise;
  readonly tools: ArchiveTools;
  /** Ends it early; the verdict then holds what was seen so far. */
  readonly signal?: AbortSignal;
  /** Told of lines compared since the last time. */
  readonly onLines?: (lines: number) => void;
  /** What is applied after this moment is left out: somebody else is writing. */
  readonly upToCheckpoint?: boolean;
}

export async function verifyRun(runId: string, options: VerifyOptions): Promise<RunVerdict> {
  const { database, dataDir, normalise, tools, signal } = options;
  const differences = await archiveFaults(runId, dataDir, tools);
  const parts = new Map<number, { rows: number; deadLetters: number }>();
  let lines = 0;
  const start = { part: 0, offset: 0 };
  const end = options.upToCheckpoint === true
    ? await new StoreWriter(database).readCheckpoint(runId) ?? start
    : null;
  for await (const block of readNormalised(dataDir, runId, start, end, normalise, tools)) {
    if (signal?.aborted) break;
    lines += block.lines;
    options.onLines?.(block.lines);
    const part = parts.get(block.part) ?? { rows: 0, deadLetters: 0 };
    part.rows += block.readings.length;
    part.deadLetters += block.deadLetters.length;
    parts.set(block.part, part);
    if (differences.length < NAMED_MAX) {
      const found = await compareBlock(runId, block, database);
      if (found !== null) differences.push(found);
    }
  }
  let rows = 0, deadLetters = 0;
  for (const [number, part] of parts) {
    const { path } = partOrigin(runId, number);
    const until = end?.part === number ? end.offset : null;
    const stored = await originTotals(database, path, until);
    // A reading that the store itself refused is a dead letter there, and a reading here.
    const same = stored.rows + stored.deadLetters === part.rows + part.deadLetters;
    if (!same || stored.rows > part.rows) {
      differences.push(
        `${path}: the archive has ${part.rows} readings and ${part.deadLetters} rejects, ` +
          `the hot store ${stored.rows} and ${stored.deadLetters}`,
      );
    }
    rows += stored.rows;
    deadLetters += stored.deadLetters;
  }
  return { run: runId, lines, rows, dead_letters: deadLetters, differences };
}

async function archiveFaults(
  runId: string,
  dataDir: string,
  tools: ArchiveTools,
): Promise<string[]> {
  const check = await checkRun({ directory: liveDirectory(dataDir), runId, files: tools.files });
  const ranges = check.quarantined.map(({ part, offset, length, reason }) =>
    `${partOrigin(runId, part).path} offset ${offset}: ${length} bytes are damaged (${reason})`
  );
  const altered = check.alteredParts.map((part) =>
    `${runId}/${part}: its index was changed after it was written`
  );
  return [...ranges, ...altered].slice(0, NAMED_MAX);
}

async function compareBlock(
  runId: string,
  block: NormalisedBlock,
  database: Database,
): Promise<string | null> {
  if (block.readings.length === 0) return null;
  let earliestMs = Infinity, latestMs = -Infinity;
  for (const { atMs } of block.readings) {
    if (atMs < earliestMs) earliestMs = atMs;
    if (atMs > latestMs) latestMs = atMs;
  }
  const { path } = partOrigin(runId, block.part);
  const stretch = { path, from: block.offset, to: block.end, earliestMs, latestMs };
  const stored = await readingsOfStretch(database, stretch);
  const found = firstDifference(path, block.readings, stored);
  if (found === null) return null;
  // What the store itself refused is no reading there, and its dead letter says so.
  const refused = new Set(await storeRejectedOffsets(database, stretch));
  if (refused.size === 0) return found;
  return firstDifference(path, block.readings.filter((one) => !refused.has(one.offset)), stored);
}

const FIELDS = [
  "host_id",
  "region",
  "atMs",
  "temp_c",
  "cpu_load",
  "voltage",
  "power_watts",
  "flags",
] as const;

/** Both sides in order of offset. */
export function firstDifference(
  path: string,
  archived: readonly Reading[],
  stored: readonly Reading[],
): string | null {
  for (let i = 0; i < Math.max(archived.length, stored.length); i++) {
    const cold = archived[i], hot = stored[i];
    if (hot === undefined || (cold !== undefined && cold.offset < hot.offset)) {
      return `${path} offset ${cold!.offset}: archived, and not in the hot store`;
    }
    if (cold === undefined || hot.offset < cold.offset) {
      return `${path} offset ${hot.offset}: in the hot store, and not a reading in the archive`;
    }
    const field = FIELDS.find((name) => cold[name] !== hot[name]);
    if (field !== undefined) {
      return `${path} offset ${cold.offset}: ${field} is ${cold[field]} in the archive, ` +
        `${hot[field]} in the hot store`;
    }
  }
  return null;
}
