/**
 * Parquet files → records, one row group in memory at a time. A file that is damaged anywhere is
 * refused as a whole: some row groups may have been handed on when it shows, so nothing of a file
 * may be loaded before its end is reached.
 */
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetSchema,
  type SchemaElement,
} from "hyparquet";
import { parquetReadColumn } from "hyparquet/src/read.js";
import { LIMITS } from "../limits.ts";
import { type FileSystem, type OpenFile as DiskFile, REAL_FILES } from "../runtime/files.ts";
import type { FileTrait } from "../model/file_trait.ts";
import type { SourceItem } from "../model/record.ts";
import { DamagedFileError, reasonOf } from "./damaged_file.ts";
import { setField } from "./fields.ts";
import { openToRead } from "./file_bytes.ts";
import { checkCells, checkMetadata, checkPages, chunkRange } from "./parquet_checks.ts";
import { PAGE_CODECS } from "./parquet_codecs.ts";
import { ParquetFault } from "./parquet_fault.ts";
import { parquetTraits } from "./file_traits.ts";
import { convertColumn, converterOf } from "./parquet_values.ts";

export interface ParquetOptions {
  /** Only these columns, where the file has any of them; other columns are not decoded. */
  readonly columns?: readonly string[];
}

export interface ParquetFile {
  /** All columns of the file, whether read or not. */
  readonly columns: readonly string[];
  /** Of these, groups and lists, which hold further ones. */
  readonly nestedColumns: readonly string[];
  readonly rowsTotal: number;
  readonly bytesTotal: number;
  readonly traits: readonly FileTrait[];
  /** Bytes of the column chunks read so far. */
  bytesRead(): number;
  /**
   * All rows in order, in lists of `LIMITS.fileItemsPerChunkMax`; `offset` is the row's number.
   *
   * @throws {DamagedFileError}
   */
  items(): AsyncGenerator<SourceItem[], void, void>;
}

/** @throws {DamagedFileError} where the footer can't be read or states what can't be. */
export async function openParquet(
  path: string,
  options: ParquetOptions = {},
  files: FileSystem = REAL_FILES,
): Promise<ParquetFile> {
  const file = await openToRead(path, files);
  try {
    const bytesTotal = await file.size();
    const { metadata, elements } = await footerOf(path, file, bytesTotal);
    let read = 0;
    return {
      columns: elements.map((element) => element.name),
      nestedColumns: nestedColumns(metadata),
      rowsTotal: Number(metadata.num_rows),
      bytesTotal,
      traits: parquetTraits(metadata),
      bytesRead: () => read,
      items: () => {
        read = 0;
        const open = () => openToRead(path, files);
        return rowsOf(path, open, metadata, selected(elements, options.columns), (bytes) => {
          read += bytes;
        });
      },
    };
  } finally {
    await file.close();
  }
}

async function footerOf(
  path: string,
  file: DiskFile,
  bytes: number,
): Promise<{ metadata: FileMetaData; elements: readonly SchemaElement[] }> {
  try {
    if (bytes < 12) throw new ParquetFault(`${bytes} bytes are too few for a Parquet file`);
    const tail = new Uint8Array(8);
    await file.read(tail, bytes - 8);
    if (new TextDecoder().decode(tail.subarray(4)) !== "PAR1") {
      throw new ParquetFault("it does not end as a Parquet file does; it may be cut short");
    }
    const footerBytes = new DataView(tail.buffer).getUint32(0, true);
    if (footerBytes > LIMITS.parquetFooterBytesMax || footerBytes > bytes - 12) {
      throw new ParquetFault(`its footer states ${footerBytes} bytes of the file's ${bytes}`);
    }
    const metadata = await parquetMetadataAsync(bufferOf(file, bytes));
    checkMetadata(metadata, bytes);
    return { metadata, elements: topColumns(metadata) };
  } catch (cause) {
    throw damaged(path, cause);
  }
}

async function* rowsOf(
  path: string,
  open: () => Promise<DiskFile>,
  metadata: FileMetaData,
  elements: readonly SchemaElement[],
  count: (bytes: number) => void,
): AsyncGenerator<SourceItem[], void, void> {
  const file = await open();
  try {
    const bytes = await file.size();
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rows = Number(group.num_rows);
      const values = await groupValues(
        { path, file: bufferOf(file, bytes), metadata, bytes, count },
        group,
        elements,
        rowStart,
      );
      for (let from = 0; from < rows; from += LIMITS.fileItemsPerChunkMax) {
        const to = Math.min(rows, from + LIMITS.fileItemsPerChunkMax);
        yield recordsOf(elements, values, rowStart, from, to);
      }
      rowStart += rows;
    }
  } finally {
    await file.close();
  }
}

interface OpenFile {
  readonly path: string;
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly bytes: number;
  readonly count: (bytes: number) => void;
}

/** The values of each column in one row group, checked and decoded one after the other. */
async function groupValues(
  open: OpenFile,
  group: FileMetaData["row_groups"][number],
  elements: readonly SchemaElement[],
  rowStart: number,
): Promise<ArrayLike<unknown>[]> {
  const rows = Number(group.num_rows);
  const columns: ArrayLike<unknown>[] = [];
  if (rows === 0) return elements.map(() => []);
  try {
    checkCells(group, elements.map(({ name }) => name));
    for (const element of elements) {
      for (const { meta_data: chunk } of group.columns) {
        if (chunk?.path_in_schema[0] !== element.name) continue;
        const { start, end } = chunkRange(chunk, open.bytes);
        const bytes = new Uint8Array(await open.file.slice(start, end));
        checkPages(bytes, group, chunk, open.metadata.schema);
        open.count(end - start);
      }
      const values = await parquetReadColumn({
        file: open.file,
        metadata: open.metadata,
        columns: [element.name],
        rowStart,
        rowEnd: rowStart + rows,
        compressors: PAGE_CODECS,
        geoparquet: false,
      });
      if (values.length !== rows) {
        const reason = `column ${element.name} has ${values.length} values for ${rows} rows`;
        throw new ParquetFault(reason);
      }
      columns.push(convertColumn(values, converterOf(element)));
    }
  } catch (cause) {
    throw damaged(open.path, cause);
  }
  return columns;
}

function recordsOf(
  elements: readonly SchemaElement[],
  values: readonly ArrayLike<unknown>[],
  rowStart: number,
  from: number,
  to: number,
): SourceItem[] {
  const items: SourceItem[] = [];
  for (let row = from; row < to; row++) {
    const fields: Record<string, unknown> = {};
    for (let i = 0; i < elements.length; i++) {
      setField(fields, elements[i]?.name ?? "", values[i]?.[row] ?? null);
    }
    items.push({ kind: "record", offset: rowStart + row, fields, raw: null });
  }
  return items;
}

function topColumns(metadata: FileMetaData): SchemaElement[] {
  return parquetSchema(metadata).children.map((child) => child.element);
}

function nestedColumns(metadata: FileMetaData): string[] {
  return parquetSchema(metadata).children.filter(({ children }) => children.length > 0)
    .map(({ element }) => element.name);
}

function selected(
  elements: readonly SchemaElement[],
  names: readonly string[] | undefined,
): readonly SchemaElement[] {
  const wanted = elements.filter((element) => names?.includes(element.name));
  return wanted.length > 0 ? wanted : elements;
}

/** A file as the decoder wants it: any range that lies in it, whole. */
function bufferOf(file: DiskFile, bytes: number): AsyncBuffer {
  return {
    byteLength: bytes,
    async slice(start, end = bytes) {
      if (!(start >= 0 && start <= end && end <= bytes)) {
        throw new ParquetFault(`it refers to bytes ${start}–${end} of ${bytes}`);
      }
      const buffer = new Uint8Array(end - start);
      if (await file.read(buffer, start) < buffer.length) {
        throw new ParquetFault("it became shorter while it was read");
      }
      return buffer.buffer;
    },
  };
}

function damaged(path: string, cause: unknown): DamagedFileError {
  if (cause instanceof DamagedFileError) return cause;
  const reason = cause instanceof ParquetFault
    ? cause.message
    : `it is not a sound Parquet file: ${reasonOf(cause)}`;
  return new DamagedFileError(path, reason, { cause });
}
