/**
 * Compares one live run's archive with the hot store, record by record: the bytes are read, checked
 * against their index, made into values by the same mapping, and held against the rows.
 */
import { join } from "node:path";
import { readManifest, readManifestJson } from "../archive/manifest.ts";
import { checkRun, type RunCheck } from "../archive/run_check.ts";
import type { Database } from "../store/database.ts";
import { StoreWriter } from "../store/writer.ts";
import { liveOrigins, originTotals } from "../store/queries/origin_rows.ts";
import {
  type ArchiveTools,
  liveDirectory,
  partOrigin,
  readNormalised,
} from "./speed/archived_runs.ts";
import type { Normalise } from "./speed/normalise_block.ts";
import { LetterComparison } from "./verify/compare_letters.ts";
import { NAMED_MAX, RowComparison } from "./verify/compare_rows.ts";
import type { TotalsJson } from "./verify/reading_totals.ts";

export interface RunVerdict {
  readonly run: string;
  readonly kind: "live" | "batch";
  readonly lines: number;
  readonly rows: number;
  readonly dead_letters: number;
  /** Archived once and deleted by retention: the run is not whole, and these were not compared. */
  readonly deleted_lines?: number;
  /** Of the readings compared, on either side. */
  readonly cold: TotalsJson;
  readonly hot: TotalsJson;
  /** What differs, in words: run, part, offset. Empty: nothing does. */
  readonly differences: readonly string[];
}

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
  const check = await checkRun({ directory: liveDirectory(dataDir), runId, files: tools.files });
  const differences = await archiveFaults(runId, dataDir, tools, check);
  const comparison = new RowComparison(database);
  const letters = new LetterComparison(database, false);
  let lines = 0;
  const start = { part: 0, offset: 0 };
  const end = options.upToCheckpoint === true
    ? await new StoreWriter(database).readCheckpoint(runId) ?? start
    : null;
  const parts = await storedParts(runId, database, check, end);
  for await (const block of readNormalised(dataDir, runId, start, end, normalise, tools)) {
    if (signal?.aborted) break;
    lines += block.lines;
    options.onLines?.(block.lines);
    const part = parts.get(block.part) ?? { rows: 0, deadLetters: 0 };
    part.rows += block.readings.length;
    part.deadLetters += block.deadLetters.length;
    parts.set(block.part, part);
    const { path } = partOrigin(runId, block.part);
    await comparison.add(path, block.offset, block.end, block.readings);
    await letters.add(path, block.offset, block.end, block.deadLetters);
  }
  await comparison.finish();
  await letters.finish();
  differences.push(...comparison.differences, ...letters.differences);
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
  return {
    run: runId,
    kind: "live",
    lines,
    rows,
    dead_letters: deadLetters,
    ...(check.deletedParts.length === 0 ? {} : { deleted_lines: check.deleted.lines }),
    cold: comparison.cold.json(),
    hot: comparison.hot.json(),
    differences,
  };
}

interface PartCount {
  rows: number;
  deadLetters: number;
}

/** Nothing read yet of each part that the store has rows of: one that the archive lost shows too. */
async function storedParts(
  runId: string,
  database: Database,
  { deletedParts }: RunCheck,
  end: { readonly part: number } | null,
): Promise<Map<number, PartCount>> {
  const parts = new Map<number, PartCount>();
  for (const { path } of (await liveOrigins(database)).filter((one) => one.runId === runId)) {
    const part = Number(/part-(\d+)\.ndjson$/.exec(path)?.[1]);
    if (deletedParts.includes(part) || part > (end?.part ?? Infinity)) continue;
    parts.set(part, { rows: 0, deadLetters: 0 });
  }
  return parts;
}

async function archiveFaults(
  runId: string,
  dataDir: string,
  tools: ArchiveTools,
  check: RunCheck,
): Promise<string[]> {
  const ranges = check.quarantined.map(({ part, offset, length, reason }) =>
    `${partOrigin(runId, part).path} offset ${offset}: ${length} bytes are damaged (${reason})`
  );
  const altered = check.alteredParts.map((part) =>
    `${runId}/${part}: its index was changed after it was written`
  );
  return [...ranges, ...altered, ...await manifestFaults(runId, dataDir, tools, check)]
    .slice(0, NAMED_MAX);
}

/** Numbers in a closed run's manifest that are not those of its parts. */
async function manifestFaults(
  runId: string,
  dataDir: string,
  { files }: ArchiveTools,
  check: RunCheck,
): Promise<string[]> {
  const runDirectory = join(liveDirectory(dataDir), runId);
  if (check.state === "missing") return [`${runId}: its manifest is missing or damaged`];
  if (check.state === "open" || check.quarantined.length > 0) return [];
  const whole = (await readManifestJson(files, runDirectory))?.value ?? {};
  const parts = (await readManifest(files, runDirectory))?.parts ?? [];
  return (["lines", "bytes", "appends"] as const).flatMap((name) => {
    const inParts = parts.reduce((sum, part) => sum + part[name], 0);
    // The manifest goes on counting what retention deleted.
    const found = check[name] + check.deleted[name];
    if (whole[name] === found && inParts === found) return [];
    return [
      `${runId}: its manifest says ${whole[name]} ${name}, and ${inParts} in its parts; ` +
      `there are ${found}`,
    ];
  });
}
