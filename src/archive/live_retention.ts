/**
 * Deletes the oldest parts of live runs, by a rule. Promises to keep what the hot store has not
 * applied and the part being written, and to leave a tombstone for each part that it deletes.
 */
import { join } from "node:path";
import { readManifest, type SealedPart } from "./manifest.ts";
import { listParts } from "./names.ts";
import {
  type Candidate,
  type Deleted,
  expired,
  type RetentionOptions,
  runsOf,
  sizeOf,
  sumOf,
} from "./retention_rule.ts";
import { deletePart, partFiles, readTombstone } from "./tombstone.ts";

/** Up to where the hot store has applied a run, exclusive; null: nothing of it. */
export type AppliedUpTo = (
  runId: string,
) => Promise<{ readonly part: number; readonly offset: number } | null>;

interface LivePart extends Candidate {
  readonly runDirectory: string;
  /** Null where no manifest lists it: it is open, or was not recovered. */
  readonly sealed: SealedPart | null;
}

/** Deletes parts of live runs. Rejects where the disk or `appliedUpTo` does; what is done stays. */
export async function retainLive(
  options: RetentionOptions,
  appliedUpTo: AppliedUpTo,
): Promise<Deleted> {
  const { files, clock, log, rule } = options;
  const parts: LivePart[] = [];
  let bytes = 0;
  for (const runId of await runsOf(options, "stream_run")) {
    const found = await surveyRun(options, runId, appliedUpTo);
    parts.push(...found.parts);
    bytes += found.bytes;
  }
  const gone = parts.slice(0, expired(parts, bytes, rule, clock.nowMs()));
  for (const { runDirectory, sealed, bytes } of gone) {
    if (sealed === null) continue; // It is needed, so never among them.
    await deletePart(files, runDirectory, sealed, clock.nowMs());
    const { part, lines } = sealed;
    log.info("deleted an archived part, as retention says", { runDirectory, part, lines, bytes });
  }
  return sumOf(gone);
}

async function surveyRun(options: RetentionOptions, runId: string, appliedUpTo: AppliedUpTo) {
  const { files } = options;
  const runDirectory = join(options.directory, runId);
  const manifest = await readManifest(files, runDirectory);
  const sealed = new Map(manifest?.parts.map((part) => [part.part, part]));
  const parts: LivePart[] = [];
  let bytes = 0, applied: Awaited<ReturnType<AppliedUpTo>> | undefined;
  for (const number of await listParts(files, runDirectory)) {
    const names = await partFiles(files, runDirectory, number);
    if (names.length === 0) continue;
    const partBytes = await sizeOf(files, runDirectory, names);
    const tombstone = await readTombstone(files, runDirectory, number);
    if (tombstone !== null) {
      // A crash came between; what was begun is ended.
      await deletePart(files, runDirectory, tombstone, tombstone.deletedAtMs);
      continue;
    }
    bytes += partBytes;
    const known = sealed.get(number) ?? null;
    if (known?.bytes === 0) continue; // Deleting it would give no room back.
    if (known !== null && applied === undefined) applied = await appliedUpTo(runId);
    parts.push({
      runDirectory,
      sealed: known,
      bytes: partBytes,
      newestMs: known?.lastArrivalMs ?? Infinity,
      isNeeded: known === null || !isApplied(known, applied ?? null),
    });
  }
  return { parts, bytes };
}

function isApplied(sealed: SealedPart, applied: Awaited<ReturnType<AppliedUpTo>>): boolean {
  if (applied === null) return false;
  return applied.part > sealed.part ||
    (applied.part === sealed.part && applied.offset >= sealed.bytes);
}
