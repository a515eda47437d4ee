/**
 * A history file, opened with the mapping that reads it. Of a Parquet file, which may have hundreds
 * of columns, only those are decoded that the mapping reads: where columns are to be inferred, first
 * a sample of those whose names may matter.
 */
import { compileMapping, type Mapping } from "../../mapping/normaliser.ts";
import { columnsOfInterest } from "../../mapping/interest.ts";
import { withPathParts } from "../../mapping/path_parts.ts";
import { topLevelKey } from "../../mapping/column.ts";
import { usedColumns } from "../../mapping/unknown_columns.ts";
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
  if (source.format !== "parquet") {
    const mappingOf = (items: readonly SourceItem[]) =>
      mappingOfFile(declaration, source, items, parts);
    return { source, unreadColumns: [], mappingOf };
  }
  const mapping = await mappingOfParquet(file, source, files);
  const used = new Set(
    usedColumns(mapping.declaration).flatMap((name) => [name, topLevelKey(name)]),
  );
  const columns = (source.columns ?? []).filter((name) => used.has(name));
  if (wholeRecords || columns.length === 0) {
    return { source, unreadColumns: [], mappingOf: () => mapping };
  }
  const { ignore } = declaration;
  return {
    source: await openSource(path, declaration, files, columns),
    unreadColumns: (source.columns ?? []).filter((name) =>
      !used.has(name) && !ignore.includes(name)
    ),
    mappingOf: () => mapping,
  };
}

/** By the columns that may matter; where those do not do, by all of them. */
async function mappingOfParquet(
  { path, declaration, parts }: MappableFile,
  source: FileSource,
  files: FileSystem,
): Promise<Mapping> {
  const columns = columnsOfInterest(source.columns ?? [], source.nestedColumns, declaration);
  const sampled = await openSource(path, declaration, files, columns);
  const inference = inferFile(declaration, columns, await firstItems(sampled), parts);
  if (inference.problems.length === 0) {
    return compileMapping(withPathParts(inference.declaration, parts));
  }
  return mappingOfFile(declaration, source, await firstItems(source), parts);
}

async function firstItems(source: FileSource): Promise<readonly SourceItem[]> {
  for await (const items of source.items()) return items;
  return [];
}
