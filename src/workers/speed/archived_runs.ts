/**
 * Live runs of earlier starts: mended where a crash left them open, and read back as the same
 * values that they gave the first time.
 */
import { join } from "node:path";
import { readManifest } from "../../archive/manifest.ts";
import { compareRunIds, parseRunId } from "../../archive/names.ts";
import { recoverRuns } from "../../archive/recovery.ts";
import { readRun } from "../../archive/run_reader.ts";
import type { Log } from "../../log.ts";
import type { Origin } from "../../model/origin.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { FileSystem } from "../../runtime/files.ts";
import type { Zstd } from "../../runtime/zstd.ts";
import type { LineSights } from "./line_sights.ts";
import { type Normalise, normaliseBlock } from "./normalise_block.ts";
import type { NormalisedBlock, Place } from "./pending_batch.ts";

export interface ArchiveTools {
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly log: Log;
  /** Real unless given. */
  readonly zstd?: Zstd | undefined;
}

/** Where every stream run lies, below the data directory. */
export function liveDirectory(dataDir: string): string {
  return `${dataDir}/live_data`;
}

/** The source's name in origins of the speed layer. */
const LIVE_SOURCE = "live";

export function partOrigin(runId: string, part: number): Origin {
  const name = `part-${String(part).padStart(6, "0")}.ndjson`;
  return { layer: "speed", runId, source: LIVE_SOURCE, path: `live_data/${runId}/${name}` };
}

export interface EarlierRun {
  readonly runId: string;
  /** Where its durable bytes end. */
  readonly end: Place;
}

/** Oldest first; runs that were not closed are recovered first. */
export async function earlierRuns(dataDir: string, tools: ArchiveTools): Promise<EarlierRun[]> {
  const directory = liveDirectory(dataDir);
  await recoverRuns({ directory, ...tools });
  const names = await tools.files.list(directory);
  const runIds = names.filter((name) => parseRunId(name)?.kind === "stream_run");
  const runs: EarlierRun[] = [];
  for (const runId of runIds.sort(compareRunIds)) {
    const manifest = await readManifest(tools.files, join(directory, runId));
    const last = manifest?.parts.at(-1);
    runs.push({ runId, end: { part: last?.part ?? 0, offset: last?.bytes ?? 0 } });
  }
  return runs;
}

/** What is told of the lines, and looks at the times of their arrival what they have shown. */
export interface WatchedSchemas extends LineSights {
  isDue(nowMs: number): boolean;
  look(nowMs: number, isEnd?: boolean): Promise<void>;
}

/** A stretch of a run as values; to its durable end where `to` is null. */
export async function* readNormalised(
  dataDir: string,
  runId: string,
  from: Place,
  to: Place | null,
  normalise: Normalise,
  tools: ArchiveTools,
  schemas?: WatchedSchemas,
): AsyncGenerator<NormalisedBlock> {
  const blocks = readRun({
    directory: liveDirectory(dataDir),
    runId,
    files: tools.files,
    zstd: tools.zstd,
    from,
    ...(to === null ? {} : { to }),
    onQuarantined: (range) =>
      tools.log.error("archived bytes can't be trusted; left out", { ...range }),
  });
  let nowMs: number | null = null;
  for await (const block of blocks) {
    nowMs = block.arrivalMs;
    for (const slice of normaliseBlock({ ...block, runId }, normalise, { sights: schemas })) {
      yield slice;
    }
    if (schemas?.isDue(nowMs) === true) await schemas.look(nowMs);
  }
  if (nowMs !== null) await schemas?.look(nowMs, true);
}
