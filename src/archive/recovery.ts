/**
 * Closing the runs that nobody closed: after a crash, a power cut, a full disk. A recovered run is
 * never appended to again; the next start of the speed layer has a run of its own.
 */
import { join } from "node:path";
import type { Log } from "../log.ts";
import type { Clock } from "../runtime/clock.ts";
import type { FileSystem } from "../runtime/files.ts";
import type { Zstd } from "../runtime/zstd.ts";
import { ArchiveFailedError } from "./disk_room.ts";
import { genesisHash } from "./index_record.ts";
import { type Quarantined, readManifest, type StreamManifest, writeManifest } from "./manifest.ts";
import { compareRunIds, listParts, parseRunId } from "./names.ts";
import { recoverPart } from "./part_recovery.ts";
import { knownStreams, StreamTable } from "./streams.ts";
import { readTombstone } from "./tombstone.ts";
import { sumTotals } from "./totals.ts";

/** Ranges named in a manifest; all are counted. */
const QUARANTINED_NAMED_MAX = 1_000;

export interface RecoveryOptions {
  /** `<data>/live_data`. */
  readonly directory: string;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly log: Log;
  /** Real unless given. */
  readonly zstd?: Zstd | undefined;
}

export interface Recovered {
  readonly runId: string;
  /** The run had been closed in order: nothing was done. */
  readonly wasClosed: boolean;
  readonly lines: number;
  readonly bytes: number;
  /** Whole lines that had reached a part and not its index; they are in `lines`. */
  readonly recoveredLines: number;
  /** Bytes cut off: the beginnings of lines that never came whole. */
  readonly tornBytes: number;
  /** Damage among what had been confirmed: it stays, is not read, and is named. */
  readonly quarantined: readonly Quarantined[];
  readonly quarantinedCount: number;
}

/** Recovers every run that is not closed, oldest first; says what was done with each. */
export async function recoverRuns(options: RecoveryOptions): Promise<Recovered[]> {
  const names = await options.files.list(options.directory);
  const runIds = names.filter((name) => parseRunId(name)?.kind === "stream_run");
  const done: Recovered[] = [];
  for (const runId of runIds.sort(compareRunIds)) {
    const recovered = await recoverRun(runId, options);
    if (!recovered.wasClosed) done.push(recovered);
  }
  return done;
}

/**
 * Parts that the manifest does not call sealed are read through: the torn end is cut, whole lines
 * without an index record are indexed, damage is named. Then the manifest is closed. Rejects with
 * `ArchiveFailedError` where the disk fails.
 */
export async function recoverRun(runId: string, options: RecoveryOptions): Promise<Recovered> {
  const runDirectory = join(options.directory, runId);
  const manifest = await readManifest(options.files, runDirectory);
  if (manifest?.state === "closed") return report(manifest, true);
  try {
    const closed = await recover(runId, manifest, runDirectory, options);
    await writeManifest(options.files, runDirectory, closed, genesisHash(runId));
    const { lines, bytes } = sumTotals(closed.parts, "");
    options.log[closed.quarantinedCount > 0 ? "error" : "warn"]("recovered an unclosed run", {
      run: runId,
      lines,
      bytes,
      recovered_lines: closed.recoveredLines,
      torn_bytes: closed.tornBytes,
      quarantined: closed.quarantinedCount,
    });
    return report(closed, false);
  } catch (error) {
    throw new ArchiveFailedError(`recover ${runId}`, error);
  }
}

async function recover(
  runId: string,
  manifest: StreamManifest | null,
  runDirectory: string,
  options: RecoveryOptions,
): Promise<StreamManifest> {
  const parts = [...manifest?.parts ?? []];
  const quarantined: Quarantined[] = [];
  const { files, directory } = options;
  const streams = new StreamTable(manifest?.streams ?? await knownStreams(files, directory, runId));
  let quarantinedCount = 0, tornBytes = 0, recoveredLines = 0;
  for (const part of await listParts(options.files, runDirectory)) {
    if (parts.some((sealed) => sealed.part === part)) continue;
    const deleted = await readTombstone(files, runDirectory, part);
    if (deleted !== null) {
      const { deletedAtMs: _deletedAtMs, ...sealed } = deleted;
      parts.push(sealed);
      continue;
    }
    const found = await recoverPart({
      files,
      zstd: options.zstd,
      runDirectory,
      part,
      chainHead: parts.at(-1)?.chainHead ?? genesisHash(runId),
      onStream: (stream) => streams.set(stream),
      onQuarantined: (range) => {
        if (quarantinedCount++ < QUARANTINED_NAMED_MAX) quarantined.push(range);
      },
    });
    parts.push(found.sealed);
    tornBytes += found.tornBytes;
    recoveredLines += found.recoveredLines;
  }
  const startedAtMs = manifest?.startedAtMs ?? parseRunId(runId)?.startedAtMs ?? 0;
  return {
    runId,
    state: "closed",
    startedAtMs,
    closedAtMs: options.clock.nowMs(),
    about: manifest?.about ?? { version: "", sources: [], mappings: {} },
    parts,
    streams: streams.list(),
    recovered: true,
    tornBytes,
    recoveredLines,
    quarantined,
    quarantinedCount,
  };
}

function report(manifest: StreamManifest, wasClosed: boolean): Recovered {
  const { lines, bytes } = sumTotals(manifest.parts, "");
  return {
    runId: manifest.runId,
    wasClosed,
    lines,
    bytes,
    recoveredLines: manifest.recoveredLines,
    tornBytes: manifest.tornBytes,
    quarantined: manifest.quarantined,
    quarantinedCount: manifest.quarantinedCount,
  };
}
