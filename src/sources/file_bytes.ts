/**
 * A file's bytes in chunks, decompressed on the way where its first bytes say gzip or zstd. Memory
 * stays flat; a compressed file that grows beyond its bound is refused. Gives the bytes no meaning.
 */
import { pipeline, Readable, type Transform } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { LIMITS } from "../limits.ts";
import { type FileSystem, type OpenFile, REAL_FILES } from "../runtime/files.ts";
import { type Compression, compressionOf } from "./compression.ts";
import { DamagedFileError, reasonOf } from "./damaged_file.ts";
import { ZstdFrames } from "./zstd_frames.ts";

export interface FileBytes {
  readonly path: string;
  readonly compression: Compression;
  /** Size on disk when it was opened. */
  readonly bytesTotal: number;
  /** Of those, how many were read so far. */
  bytesRead(): number;
  /**
   * The content from its start. A chunk is overwritten by the next one: use it before you ask on.
   *
   * @throws {DamagedFileError} where the compressed stream is corrupt, truncated or a bomb.
   */
  chunks(): AsyncGenerator<Uint8Array, void, void>;
  /** As `chunks`, but the bytes as they are on disk. */
  raw(): AsyncGenerator<Uint8Array, void, void>;
}

/** @throws {Error} naming the path, where it can't be opened or isn't a file. */
export async function openBytes(
  path: string,
  files: FileSystem = REAL_FILES,
): Promise<FileBytes> {
  const file = await openToRead(path, files);
  try {
    const found = await files.stat(path);
    if (found?.kind !== "file") throw new Error(`Cannot read ${path}: it is not a file`);
    const bytesTotal = await file.size();
    const magic = new Uint8Array(4);
    await file.read(magic, 0);
    const compression = compressionOf(magic) ?? "none";
    let read = 0;
    const count = (bytes: number) => void (read += bytes);
    return {
      path,
      compression,
      bytesTotal,
      bytesRead: () => read,
      raw: () => {
        read = 0;
        return plainChunks(path, files, count);
      },
      chunks: () => {
        read = 0;
        return compression === "none"
          ? plainChunks(path, files, count)
          : decompressedChunks(path, files, compression, bytesTotal, count);
      },
    };
  } finally {
    await file.close();
  }
}

/** @throws {Error} `Cannot read <path>: <reason>`. */
export async function openToRead(path: string, files: FileSystem): Promise<OpenFile> {
  try {
    return await files.open(path, "read");
  } catch (cause) {
    throw new Error(`Cannot read ${path}: ${reasonOf(cause)}`, { cause });
  }
}

async function* plainChunks(
  path: string,
  files: FileSystem,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, void> {
  const file = await openToRead(path, files);
  let reading: Promise<number> = Promise.resolve(0);
  try {
    // One is read while the other is worked on.
    let current = new Uint8Array(LIMITS.fileChunkBytes);
    let next = new Uint8Array(LIMITS.fileChunkBytes);
    reading = file.read(current, 0);
    for (let at = 0;;) {
      const bytesRead = await reading;
      if (bytesRead === 0) return;
      at += bytesRead;
      count(bytesRead);
      reading = file.read(next, at);
      // A failure is for whoever asks for those bytes; nobody may.
      reading.catch(() => {});
      yield current.subarray(0, bytesRead);
      [current, next] = [next, current];
    }
  } finally {
    await reading.catch(() => {});
    await file.close();
  }
}

/** What is handed on is kept for a while: a copy each. */
async function* copies(
  chunks: AsyncIterable<Uint8Array>,
  frames: ZstdFrames | null,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of chunks) {
    frames?.push(chunk);
    yield chunk.slice();
  }
}

async function* decompressedChunks(
  path: string,
  files: FileSystem,
  compression: "gzip" | "zstd",
  compressedBytes: number,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, void> {
  const bytesMax = Math.max(
    LIMITS.decompressedBytesFloor,
    compressedBytes * LIMITS.decompressedRatioMax,
  );
  const frames = compression === "zstd" ? new ZstdFrames() : null;
  // One chunk ahead: they are large.
  const compressed = Readable.from(copies(plainChunks(path, files, count), frames), {
    highWaterMark: 1,
  });
  const unpack: Transform = compression === "gzip" ? createGunzip() : createZstdDecompress();
  // The callback keeps a failure of either side from going unhandled; the loop below throws it.
  const plain = pipeline(compressed, unpack, () => {});
  let bytes = 0;
  try {
    for await (const chunk of plain) {
      bytes += chunk.length;
      if (bytes > bytesMax) {
        throw new DamagedFileError(path, `it decompresses to more than ${bytesMax} bytes`);
      }
      yield chunk;
    }
    if (frames?.whole === false) throw new Error("it is cut short");
  } catch (cause) {
    if (cause instanceof DamagedFileError) throw cause;
    throw new DamagedFileError(path, `its ${compression} stream is damaged: ${reasonOf(cause)}`, {
      cause,
    });
  } finally {
    compressed.destroy();
    unpack.destroy();
  }
}
