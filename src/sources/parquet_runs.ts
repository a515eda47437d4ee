/**
 * Walks the run-length parts of a data page (levels, dictionary indices, booleans) before they are
 * decoded. The decoder takes a run's length at its word: one flipped bit in a run of 300 values can
 * make it write two thousand million of them, or count for ever.
 *
 * Format: https://github.com/apache/parquet-format/blob/master/Encodings.md#RLE
 */
import type { CompressionCodec, PageHeader, ParquetType } from "hyparquet";
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js";
import { PAGE_CODECS } from "./parquet_codecs.ts";
import { ParquetFault } from "./parquet_fault.ts";

export interface PageColumn {
  readonly name: string;
  readonly type: ParquetType;
  readonly codec: CompressionCodec;
  /** Highest levels of the column: 0 where it has none. */
  readonly definitionMax: number;
  readonly repetitionMax: number;
}

/** @param body The page's bytes as they are in the file. */
export function checkRunsOfPage(header: PageHeader, body: Uint8Array, column: PageColumn): void {
  if (header.data_page_header !== undefined) {
    const { num_values, encoding } = header.data_page_header;
    const page = unpacked(body, header.uncompressed_page_size, column);
    let at = 0;
    let nulls = 0;
    for (const levelMax of [column.repetitionMax, column.definitionMax]) {
      if (levelMax === 0) continue;
      const length = viewOf(page, column).getUint32(at, true);
      const end = at + 4 + length;
      const levels = levelsOf(page, at + 4, end, levelMax, num_values, column);
      if (levelMax === column.definitionMax) nulls = countBelow(levels, levelMax);
      at = end;
    }
    checkValues(page, at, encoding, num_values - nulls, column);
  } else if (header.data_page_header_v2 !== undefined) {
    const v2 = header.data_page_header_v2;
    const repetitionBytes = v2.repetition_levels_byte_length ?? 0;
    const levelBytes = repetitionBytes + v2.definition_levels_byte_length;
    if (!(repetitionBytes >= 0 && levelBytes >= repetitionBytes && levelBytes <= body.length)) {
      throw new ParquetFault(`a page of column ${column.name} states levels beyond its end`);
    }
    const { definitionMax, repetitionMax } = column;
    if (repetitionMax > 0) {
      levelsOf(body, 0, repetitionBytes, repetitionMax, v2.num_values, column);
    }
    if (definitionMax > 0) {
      levelsOf(body, repetitionBytes, levelBytes, definitionMax, v2.num_values, column);
    }
    const values = body.subarray(levelBytes);
    const page = v2.is_compressed === false
      ? values
      : unpacked(values, header.uncompressed_page_size - levelBytes, column);
    checkValues(page, 0, v2.encoding, v2.num_values - v2.num_nulls, column);
  }
}

function checkValues(
  page: Uint8Array,
  at: number,
  encoding: string,
  count: number,
  column: PageColumn,
): void {
  if (count < 0) throw new ParquetFault(`a page of column ${column.name} has too many nulls`);
  if (count === 0) return;
  const isDictionary = encoding === "PLAIN_DICTIONARY" || encoding === "RLE_DICTIONARY";
  if (isDictionary) {
    const width = viewOf(page, column).getUint8(at);
    if (width > 32) throw new ParquetFault(`column ${column.name} has ${width}-bit indices`);
    if (width > 0) checkRuns(page, at + 1, width, count, column);
  } else if (encoding === "RLE") {
    checkRuns(page, at + 4, 1, count, column);
  }
}

/** Walks the runs and decodes the levels, which is safe then. */
function levelsOf(
  page: Uint8Array,
  start: number,
  end: number,
  levelMax: number,
  count: number,
  column: PageColumn,
): number[] {
  const width = 32 - Math.clz32(levelMax);
  if (end > page.length) {
    throw new ParquetFault(`a page of column ${column.name} states levels beyond its end`);
  }
  checkRuns(page, start, width, count, column);
  const levels = new Array<number>(count);
  readRleBitPackedHybrid({ view: viewOf(page, column), offset: start }, width, levels, end - start);
  return levels;
}

/** Every run has a length that the page has room for, in values and in bytes. */
function checkRuns(
  page: Uint8Array,
  start: number,
  width: number,
  count: number,
  column: PageColumn,
): void {
  let at = start;
  for (let seen = 0; seen < count;) {
    let header = 0;
    let factor = 1;
    for (;;) {
      const byte = page[at++];
      if (byte === undefined || factor > 2 ** 28) return fail(column);
      header += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
      factor *= 128;
    }
    const size = Math.floor(header / 2);
    if (header % 2 === 1) {
      // Groups of eight values; the last one is filled up.
      at += size * width;
      seen += size * 8;
    } else {
      at += Math.ceil(width / 8);
      seen += size;
      if (seen > count) return fail(column);
    }
    if (at > page.length) return fail(column);
  }
}

function fail(column: PageColumn): never {
  throw new ParquetFault(`a page of column ${column.name} has a run that it has no room for`);
}

function unpacked(body: Uint8Array, length: number, column: PageColumn): Uint8Array {
  if (column.codec === "UNCOMPRESSED") return body;
  const codec = PAGE_CODECS[column.codec];
  if (codec === undefined) throw new ParquetFault(`its codec ${column.codec} is not known`);
  if (length < 0) throw new ParquetFault(`a page of column ${column.name} states ${length} bytes`);
  return codec(body, length);
}

function viewOf(page: Uint8Array, column: PageColumn): DataView {
  if (page.length === 0) throw new ParquetFault(`a page of column ${column.name} is empty`);
  return new DataView(page.buffer, page.byteOffset, page.byteLength);
}

function countBelow(levels: readonly number[], levelMax: number): number {
  let below = 0;
  for (const level of levels) if (level !== levelMax) below++;
  return below;
}
