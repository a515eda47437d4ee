/** A batch run's `manifest.json`: shape and bytes (FORMAT.md, "Batch runs"). */
import { join } from "node:path";
import { isoUtc } from "../model/iso_time.ts";
import { type FileSystem, replaceFile } from "../runtime/files.ts";
import { encodeDigested } from "./digested_json.ts";
import { count, FORMAT_VERSION, instant, MANIFEST_NAME, readManifestJson } from "./manifest.ts";

/** What became of one history file. */
export interface BatchInput {
  readonly source: string;
  readonly path: string;
  readonly size: number;
  /** Of the file's bytes, hex; how it is known again. */
  readonly digest: string;
  readonly rows_read: number;
  readonly rows_loaded: number;
  readonly rows_rejected: number;
  readonly state: "loaded" | "skipped" | "replaced" | "refused";
  readonly unknown_columns: readonly string[];
  /** Version or digest of the mapping that read it. */
  readonly mapping: string;
  /** Why it was refused. */
  readonly error?: string;
}

export interface BatchFile {
  readonly name: string;
  readonly lines: number;
  readonly bytes: number;
  /** Of its bytes, hex; absent in a manifest of an older version. */
  readonly sha256?: string;
}

export interface BatchManifest {
  readonly runId: string;
  /** `interrupted`: closed at a later start, because nobody had. */
  readonly state: "open" | "closed" | "interrupted";
  readonly startedAtMs: number;
  readonly closedAtMs: number | null;
  /** When retention deleted `readings` and `deadLetters`; null while they are there. */
  readonly deletedAtMs: number | null;
  readonly version: string;
  readonly inputs: readonly BatchInput[];
  readonly readings: readonly BatchFile[];
  readonly deadLetters: BatchFile;
  /** The batch layer's own report, word for word. */
  readonly report: unknown;
}

export function writeBatchManifest(
  files: FileSystem,
  runDirectory: string,
  manifest: BatchManifest,
): Promise<void> {
  const sum = (key: "rows_read" | "rows_loaded" | "rows_rejected") =>
    manifest.inputs.reduce((total, input) => total + input[key], 0);
  const json = {
    format: FORMAT_VERSION,
    kind: "batch_run",
    run_id: manifest.runId,
    state: manifest.state,
    started_at: isoUtc(manifest.startedAtMs),
    closed_at: manifest.closedAtMs === null ? null : isoUtc(manifest.closedAtMs),
    ...(manifest.deletedAtMs === null ? {} : { deleted_at: isoUtc(manifest.deletedAtMs) }),
    version: manifest.version,
    rows_read: sum("rows_read"),
    rows_loaded: sum("rows_loaded"),
    rows_rejected: sum("rows_rejected"),
    inputs: manifest.inputs,
    readings: manifest.readings,
    dead_letters: manifest.deadLetters,
    report: manifest.report ?? null,
  };
  return replaceFile(files, join(runDirectory, MANIFEST_NAME), encodeDigested(json));
}

/**
 * Null where there is none, or none that can be read. One that was changed after it was written is
 * given all the same, since nothing else knows what it says.
 */
export async function readBatchManifest(
  files: FileSystem,
  runDirectory: string,
): Promise<BatchManifest & { readonly isChanged: boolean } | null> {
  const found = await readManifestJson(files, runDirectory);
  if (found === null) return null;
  const { value, isChanged } = found;
  if (value.kind !== "batch_run" || typeof value.run_id !== "string") return null;
  const startedAtMs = instant(value.started_at);
  if (startedAtMs === null) return null;
  const { state } = value;
  return {
    isChanged,
    runId: value.run_id,
    state: state === "closed" || state === "interrupted" ? state : "open",
    startedAtMs,
    closedAtMs: instant(value.closed_at),
    deletedAtMs: instant(value.deleted_at),
    version: String(value.version ?? ""),
    inputs: Array.isArray(value.inputs) ? value.inputs as BatchInput[] : [],
    readings: Array.isArray(value.readings) ? value.readings.map(batchFile) : [],
    deadLetters: batchFile(value.dead_letters),
    report: value.report,
  };
}

function batchFile(value: unknown): BatchFile {
  const file = (value ?? {}) as Partial<Record<keyof BatchFile, unknown>>;
  return {
    name: String(file.name ?? ""),
    lines: count(file.lines) ?? 0,
    bytes: count(file.bytes) ?? 0,
    ...(typeof file.sha256 === "string" ? { sha256: file.sha256 } : {}),
  };
}
