/**
 * What a Parquet file must satisfy before its values are decoded: the counts it states stay within
 * their limits and agree with one another, its pages lie where they should, state no more values
 * than their row group has rows, and match their checksums where they have them. The decoder trusts
 * all of these: a few bytes of a damaged or hostile page header can cost gigabytes in it.
 *
 * Format: https://github.com/apache/parquet-format (README.md, src/main/thrift/parquet.thrift).
 */
import { crc32 } from "node:zlib";
import type { ColumnMetaData, FileMetaData, RowGroup, SchemaElement } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import {
  getMaxDefinitionLevel,
  getMaxRepetitionLevel,
  getSchemaPath,
} from "hyparquet/src/schema.js";
import { LIMITS } from "../limits.ts";
import { ParquetFault } from "./parquet_fault.ts";
import { checkRunsOfPage, type PageColumn } from "./parquet_runs.ts";

/** Checks what the footer states. */
export function checkMetadata(metadata: FileMetaData, fileBytes: number): void {
  const rows = count(metadata.num_rows, "rows");
  within(rows, LIMITS.parquetRowsMax, "rows");
  // The schema lists the root first, then every column and group of columns.
  within(metadata.schema.length - 1, LIMITS.parquetColumnsMax, "columns");
  let groupRows = 0;
  metadata.row_groups.forEach((group, index) => {
    const rows = count(group.num_rows, `rows of row group ${index}`);
    within(rows, LIMITS.parquetRowGroupRowsMax, `rows in row group ${index}`);
    for (const { meta_data } of group.columns) chunkRange(meta_data, fileBytes);
    groupRows += rows;
  });
  if (groupRows !== rows) {
    throw new ParquetFault(`it states ${rows} rows, its row groups have ${groupRows}`);
  }
}

/** Of a row group's columns those count that are read: they are held in memory. */
export function checkCells({ num_rows, columns }: RowGroup, names: readonly string[]): void {
  const read = columns.filter(({ meta_data }) =>
    names.includes(meta_data?.path_in_schema[0] ?? "")
  );
  const cells = Number(num_rows) * read.length;
  within(cells, LIMITS.parquetRowGroupCellsMax, "cells in the columns of a row group");
}

/** Where a column's bytes of one row group lie in the file. */
export function chunkRange(
  column: ColumnMetaData | undefined,
  fileBytes: number,
): { start: number; end: number } {
  if (column === undefined) throw new ParquetFault("a column chunk has no metadata");
  const start = Number(column.dictionary_page_offset || column.data_page_offset);
  const end = start + Number(column.total_compressed_size);
  if (!(Number.isSafeInteger(end) && start >= 4 && start <= end && end <= fileBytes)) {
    const name = column.path_in_schema.join(".");
    throw new ParquetFault(`column ${name} would lie at bytes ${start}–${end} of ${fileBytes}`);
  }
  return { start, end };
}

/** Walks the pages of one column chunk. */
export function checkPages(
  bytes: Uint8Array<ArrayBuffer>,
  group: RowGroup,
  column: ColumnMetaData,
  schema: SchemaElement[],
): void {
  const pageColumn = pageColumnOf(column, schema);
  const name = column.path_in_schema.join(".");
  const rows = Number(group.num_rows);
  const flat = column.path_in_schema.length === 1 && Number(column.num_values) === rows;
  const valuesMax = flat ? rows : LIMITS.parquetRowGroupCellsMax;
  const reader = {
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    offset: 0,
  };
  let values = 0;
  // As the decoder does, which leaves a single trailing byte alone.
  while (reader.offset < bytes.length - 1 && values < Number(column.num_values)) {
    const header = parquetHeader(reader);
    const size = header.compressed_page_size;
    if (!(size >= 0 && reader.offset + size <= bytes.length)) {
      throw new ParquetFault(`a page of column ${name} states ${size} bytes, beyond its column`);
    }
    within(header.uncompressed_page_size, LIMITS.parquetPageBytesMax, `bytes in a page of ${name}`);
    const dictionaryValues = header.dictionary_page_header?.num_values ?? 0;
    within(dictionaryValues, LIMITS.parquetRowGroupCellsMax, `dictionary values in column ${name}`);
    values += header.data_page_header?.num_values ?? header.data_page_header_v2?.num_values ?? 0;
    if (!(values <= valuesMax)) {
      throw new ParquetFault(`the pages of column ${name} state more values than its ${rows} rows`);
    }
    const page = bytes.subarray(reader.offset, reader.offset + size);
    // The field is a signed 32-bit integer.
    if (header.crc !== undefined && crc32(page) !== header.crc >>> 0) {
      throw new ParquetFault(`a page of column ${name} does not match its checksum`);
    }
    checkRunsOfPage(header, page, pageColumn);
    reader.offset += size;
  }
}

function pageColumnOf(column: ColumnMetaData, schema: SchemaElement[]): PageColumn {
  const path = getSchemaPath(schema, column.path_in_schema);
  return {
    name: column.path_in_schema.join("."),
    type: column.type,
    codec: column.codec,
    definitionMax: getMaxDefinitionLevel(path),
    repetitionMax: getMaxRepetitionLevel(path),
  };
}

function count(value: bigint | number, what: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new ParquetFault(`it states ${value} ${what}`);
}

function within(value: number, max: number, what: string): void {
  if (value >= 0 && value <= max) return;
  throw new ParquetFault(`it states ${value} ${what}, the limit is ${max}`);
}
