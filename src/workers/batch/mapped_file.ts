/**
 * A history file, opened with the mapping that reads it. Of a Parquet file, which may have hundreds
 * of columns, only those are decoded that the mapping reads: where columns are to be inferred, first
 * a sample of those whose names may matter.
 */
import { compileMapping, type Mapping } from "../../mapping/normaliser.ts";
import { columnsOfInterest, isComplete, readColumns } from "../../mapping/interest.ts";
import { withPathParts } from "../../mapping/path_parts.ts";
import type { SourceItem } from "../../model/record.ts";
import { type FileSystem, REAL_FILES } from "../../runtime/files.ts";
import type { FileSource } from "../../sources/file_source.ts";
import { inferFile, mappingOfFile } from "./file_mapping.ts";
import { openSource } from "./open_source.ts";
import type { HistoryFile } from "./sources.ts";

export interface MappedFile {
  readonly source: FileSource;
  /** Columns of the file that are not read: neither in its records nor ignored by declaration. */
  readonly unreadColumns: readonly string[];
  /**
   * @param items The first list that `source` gives.
   * @throws {DeclarationError} where something can't be told.
   */
  mappingOf(items: readonly SourceItem[]): Mapping;
}

export interface MappedFileOptions {
  readonly files?: FileSystem;
  /** Reads all columns for all that, so that a record is whole; false unless given. */
  readonly wholeRecords?: boolean;
}

type MappableFile = Pick<HistoryFile, "path" | "declaration" | "parts">;

/** @throws {DamagedFileError} where the file can't be trusted. */
export async function openMapped(
  file: MappableFile,
  { files = REAL_FILES, wholeRecords = false }: MappedFileOptions = {},
): Promise<MappedFile> {
  const { path, declaration, parts } = file;
  const source = await openSource(path, declaration, files);
  const mappingOf = (items: readonly SourceItem[]) =>
    mappingOfFile(declaration, source, items, parts);
  if (source.format !== "parquet" || source.rowsTotal === 0) {
    return { source, unreadColumns: [], mappingOf };
  }
  const found = isComplete(declaration)
    ? { declaration, mappingOf }
    : await inferred(file, source, files);
  const used = readColumns(found.declaration);
  const columns = (source.columns ?? []).filter((name) => used.has(name));
  if (wholeRecords || columns.length === 0) {
    return { source, unreadColumns: [], mappingOf: found.mappingOf };
  }
  return {
    source: await openSource(path, declaration, files, columns),
    unreadColumns: (source.columns ?? []).filter((name) =>
      !used.has(name) && !declaration.ignore.includes(name)
    ),
    mappingOf: found.mappingOf,
  };
}

/** By the columns that may matter; where those do not do, by all of them. */
async function inferred(
  { path, declaration, parts }: MappableFile,
  source: FileSource,
  files: FileSystem,
): Promise<Pick<MappedFile, "mappingOf"> & Pick<HistoryFile, "declaration">> {
  const columns = columnsOfInterest(source.columns ?? [], source.nestedColumns, declaration);
  const sampled = await openSource(path, declaration, files, columns);
  const inference = inferFile(declaration, columns, await firstItems(sampled), parts);
  const mapping = inference.problems.length === 0
    ? compileMapping(withPathParts(inference.declaration, parts))
    : mappingOfFile(declaration, source, await firstItems(source), parts);
  return { declaration: mapping.declaration, mappingOf: () => mapping };
}

async function firstItems(source: FileSource): Promise<readonly SourceItem[]> {
  for await (const items of source.items()) return items;
  return [];
}
