/** A record of a history file, found again by its place, as long as the file is the one loaded. */
import { join, resolve } from "node:path";
import { readBatchManifest } from "../../archive/batch_manifest.ts";
import { RUN_DIRECTORIES } from "../../archive/names.ts";
import { LIMITS } from "../../limits.ts";
import type { SourceDeclaration } from "../../mapping/declaration.ts";
import { DeclarationError } from "../../mapping/declaration_check.ts";
import type { Mapping } from "../../mapping/normaliser.ts";
import { pathParts } from "../../mapping/path_parts.ts";
import type { FoundRecord, Origin } from "../../model/origin.ts";
import { type RawRecord, rawText, type SourceItem } from "../../model/record.ts";
import { REAL_FILES } from "../../runtime/files.ts";
import { DamagedFileError } from "../../sources/damaged_file.ts";
import { digestFile, type FileSource } from "../../sources/file_source.ts";
import { openMapped } from "../batch/mapped_file.ts";
import type { HistoryFile } from "../batch/sources.ts";
import { fieldOrigins } from "./field_origins.ts";
import { cutRaw, recordWithoutRaw } from "./found_record.ts";

/** The version of a file that was loaded. */
export interface FileVersion {
  readonly digest: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

export async function findFileRecord(
  dataDir: string,
  sources: readonly SourceDeclaration[],
  { origin, offset, version }: {
    readonly origin: Origin;
    readonly offset: number;
    readonly version: FileVersion | null;
  },
): Promise<FoundRecord> {
  const declaration = sources.find((one) => one.name === origin.source);
  if (declaration === undefined) {
    return recordWithoutRaw(`The source ${origin.source} is not declared any more.`);
  }
  const path = resolve(dataDir, origin.path);
  const gone = await reasonAgainst(path, version);
  if (gone !== null) return recordWithoutRaw(gone);
  try {
    const parts = pathParts(path, declaration.paths, dataDir);
    const { source, mapping, record } = await walkTo({ path, declaration, parts }, offset);
    return await tell(dataDir, origin, { source, mapping, record });
  } catch (error) {
    if (!(error instanceof DamagedFileError || error instanceof DeclarationError)) throw error;
    return recordWithoutRaw(error.message);
  }
}

/** Why the file can't be asked; null where it is the one that was loaded. */
async function reasonAgainst(path: string, version: FileVersion | null): Promise<string | null> {
  const found = await REAL_FILES.stat(path);
  if (found?.kind !== "file") return "The history file is not there any more.";
  const changed = "The history file was changed since it was loaded.";
  if (version === null || found.bytes !== version.bytes) return changed;
  if (found.modifiedMs === version.modifiedMs) return null;
  if (found.bytes > LIMITS.originDigestBytesMax) return changed;
  return (await digestFile(path)).digest === version.digest ? null : changed;
}

interface Walk {
  readonly source: FileSource;
  readonly mapping: Mapping | null;
  /** Null where it lies further in than is walked. */
  readonly record: RawRecord | null;
}

async function walkTo(
  { path, declaration, parts }: Pick<HistoryFile, "path" | "declaration" | "parts">,
  offset: number,
): Promise<Walk> {
  const { source, mappingOf } = await openMapped({ path, declaration, parts }, {
    wholeRecords: true,
  });
  let mapping: Mapping | null = null;
  let walked = 0;
  for await (const items of source.items()) {
    mapping ??= mappingOf(items);
    const item = items.find((one) => one.offset === offset);
    if (item !== undefined) return { source, mapping, record: recordOf(item) };
    walked += items.length;
    const isPast = (items.at(-1)?.offset ?? 0) > offset;
    if (isPast || walked >= LIMITS.originRecordsMax) break;
  }
  return { source, mapping, record: null };
}

function recordOf(item: SourceItem): RawRecord | null {
  return item.kind === "record" ? item : null;
}

async function tell(
  dataDir: string,
  { runId, path }: Origin,
  { source, mapping, record }: Walk,
): Promise<FoundRecord> {
  const far = "The record lies too far inside of its file to be looked up here.";
  const { raw, note } = record === null ? { raw: null, note: far } : cutRaw(rawText(record));
  const run = join(dataDir, RUN_DIRECTORIES.batch_run, runId);
  const manifest = await readBatchManifest(REAL_FILES, run);
  const then = manifest?.inputs.find((input) => input.path === path)?.mapping;
  return {
    raw,
    note,
    offsetIs: source.format === "parquet" ? "row" : "byte",
    mappedBy: mapping?.declaration.name ?? null,
    mappingIs: then === undefined || mapping === null
      ? "unknown"
      : then === mapping.version
      ? "same"
      : "changed",
    mapping: fieldOrigins(mapping?.describe() ?? [], record?.fields ?? null),
  };
}
