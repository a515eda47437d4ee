/**
 * Compares the history in the hot store with the batch runs that loaded it: the manifest, its
 * files, and each loaded file's archived readings with its rows. A file that was replaced since is
 * another run's.
 */
import { join } from "node:path";
import { readBatchManifest } from "../../archive/batch_manifest.ts";
import { RUN_DIRECTORIES } from "../../archive/names.ts";
import type { Reading, ReadingJson } from "../../model/reading.ts";
import type { Database } from "../../store/database.ts";
import { type LoadedFile, loadedFiles, originTotals } from "../../store/queries/origin_rows.ts";
import type { ArchiveTools } from "../speed/archived_runs.ts";
import type { RunVerdict } from "../verify_run.ts";
import { NAMED_MAX, RowComparison } from "./compare_rows.ts";

export interface VerifyBatchOptions {
  readonly database: Database;
  readonly dataDir: string;
  readonly tools: ArchiveTools;
  readonly signal: AbortSignal;
  readonly onLines: (lines: number, runId: string) => void;
}

/** One verdict a batch run that the store has rows of, oldest first. */
export async function verifyBatchRuns(options: VerifyBatchOptions): Promise<RunVerdict[]> {
  const byRun = Map.groupBy(await loadedFiles(options.database), (file) => file.runId);
  const verdicts: RunVerdict[] = [];
  for (const [runId, files] of [...byRun].sort(([a], [b]) => a < b ? -1 : 1)) {
    if (options.signal.aborted) break;
    verdicts.push(await verifyBatchRun(runId, files, options));
  }
  return verdicts;
}

async function verifyBatchRun(
  runId: string,
  files: readonly LoadedFile[],
  options: VerifyBatchOptions,
): Promise<RunVerdict> {
  const { database, signal } = options;
  const runDirectory = join(options.dataDir, RUN_DIRECTORIES.batch_run, runId);
  const wanted = new Map(files.map((file) => [file.path, 0]));
  const comparison = new RowComparison(database, false);
  const differences = comparison.differences;
  const manifest = await readBatchManifest(options.tools.files, runDirectory);
  if (manifest === null) {
    differences.push(`${runId}: its manifest is missing or damaged`);
  }
  // By retention: the manifest is still held against the rows, the readings can't be.
  const isDeleted = manifest !== null && manifest.deletedAtMs !== null;
  const archived = manifest?.readings ?? [];
  let lines = 0;
  for (const { name, bytes, lines: promised } of isDeleted ? [] : archived) {
    const path = join(runDirectory, name);
    const size = (await options.tools.files.stat(path))?.bytes ?? null;
    if (size !== bytes) {
      differences.push(`${runId}/${name}: ${size ?? 0} bytes, its manifest says ${bytes}`);
      if (size === null) continue;
    }
    let at = 0, counted = 0;
    for await (const chunk of linesOf(path)) {
      if (signal.aborted) break;
      const bySource = new Map<string, Reading[]>();
      for (const text of chunk) {
        const line = parse(text);
        if (line === null) {
          if (differences.length < NAMED_MAX) {
            differences.push(`${runId}/${name} offset ${at}: the line is no archived reading`);
          }
        } else if (wanted.has(line.source)) {
          const readings = bySource.get(line.source) ?? [];
          readings.push(line.reading);
          bySource.set(line.source, readings);
        }
        at += Buffer.byteLength(text) + 1;
      }
      counted += chunk.length;
      for (const [source, readings] of bySource) {
        wanted.set(source, wanted.get(source)! + readings.length);
        const from = readings[0]!.offset;
        await comparison.add(source, from, readings.at(-1)!.offset + 1, readings);
      }
      options.onLines(chunk.length, runId);
    }
    lines += counted;
    if (counted !== promised && size === bytes) {
      differences.push(`${runId}/${name}: ${counted} lines, its manifest says ${promised}`);
    }
  }
  await comparison.finish();
  let rows = 0, deadLetters = 0;
  for (const file of files) {
    const stored = await originTotals(database, file.path);
    rows += stored.rows;
    deadLetters += stored.deadLetters;
    const readings = wanted.get(file.path)!;
    if (!isDeleted && stored.rows + stored.storeRejected !== readings) {
      differences.push(
        `${file.path}: ${runId} has ${readings} readings of it, the hot store ${stored.rows}`,
      );
    }
    const input = manifest?.inputs.find((one) => one.path === file.path);
    if (manifest !== null && (input === undefined || input.digest !== file.digest)) {
      differences.push(`${file.path}: the manifest of ${runId} does not name it by its digest`);
    } else if (input !== undefined && input.rows_loaded !== stored.rows) {
      differences.push(
        `${file.path}: the manifest of ${runId} says ${input.rows_loaded} rows were loaded, ` +
          `the hot store has ${stored.rows}`,
      );
    }
  }
  return {
    run: runId,
    kind: "batch",
    lines,
    rows,
    dead_letters: deadLetters,
    ...(isDeleted ? { deleted_lines: archived.reduce((sum, file) => sum + file.lines, 0) } : {}),
    cold: comparison.cold.json(),
    hot: comparison.hot.json(),
    differences,
  };
}

function parse(text: string): { readonly source: string; readonly reading: Reading } | null {
  try {
    const line = JSON.parse(text) as ReadingJson & { source: string; offset: number };
    const { host_id, region, temp_c, cpu_load, voltage, power_watts, source, offset } = line;
    const atMs = Date.parse(line.timestamp);
    const isNamed = [host_id, region, source].every((name) => typeof name === "string");
    if (!isNamed || !Number.isFinite(atMs) || !Number.isSafeInteger(offset)) return null;
    const metrics = [temp_c, cpu_load, voltage, power_watts];
    // Any JSON may stand here; a column that is gone is not a null.
    if (!metrics.every((value: unknown) => value === null || typeof value === "number")) {
      return null;
    }
    const reading = {
      host_id,
      region,
      atMs,
      temp_c,
      cpu_load,
      voltage,
      power_watts,
      flags: 0,
      offset,
    };
    return { source, reading };
  } catch {
    return null;
  }
}

/** Whole lines, some thousand at a time. */
async function* linesOf(path: string): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of Bun.file(path).stream()) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (lines.length > 0) yield lines;
  }
  if (rest !== "") yield [rest];
}
