/** A record of a history file, found again by its place, as long as the file is the one loaded. */
import { isAbsolute, join, resolve, sep } from "node:path";
import { readBatchManifest } from "../../archive/batch_manifest.ts";
import { parseRunId, RUN_DIRECTORIES } from "../../archive/names.ts";
import { LIMITS } from "../../limits.ts";
import type { SourceDeclaration } from "../../mapping/declaration.ts";
import type { Mapping } from "../../mapping/normaliser.ts";
import { globOf, pathParts } from "../../mapping/path_parts.ts";
import type { FoundRecord, Origin } from "../../model/origin.ts";
import { type RawRecord, rawText, type SourceItem } from "../../model/record.ts";
import { delay, REAL_CLOCK } from "../../runtime/clock.ts";
import { type FileSystem, REAL_FILES } from "../../runtime/files.ts";
import { reasonOf } from "../../sources/damaged_file.ts";
import { digestFile, type FileSource } from "../../sources/file_source.ts";
import { isNamedBy } from "../../sources/named_files.ts";
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

export interface FilePlace {
  readonly origin: Origin;
  readonly offset: number;
  readonly version: FileVersion | null;
}

/** @param files The real disk unless given. */
export async function findFileRecord(
  dataDir: string,
  sources: readonly SourceDeclaration[],
  { origin, offset, version }: FilePlace,
  files: FileSystem = REAL_FILES,
): Promise<FoundRecord> {
  const declaration = sources.find((one) => one.name === origin.source);
  if (declaration === undefined) {
    return recordWithoutRaw(`The source ${origin.source} is not declared any more.`);
  }
  const path = pathOf(dataDir, origin.path, declaration);
  if (path === null) {
    return recordWithoutRaw(
      `The source ${origin.source} does not name the file ${origin.path}, so it is not looked into.`,
    );
  }
  const gone = await reasonAgainst(path, version, files);
  if (gone !== null) return recordWithoutRaw(gone);
  let walk: Walk;
  try {
    const parts = pathParts(path, declaration.paths, dataDir);
    walk = await walkTo({ path, declaration, parts }, { offset, files });
  } catch (error) {
    // Whatever is wrong with bytes that others may have changed is no fault of the question.
    return recordWithoutRaw(`The history file can't be read: ${reasonOf(error)}`);
  }
  return await tell(dataDir, origin, { ...walk, files });
}

/**
 * The store may be anybody's: it says which of the files that the source names, and no other. Null
 * for any other, and for a relative path that leads out of the data directory.
 */
function pathOf(dataDir: string, shown: string, { paths }: SourceDeclaration): string | null {
  const path = resolve(dataDir, shown);
  const leadsOut = !isAbsolute(shown) && !path.startsWith(resolve(dataDir) + sep);
  return !leadsOut && isNamedBy(paths.map(globOf), dataDir, path) ? path : null;
}

/** Why the file can't be asked; null where it is the one that was loaded. */
async function reasonAgainst(
  path: string,
  version: FileVersion | null,
  files: FileSystem,
): Promise<string | null> {
  const found = await files.stat(path);
  if (found?.kind !== "file") return "The history file is not there any more.";
  const changed = "The history file was changed since it was loaded.";
  if (version === null || found.bytes !== version.bytes) return changed;
  if (found.modifiedMs === version.modifiedMs) return null;
  if (found.bytes > LIMITS.originDigestBytesMax) return changed;
  return (await digestFile(path, files)).digest === version.digest ? null : changed;
}

interface Walk {
  readonly source: FileSource;
  readonly mapping: Mapping | null;
  /** Null where it lies further in than is walked. */
  readonly record: RawRecord | null;
}

async function walkTo(
  { path, declaration, parts }: Pick<HistoryFile, "path" | "declaration" | "parts">,
  { offset, files }: { readonly offset: number; readonly files: FileSystem },
): Promise<Walk> {
  const { source, mappingOf } = await openMapped({ path, declaration, parts }, {
    files,
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
    // Of one read several lists come at once; what else waits for this thread goes between them.
    await delay(REAL_CLOCK, 0);
  }
  return { source, mapping, record: null };
}

function recordOf(item: SourceItem): RawRecord | null {
  return item.kind === "record" ? item : null;
}

async function tell(
  dataDir: string,
  { runId, path }: Origin,
  { source, mapping, record, files }: Walk & { readonly files: FileSystem },
): Promise<FoundRecord> {
  const far = "The record lies too far inside of its file to be looked up here.";
  const { raw, note } = record === null ? { raw: null, note: far } : cutRaw(rawText(record));
  const isRun = parseRunId(runId)?.kind === "batch_run";
  const run = join(dataDir, RUN_DIRECTORIES.batch_run, runId);
  const manifest = isRun ? await readBatchManifest(files, run) : null;
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
