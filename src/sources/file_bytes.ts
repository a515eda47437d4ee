/**
 * A file's bytes in chunks, decompressed on the way where its first bytes say gzip or zstd. Memory
 * stays flat; a compressed file that grows beyond its bound is refused. Gives the bytes no meaning.
 */
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { pipeline, type Transform } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { LIMITS } from "../limits.ts";
import { DamagedFileError, reasonOf } from "./damaged_file.ts";
import { ZstdFrames } from "./zstd_frames.ts";

export type Compression = "none" | "gzip" | "zstd";

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
export async function openBytes(path: string): Promise<FileBytes> {
  const file = await openHandle(path);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error(`Cannot read ${path}: it is not a file`);
    const magic = new Uint8Array(4);
    await file.read(magic, 0, 4, 0);
    const compression = compressionOf(magic);
    let read = 0;
    const count = (bytes: number) => void (read += bytes);
    return {
      path,
      compression,
      bytesTotal: stat.size,
      bytesRead: () => read,
      raw: () => {
        read = 0;
        return plainChunks(path, count);
      },
      chunks: () => {
        read = 0;
        return compression === "none"
          ? plainChunks(path, count)
          : decompressedChunks(path, compression, stat.size, count);
      },
    };
  } finally {
    await file.close();
  }
}

/** @throws {Error} `Cannot read <path>: <reason>`. */
export async function openHandle(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (cause) {
    throw new Error(`Cannot read ${path}: ${reasonOf(cause)}`, { cause });
  }
}

async function* plainChunks(
  path: string,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, void> {
  const file = await openHandle(path);
  try {
    const buffer = new Uint8Array(LIMITS.fileChunkBytes);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return;
      count(bytesRead);
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function* decompressedChunks(
  path: string,
  compression: "gzip" | "zstd",
  compressedBytes: number,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, void> {
  const bytesMax = Math.max(
    LIMITS.decompressedBytesFloor,
    compressedBytes * LIMITS.decompressedRatioMax,
  );
  const compressed = createReadStream(path, { highWaterMark: 65_536 });
  const frames = compression === "zstd" ? new ZstdFrames() : null;
  compressed.on("data", (chunk: Uint8Array) => {
    count(chunk.length);
    frames?.push(chunk);
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

/** RFC 1952 §2.3.1 and RFC 8878 §3.1.1. */
function compressionOf(magic: Uint8Array): Compression {
  if (magic[0] === 0x1f && magic[1] === 0x8b) return "gzip";
  const zstd = magic[0] === 0x28 && magic[1] === 0xb5 && magic[2] === 0x2f && magic[3] === 0xfd;
  return zstd ? "zstd" : "none";
}
