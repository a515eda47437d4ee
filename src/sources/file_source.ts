/**
 * One way to read a history file, whatever its format: what it is, how far it is, its records in
 * lists. Formats are told by content; a name's ending only decides what content leaves open.
 */
import { createHash } from "node:crypto";
import { isAbsolute, resolve } from "node:path";
import { LIMITS } from "../limits.ts";
import { type FileSystem, REAL_FILES } from "../runtime/files.ts";
import type { SourceItem } from "../model/record.ts";
import { CsvFile, type CsvOptions } from "./csv_file.ts";
import { type FileBytes, openBytes } from "./file_bytes.ts";
import { readJson } from "./json_array_file.ts";
import { jsonFault } from "./json_fault.ts";
import { readNdjson } from "./ndjson_file.ts";
import { openParquet, type ParquetOptions } from "./parquet_file.ts";

export type FileFormat = "csv" | "ndjson" | "json" | "parquet";

export interface FileSourceOptions {
  /** Found out where it is not declared. */
  readonly format?: FileFormat | "auto";
  readonly csv?: CsvOptions;
  readonly parquet?: ParquetOptions;
  /** Real unless given. */
  readonly files?: FileSystem;
}

export interface FileSource {
  readonly path: string;
  readonly format: FileFormat;
  /** Of CSV and Parquet, the columns; null before they are known, and of formats without any. */
  readonly columns: readonly string[] | null;
  /** Rows the file says it has; null where the format doesn't say. */
  readonly rowsTotal: number | null;
  readonly bytesTotal: number;
  /** Of `bytesTotal`, for the progress bar. */
  bytesRead(): number;
  /**
   * All items in order, in lists of at most `LIMITS.fileItemsPerChunkMax`.
   *
   * @throws {DamagedFileError} where the file can't be trusted: load nothing of it.
   */
  items(): AsyncGenerator<SourceItem[], void, void>;
}

/**
 * @throws {DamagedFileError} where it shows at once that the file can't be trusted.
 * @throws {Error} naming the path, where it can't be opened.
 */
export async function openFile(path: string, options: FileSourceOptions = {}): Promise<FileSource> {
  const { files = REAL_FILES } = options;
  const declared = options.format ?? "auto";
  const format = declared === "auto" ? await detectFormat(path, files) : declared;
  if (format === "parquet") {
    return { path, format, ...await openParquet(path, options.parquet, files) };
  }
  const bytes = await openBytes(path, files);
  let csv: CsvFile | null = null;
  return {
    path,
    format,
    get columns() {
      return csv?.columns ?? null;
    },
    rowsTotal: null,
    bytesTotal: bytes.bytesTotal,
    bytesRead: bytes.bytesRead,
    items() {
      if (format === "ndjson") return inLists(readNdjson(bytes.chunks()));
      if (format === "json") return inLists(readJson(bytes.chunks()));
      csv = new CsvFile(path, options.csv);
      return inLists(csv.read(bytes.chunks()));
    },
  };
}

/**
 * By magic bytes and the first byte that isn't blank; compressed files are looked into.
 *
 * ```
 * PAR1                      parquet
 * [                         json
 * { on a line of its own,
 *   or a line that goes on  json (objects over several lines)
 * {                         ndjson
 * anything else             parquet, ndjson if the name ends so; csv
 * ```
 */
export async function detectFormat(
  path: string,
  files: FileSystem = REAL_FILES,
): Promise<FileFormat> {
  const bytes = await openBytes(path, files);
  const head = await headOf(bytes);
  const ending = /\.([a-z0-9]+)(?:\.(?:gz|zst))?$/i.exec(path)?.[1]?.toLowerCase() ?? "";
  const text = new TextDecoder().decode(head);
  if (text.startsWith("PAR1") || ending === "parquet") return "parquet";
  const start = text.trimStart();
  if (start.startsWith("[") && ending !== "csv") return jsonOrLines(start, ending);
  if (start.startsWith("{")) return jsonOrLines(start, ending);
  return ["ndjson", "jsonl", "json"].includes(ending) ? "ndjson" : "csv";
}

/** A first line that is whole by itself is one of lines; `[{…}]` alone may be either, and is both. */
function jsonOrLines(start: string, ending: string): FileFormat {
  const lineEnd = start.indexOf("\n");
  const line = lineEnd === -1 ? start : start.slice(0, lineEnd);
  if (start.startsWith("[")) {
    const isLine = ending === "ndjson" || ending === "jsonl" || start.slice(line.length).trim();
    return isLine && jsonFault(line) === null ? "ndjson" : "json";
  }
  if (lineEnd === -1) return "ndjson";
  const fault = jsonFault(line);
  return fault !== null && fault.at >= line.trimEnd().length ? "json" : "ndjson";
}

const HEAD_BYTES = 65_536;

async function headOf(bytes: FileBytes): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes.chunks()) {
    parts.push(chunk.slice(0, HEAD_BYTES - length));
    length += chunk.length;
    if (length >= HEAD_BYTES) break;
  }
  return Buffer.concat(parts);
}

/**
 * The SHA-256 of a file's bytes, as they are on disk: what a file is known by.
 *
 * @throws {Error} naming the path, where it can't be read.
 */
export async function digestFile(
  path: string,
  files: FileSystem = REAL_FILES,
): Promise<{ digest: string; bytes: number; mtimeMs: number }> {
  const mtimeMs = (await files.stat(path))?.modifiedMs ?? 0;
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of (await openBytes(path, files)).raw()) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { digest: hash.digest("hex"), bytes, mtimeMs };
}

/**
 * Files that the patterns (paths or globs: `*`, `**`, `?`, `{a,b}`) name, absolute, sorted, each
 * once; hidden ones only where a pattern names them. Globs are looked up on the real disk.
 *
 * @throws {RangeError} over `LIMITS.filesPerSourceMax` files.
 */
export async function listFiles(
  patterns: readonly string[],
  baseDir: string,
  files: FileSystem = REAL_FILES,
): Promise<string[]> {
  const found = new Set<string>();
  for (const pattern of patterns) {
    if (!/[*?{[]/.test(pattern)) {
      const path = resolve(baseDir, pattern);
      if ((await files.stat(path))?.kind === "file") found.add(path);
      continue;
    }
    const { root, rest } = splitGlob(isAbsolute(pattern) ? pattern : resolve(baseDir, pattern));
    const scan = new Bun.Glob(rest).scan({ cwd: root, absolute: true, onlyFiles: true });
    for await (const path of existing(scan)) {
      found.add(path);
      if (found.size > LIMITS.filesPerSourceMax) {
        const limit = LIMITS.filesPerSourceMax;
        throw new RangeError(`Cannot list ${pattern}: it names more than ${limit} files`);
      }
    }
  }
  return [...found].sort();
}

/** The folder before the first wildcard, and the pattern below it. */
export function splitGlob(pattern: string): { root: string; rest: string } {
  const wild = pattern.search(/[*?{[]/);
  const cut = pattern.slice(0, wild).replaceAll("\\", "/").lastIndexOf("/") + 1;
  return { root: pattern.slice(0, cut) || "/", rest: pattern.slice(cut) };
}

/** A folder that isn't there yet holds no files. */
async function* existing(scan: AsyncIterable<string>): AsyncGenerator<string, void, void> {
  try {
    yield* scan;
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
  }
}

async function* inLists(
  lists: AsyncIterable<SourceItem[]>,
): AsyncGenerator<SourceItem[], void, void> {
  const size = LIMITS.fileItemsPerChunkMax;
  for await (const list of lists) {
    if (list.length <= size) yield list;
    else for (let from = 0; from < list.length; from += size) yield list.slice(from, from + size);
  }
}
