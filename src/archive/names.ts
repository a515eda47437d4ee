/** The names of runs and parts: the only place that spells or reads them. */
import { dirname, join } from "node:path";
import { type FileSystem, makeDirectories } from "../runtime/files.ts";

export type RunKind = "stream_run" | "batch_run";

/** Below the data directory: where runs of each kind lie. */
export const RUN_DIRECTORIES: Readonly<Record<RunKind, string>> = {
  stream_run: "live_data",
  batch_run: "batch_data",
};

const RUN_ID = /^(stream_run|batch_run)_(\d{4}-\d{2}-\d{2})_(\d{2})-(\d{2})-(\d{2})(?:_(\d+))?$/;
const PART_FILE = /^part-(\d{6,})\.(?:ndjson|ndjson\.zst|index|deleted)$/;

/** `stream_run_2025-11-21_02-42-56`, UTC; the second run of that second ends in `_2`. */
export function runId(kind: RunKind, startedAtMs: number, nth = 1): string {
  const [day, time] = new Date(startedAtMs).toISOString().split("T");
  const clock = (time ?? "").slice(0, 8).replaceAll(":", "-");
  return `${kind}_${day}_${clock}${nth > 1 ? `_${nth}` : ""}`;
}

/** What a run id says; null for any other name. */
export function parseRunId(
  name: string,
): { kind: RunKind; startedAtMs: number; nth: number } | null {
  const match = RUN_ID.exec(name);
  if (match === null) return null;
  const [, kind, day, hour, minute, second, nth] = match;
  const startedAtMs = Date.parse(`${day}T${hour}:${minute}:${second}Z`);
  if (!Number.isFinite(startedAtMs)) return null;
  return {
    kind: kind === "stream_run" ? "stream_run" : "batch_run",
    startedAtMs,
    nth: nth === undefined ? 1 : Number(nth),
  };
}

/** Orders run ids by start, oldest first; `_10` after `_2`. Names that are no run id come first. */
export function compareRunIds(a: string, b: string): number {
  const left = parseRunId(a), right = parseRunId(b);
  return (left?.startedAtMs ?? 0) - (right?.startedAtMs ?? 0) ||
    (left?.nth ?? 0) - (right?.nth ?? 0) || (a < b ? -1 : a > b ? 1 : 0);
}

/** `part-000000`. */
export function partName(part: number): string {
  return `part-${String(part).padStart(6, "0")}`;
}

/** Numbers of the parts in a run's directory, also of deleted ones, ascending, each once. */
export async function listParts(files: FileSystem, directory: string): Promise<number[]> {
  const numbers = new Set<number>();
  for (const name of await files.list(directory)) {
    const match = PART_FILE.exec(name);
    if (match?.[1] !== undefined) numbers.add(Number(match[1]));
  }
  return [...numbers].sort((a, b) => a - b);
}

/**
 * Makes a new run's directory, durable, under a name that comes after all others of its kind: the
 * order of the names is the order of the runs, also where the wall clock was set back in between.
 * Such a run has the newest one's second, and the next number in it.
 */
export async function makeRunDirectory(
  files: FileSystem,
  parent: string,
  kind: RunKind,
  startedAtMs: number,
): Promise<string> {
  await makeDirectories(files, parent);
  // It may be there and not be durable: made by a process that was killed before it synced the name.
  await files.syncDirectory(dirname(parent));
  const newest = await newestRun(files, parent, kind);
  const isBehind = newest !== null && startedAtMs < newest.startedAtMs + 1_000;
  const atMs = isBehind ? newest.startedAtMs : startedAtMs;
  for (let nth = isBehind ? newest.nth + 1 : 1;; nth++) {
    const id = runId(kind, atMs, nth);
    if (!await files.makeDirectory(join(parent, id))) continue;
    await files.syncDirectory(parent);
    return id;
  }
}

async function newestRun(files: FileSystem, parent: string, kind: RunKind) {
  const runIds = (await files.list(parent)).filter((name) => parseRunId(name)?.kind === kind);
  return parseRunId(runIds.sort(compareRunIds).at(-1) ?? "");
}
