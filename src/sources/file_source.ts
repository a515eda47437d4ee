/**
 * One way to read a history file, whatever its format: what it is, how far it is, its records in
 * lists. Formats are told by content; a name's ending only decides what content leaves open.
 */
import { createHash } from "node:crypto";
import { isAbsolute, resolve } from "node:path";
import { LIMITS } from "../limits.ts";
import { type FileSystem, REAL_FILES } from "../runtime/files.ts";
import type { FileTrait } from "../model/file_trait.ts";
import type { SourceItem } from "../model/record.ts";
import { CsvFile, type CsvOptions } from "./csv_file.ts";
import { openBytes } from "./file_bytes.ts";
import { type FileFormat, tellFormat, type ToldFormat } from "./file_format.ts";
import { compressionTrait, csvTraits, encodingTrait } from "./file_traits.ts";
import { readJson } from "./json_array_file.ts";
import { readNdjson } from "./ndjson_file.ts";
import { openParquet, type ParquetOptions } from "./parquet_file.ts";
import { utf8Chunks, type WasEncoded } from "./utf8_chunks.ts";

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
  /** Of Parquet, the columns that hold further ones. */
  readonly nestedColumns: readonly string[];
  /** Rows the file says it has; null where the format doesn't say. */
  readonly rowsTotal: number | null;
  readonly bytesTotal: number;
  /** What it was taken to be, and why, as far as it was read. */
  traits(): readonly FileTrait[];
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
  const told = declared === "auto" ? await tellFormat(path, files) : asDeclared(declared);
  const { format, confidence, why } = told;
  const formatTrait: FileTrait = { trait: "format", is: format, confidence, why };
  if (format === "parquet") {
    const file = await openParquet(path, options.parquet, files);
    return { path, format, ...file, traits: () => [formatTrait, ...file.traits] };
  }
  const bytes = await openBytes(path, files);
  let csv: CsvFile | null = null;
  let was: WasEncoded | null = null;
  const inUtf8 = () => utf8Chunks(bytes.chunks(), (found) => was = found);
  return {
    path,
    format,
    get columns() {
      return csv?.columns ?? null;
    },
    traits: () => [
      formatTrait,
      ...compressionTrait(bytes.compression),
      ...encodingTrait(was),
      ...(csv === null ? [] : csvTraits(csv, options.csv ?? {})),
    ],
    nestedColumns: [],
    rowsTotal: null,
    bytesTotal: bytes.bytesTotal,
    bytesRead: bytes.bytesRead,
    items() {
      if (format === "ndjson") return inLists(readNdjson(inUtf8()));
      if (format === "json") return inLists(readJson(inUtf8()));
      csv = new CsvFile(path, options.csv);
      return inLists(csv.read(bytes.chunks()));
    },
  };
}

function asDeclared(format: FileFormat): ToldFormat {
  return { format, confidence: "declared", why: "declared" };
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
