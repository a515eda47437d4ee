/**
 * Which of the oldest may go, by age and by size; off unless a rule is given. Oldest first, and none
 * before an older one.
 */
import { join } from "node:path";
import type { Log } from "../log.ts";
import type { Clock } from "../runtime/clock.ts";
import type { FileSystem } from "../runtime/files.ts";
import { MANIFEST_NAME } from "./manifest.ts";
import { compareRunIds, parseRunId, type RunKind } from "./names.ts";

/** Null: no limit of that kind. */
export interface RetentionRule {
  /** Since the part's last line came, or the batch run was closed. */
  readonly ageMsMax: number | null;
  /** On the disk, of all runs of the kind. */
  readonly bytesMax: number | null;
}

export interface RetentionOptions {
  /** `<data>/live_data` or `<data>/batch_data`. */
  readonly directory: string;
  readonly rule: RetentionRule;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Deleted {
  /** Parts, or batch runs. */
  readonly count: number;
  /** On the disk. */
  readonly bytes: number;
}

/** A part or a run, as the rule sees it. */
export interface Candidate {
  readonly bytes: number;
  readonly newestMs: number;
  /** Not to be deleted, and nothing after it either. */
  readonly isNeeded: boolean;
}

/** How many of `candidates`, oldest first, the rule lets go. */
export function expired(
  candidates: readonly Candidate[],
  bytes: number,
  rule: RetentionRule,
  nowMs: number,
): number {
  const { ageMsMax, bytesMax } = rule;
  let count = 0, left = bytes;
  for (const candidate of candidates) {
    const isOld = ageMsMax !== null && nowMs - candidate.newestMs > ageMsMax;
    const isOver = bytesMax !== null && left > bytesMax;
    if (candidate.isNeeded || !(isOld || isOver)) break;
    left -= candidate.bytes;
    count++;
  }
  return count;
}

/** Ids of the runs of a kind, oldest first. */
export async function runsOf(options: RetentionOptions, kind: RunKind): Promise<string[]> {
  const names = await options.files.list(options.directory);
  return names.filter((name) => parseRunId(name)?.kind === kind).sort(compareRunIds);
}

/** Bytes of files on the disk, the manifest's left out. */
export async function sizeOf(
  files: FileSystem,
  directory: string,
  names: readonly string[],
): Promise<number> {
  let bytes = 0;
  for (const name of names) {
    if (name !== MANIFEST_NAME) bytes += (await files.stat(join(directory, name)))?.bytes ?? 0;
  }
  return bytes;
}

export function sumOf(gone: readonly Candidate[]): Deleted {
  return { count: gone.length, bytes: gone.reduce((total, one) => total + one.bytes, 0) };
}
