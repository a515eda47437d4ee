/**
 * The bytes of a part by range, ascending: from `part-N.ndjson`, or from `part-N.ndjson.zst` where
 * a sealed part was compressed. Memory is one window, whatever the part's size, and no more of a
 * compressed part is unpacked than the index says there is.
 */
import { pipeline, Readable } from "node:stream";
import { createZstdDecompress } from "node:zlib";
import { errorCode, type FileSystem, type OpenFile } from "../runtime/files.ts";
import type { Zstd } from "../runtime/zstd.ts";
import { FramedSource } from "./framed_source.ts";
import { readSeekTable } from "./seek_table.ts";

export interface PartSource {
  /**
   * Bytes `[offset, offset + length)`, or null where the part ends before. Offsets never fall from
   * one call to the next. The bytes stay valid. Rejects where the disk or zstd gives none.
   */
  take(offset: number, length: number): Promise<Uint8Array | null>;
  close(): Promise<void>;
}

const WINDOW_BYTES = 1_048_576;

/** Opens the part whose files begin with `path`; null where there is neither. */
export async function openPartSource(
  files: FileSystem,
  path: string,
  zstd: Zstd,
): Promise<PartSource | null> {
  // In this order, and by opening: the plain file goes only after the compressed one is there, and
  // what is open stays readable when its name goes.
  const plain = await openIfThere(files, `${path}.ndjson`);
  if (plain !== null) return new PlainSource(plain);
  const packed = await openIfThere(files, `${path}.ndjson.zst`);
  if (packed === null) return null;
  const frames = await readSeekTable(packed);
  return frames === null ? new ZstdSource(packed) : new FramedSource(packed, frames, zstd);
}

/** Null where there is no such file. */
export async function openIfThere(files: FileSystem, path: string): Promise<OpenFile | null> {
  try {
    return await files.open(path, "read");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

export class PlainSource implements PartSource {
  #window: Uint8Array = new Uint8Array(0);
  #windowAt = 0;

  constructor(private readonly file: OpenFile) {}

  async take(offset: number, length: number): Promise<Uint8Array | null> {
    const end = offset + length;
    if (offset < this.#windowAt || end > this.#windowAt + this.#window.length) {
      // A new one each time: what was handed out of the last one is not written over.
      const window = new Uint8Array(Math.max(length, WINDOW_BYTES));
      this.#window = window.subarray(0, await this.file.read(window, offset));
      this.#windowAt = offset;
    }
    const start = offset - this.#windowAt;
    return this.#window.length - start < length
      ? null
      : this.#window.subarray(start, start + length);
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/** Zstd without a seek table, as `zstd` itself writes it: unpacked from its start. */
class ZstdSource implements PartSource {
  readonly #unpacked = createZstdDecompress();
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** Unpacked bytes from `#at` on that nobody has taken. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #at = 0;

  constructor(private readonly file: OpenFile) {
    // The callback is there so that a failure is thrown to whoever reads, and nowhere else.
    pipeline(Readable.from(readChunks(file)), this.#unpacked, () => {});
    this.#chunks = this.#unpacked[Symbol.asyncIterator]();
  }

  async take(offset: number, length: number): Promise<Uint8Array | null> {
    while (this.#at + this.#heldBytes < offset + length) {
      const { value, done } = await this.#chunks.next();
      if (done) return null;
      this.#held.push(value);
      this.#heldBytes += value.length;
      this.#drop(offset);
    }
    this.#drop(offset);
    const bytes = this.#held.length === 1 ? this.#held[0] : Buffer.concat(this.#held);
    if (bytes === undefined) return null;
    this.#held = [bytes];
    return bytes.subarray(offset - this.#at, offset - this.#at + length);
  }

  /** Lets go of whole chunks below `offset`. */
  #drop(offset: number): void {
    for (let first; (first = this.#held[0]) !== undefined;) {
      if (this.#at + first.length > offset) break;
      this.#at += first.length;
      this.#heldBytes -= first.length;
      this.#held.shift();
    }
  }

  async close(): Promise<void> {
    this.#unpacked.destroy();
    await this.file.close();
  }
}

async function* readChunks(file: OpenFile): AsyncGenerator<Uint8Array> {
  for (let at = 0;;) {
    const chunk = new Uint8Array(WINDOW_BYTES);
    const got = await file.read(chunk, at);
    if (got === 0) return;
    at += got;
    yield chunk.subarray(0, got);
  }
}
