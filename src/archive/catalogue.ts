/** What the archive holds: one entry a run, live and batch, from the manifests. */
import { join } from "node:path";
import type { FileSystem } from "../runtime/files.ts";
import { type BatchManifest, readBatchManifest } from "./batch_manifest.ts";
import { IndexWalk, readIndex } from "./index_file.ts";
import { readManifest, type StreamManifest } from "./manifest.ts";
import { compareRunIds, listParts, parseRunId, partName, RUN_DIRECTORIES } from "./names.ts";
import { addAppend, emptyTotals, sumTotals, type Totals } from "./totals.ts";

export interface RunInfo {
  readonly runId: string;
  readonly kind: "live" | "batch";
  /** `open`: being written, or not recovered yet. `damaged`: no manifest that can be read. */
  readonly state: "open" | "closed" | "interrupted" | "damaged";
  readonly startedAtMs: number;
  readonly closedAtMs: number | null;
  /** First and last arrival; null for a batch run, and for a live run without lines. */
  readonly firstArrivalMs: number | null;
  readonly lastArrivalMs: number | null;
  /** Lines received (live), or written (batch: readings and rejects). */
  readonly lines: number;
  readonly bytes: number;
  /** Readings and rejects; null for a live run: the hot store knows what became of its lines. */
  readonly rows: number | null;
  readonly rejects: number | null;
  readonly parts: number;
  /** Closed by recovery. */
  readonly recovered: boolean;
  /**
   * What retention deleted of it: parts (live), or files of readings (batch). Lines and bytes above
   * are of all that was archived.
   */
  readonly deletedParts: number;
  /** Columns of a batch run's files that no mapping knew: at most 50, by name. */
  readonly unknownColumns: readonly string[];
  readonly tornBytes: number;
  readonly quarantinedCount: number;
}

const UNKNOWN_COLUMNS_MAX = 50;

/** All runs under `dataDirectory`, newest first. */
export async function listRuns(dataDirectory: string, files: FileSystem): Promise<RunInfo[]> {
  const runs: RunInfo[] = [];
  for (const [kind, name] of Object.entries(RUN_DIRECTORIES)) {
    const directory = join(dataDirectory, name);
    for (const runId of await files.list(directory)) {
      if (parseRunId(runId)?.kind !== kind) continue;
      const runDirectory = join(directory, runId);
      runs.push(
        kind === "stream_run"
          ? await describeLive(files, runDirectory, runId)
          : describeBatch(runId, await readBatchManifest(files, runDirectory)),
      );
    }
  }
  return runs.sort((a, b) => compareRunIds(b.runId, a.runId));
}

const NOTHING = {
  state: "damaged",
  closedAtMs: null,
  firstArrivalMs: null,
  lastArrivalMs: null,
  lines: 0,
  bytes: 0,
  parts: 0,
  rows: null,
  rejects: null,
  recovered: false,
  deletedParts: 0,
  unknownColumns: [],
  tornBytes: 0,
  quarantinedCount: 0,
} as const;

async function describeLive(
  files: FileSystem,
  runDirectory: string,
  runId: string,
): Promise<RunInfo> {
  const startedAtMs = parseRunId(runId)?.startedAtMs ?? 0;
  const manifest = await readManifest(files, runDirectory);
  if (manifest === null) return { ...NOTHING, runId, kind: "live", startedAtMs };
  const open = manifest.state === "open" ? await openTotals(files, runDirectory, manifest) : [];
  const parts = [...manifest.parts, ...open];
  const { lines, bytes, firstArrivalMs, lastArrivalMs } = sumTotals(parts, "");
  return {
    runId,
    kind: "live",
    state: manifest.state,
    startedAtMs: manifest.startedAtMs,
    closedAtMs: manifest.closedAtMs,
    firstArrivalMs,
    lastArrivalMs,
    lines,
    bytes,
    rows: null,
    rejects: null,
    parts: parts.length,
    recovered: manifest.recovered,
    deletedParts:
      (await files.list(runDirectory)).filter((name) => name.endsWith(".deleted")).length,
    unknownColumns: [],
    tornBytes: manifest.tornBytes,
    quarantinedCount: manifest.quarantinedCount,
  };
}

/** Totals of the parts that the manifest of an open run does not list yet, from their indexes. */
async function openTotals(
  files: FileSystem,
  runDirectory: string,
  manifest: StreamManifest,
): Promise<Totals[]> {
  const sealed = new Set(manifest.parts.map(({ part }) => part));
  const open: Totals[] = [];
  for (const part of await listParts(files, runDirectory)) {
    if (sealed.has(part)) continue;
    const path = join(runDirectory, `${partName(part)}.index`);
    if ((await files.stat(path)) !== null) open.push(await indexTotals(files, path));
  }
  return open;
}

async function indexTotals(files: FileSystem, path: string): Promise<Totals> {
  const index = await files.open(path, "read");
  try {
    const walk = new IndexWalk(null);
    let totals = emptyTotals("");
    for await (const lines of readIndex(index, 0, await index.size())) {
      for (const line of lines) {
        const { record } = walk.step(line.record);
        if (record !== null) totals = addAppend(totals, record);
      }
    }
    return totals;
  } finally {
    await index.close();
  }
}

function describeBatch(runId: string, manifest: BatchManifest | null): RunInfo {
  const startedAtMs = manifest?.startedAtMs ?? parseRunId(runId)?.startedAtMs ?? 0;
  if (manifest === null) return { ...NOTHING, runId, kind: "batch", startedAtMs };
  const { readings, deadLetters } = manifest;
  const rows = readings.reduce((sum, file) => sum + file.lines, 0);
  return {
    ...NOTHING,
    runId,
    kind: "batch",
    state: manifest.state,
    startedAtMs,
    closedAtMs: manifest.closedAtMs,
    lines: rows + deadLetters.lines,
    bytes: readings.reduce((sum, file) => sum + file.bytes, deadLetters.bytes),
    rows,
    rejects: deadLetters.lines,
    parts: readings.length,
    deletedParts: manifest.deletedAtMs === null ? 0 : readings.length,
    unknownColumns: unknownColumns(manifest),
  };
}

function unknownColumns({ inputs }: BatchManifest): string[] {
  const names = inputs.flatMap((input) =>
    Array.isArray(input.unknown_columns) ? input.unknown_columns.map(String) : []
  );
  return [...new Set(names)].sort().slice(0, UNKNOWN_COLUMNS_MAX);
}
