/**
 * A stream run's `manifest.json`: what the run is, which parts are sealed, and, once it is closed,
 * what it holds. Owns the shape and its bytes (FORMAT.md, "Manifest"). Written whole, by rename. A
 * manifest that cannot be read counts as none: the index can say all of it again.
 */
import { join } from "node:path";
import { isoUtc } from "../model/iso_time.ts";
import { isObject } from "../model/record.ts";
import { isStreamId, type StreamLines } from "../model/stream.ts";
import { type FileSystem, readHead, replaceFile } from "../runtime/files.ts";
import { encodeDigested, isChanged } from "./digested_json.ts";
import { sumTotals, type Totals } from "./totals.ts";

export const FORMAT_VERSION = 1;
export const MANIFEST_NAME = "manifest.json";

/** A manifest beyond this is not ours; 100,000 parts or inputs of 600 bytes fit. */
export const MANIFEST_BYTES_MAX = 67_108_864;

/** What the caller knows of a run, kept with it word for word. */
export interface RunAbout {
  /** The program's version. */
  readonly version: string;
  /** Where lines come from: feed and listen addresses, or names of sources. */
  readonly sources: readonly string[];
  /** Version or digest of the mapping by source name. */
  readonly mappings: Readonly<Record<string, string>>;
}

export interface SealedPart extends Totals {
  readonly part: number;
}

/** A byte range of a part that is not what was archived, and why it is known. */
export interface Quarantined {
  readonly part: number;
  readonly offset: number;
  readonly length: number;
  readonly reason: QuarantineReason;
}

/**
 * `checksum`: the bytes do not fit their CRC. `index`: the index record is damaged or gone.
 * `missing`: the part ends before the range does. `unreadable`: the system or zstd gives no bytes.
 */
export type QuarantineReason = "checksum" | "index" | "missing" | "unreadable";

export interface StreamManifest {
  readonly runId: string;
  readonly state: "open" | "closed";
  readonly startedAtMs: number;
  readonly closedAtMs: number | null;
  readonly about: RunAbout;
  /** Sealed parts; of a closed run all of them. */
  readonly parts: readonly SealedPart[];
  /** Acknowledged streams with `parts`, over all runs so far; quiet for longest first. */
  readonly streams: readonly StreamLines[];
  /** Closed by recovery, not by the process that wrote the run. */
  readonly recovered: boolean;
  /** Bytes cut from the ends of parts: the beginning of a line that never came whole. */
  readonly tornBytes: number;
  /** Lines that were in a part and not in its index. */
  readonly recoveredLines: number;
  /** At most 1,000 are named; `quarantinedCount` counts all. */
  readonly quarantined: readonly Quarantined[];
  readonly quarantinedCount: number;
}

export async function writeManifest(
  files: FileSystem,
  runDirectory: string,
  manifest: StreamManifest,
  chainStart: string,
): Promise<void> {
  const bytes = encodeDigested(toJson(manifest, chainStart));
  await replaceFile(files, join(runDirectory, MANIFEST_NAME), bytes);
}

function toJson(manifest: StreamManifest, chainStart: string) {
  return {
    format: FORMAT_VERSION,
    kind: "stream_run",
    run_id: manifest.runId,
    state: manifest.state,
    started_at: isoUtc(manifest.startedAtMs),
    closed_at: time(manifest.closedAtMs),
    version: manifest.about.version,
    sources: manifest.about.sources,
    mappings: manifest.about.mappings,
    ...totalsJson(sumTotals(manifest.parts, chainStart)),
    parts: manifest.parts.map((part) => ({ part: part.part, ...totalsJson(part) })),
    ...(manifest.streams.length > 0 ? { streams: manifest.streams } : {}),
    recovered: manifest.recovered,
    torn_bytes: manifest.tornBytes,
    recovered_lines: manifest.recoveredLines,
    quarantined: manifest.quarantined,
    quarantined_count: manifest.quarantinedCount,
  };
}

export function totalsJson(totals: Totals) {
  return {
    bytes: totals.bytes,
    lines: totals.lines,
    appends: totals.appends,
    first_arrival_at: time(totals.firstArrivalMs),
    last_arrival_at: time(totals.lastArrivalMs),
    chain_head: totals.chainHead,
  };
}

/** Null where there is none, or none that can be read. */
export async function readManifest(
  files: FileSystem,
  runDirectory: string,
): Promise<StreamManifest | null> {
  const found = await readManifestJson(files, runDirectory);
  if (found === null || found.isChanged) return null;
  const { value } = found;
  if (value.kind !== "stream_run" || typeof value.run_id !== "string") return null;
  const startedAtMs = instant(value.started_at);
  if (startedAtMs === null || !Array.isArray(value.parts)) return null;
  const parts = value.parts.map(readPart);
  if (!parts.every((part) => part !== null)) return null;
  return {
    runId: value.run_id,
    state: value.state === "closed" ? "closed" : "open",
    startedAtMs,
    closedAtMs: instant(value.closed_at),
    about: {
      version: String(value.version ?? ""),
      sources: Array.isArray(value.sources) ? value.sources.map(String) : [],
      mappings: isObject(value.mappings)
        ? Object.fromEntries(Object.entries(value.mappings).map(([k, v]) => [k, String(v)]))
        : {},
    },
    parts,
    streams: Array.isArray(value.streams) ? value.streams.filter(isStreamLines) : [],
    recovered: value.recovered === true,
    tornBytes: count(value.torn_bytes) ?? 0,
    recoveredLines: count(value.recovered_lines) ?? 0,
    quarantined: Array.isArray(value.quarantined) ? value.quarantined as Quarantined[] : [],
    quarantinedCount: count(value.quarantined_count) ?? 0,
  };
}

/** The JSON object of any run's manifest of a known format; null where there is none. */
export async function readManifestJson(
  files: FileSystem,
  runDirectory: string,
): Promise<{ value: Record<string, unknown>; isChanged: boolean } | null> {
  const bytes = await readHead(files, join(runDirectory, MANIFEST_NAME), MANIFEST_BYTES_MAX);
  if (bytes === null) return null;
  try {
    const text = new TextDecoder().decode(bytes);
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || value.format !== FORMAT_VERSION) return null;
    return { value, isChanged: isChanged(text) };
  } catch {
    return null;
  }
}

/** A part's totals as a manifest lists them; null for anything else. */
export function readPart(value: unknown): SealedPart | null {
  if (!isObject(value) || typeof value.chain_head !== "string") return null;
  const part = count(value.part), bytes = count(value.bytes);
  const lines = count(value.lines), appends = count(value.appends);
  if (part === null || bytes === null || lines === null || appends === null) return null;
  return {
    part,
    bytes,
    lines,
    appends,
    firstArrivalMs: instant(value.first_arrival_at),
    lastArrivalMs: instant(value.last_arrival_at),
    chainHead: value.chain_head,
  };
}

function isStreamLines(value: unknown): value is StreamLines {
  return isObject(value) && isStreamId(value.stream) && count(value.lines) !== null;
}

/** Epoch ms of an ISO time; null for anything else. */
export function instant(value: unknown): number | null {
  const atMs = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isFinite(atMs) ? atMs : null;
}

/** A number from 0 that JSON can hold exactly; null for anything else. */
export function count(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function time(atMs: number | null): string | null {
  return atMs === null ? null : isoUtc(atMs);
}
