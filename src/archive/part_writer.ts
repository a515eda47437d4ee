/**
 * One open part: the file of lines and the file of its index. Promises the order that everything
 * else rests on: an index record is written only after the bytes it speaks of are on the disk. From
 * the first line of an acknowledged stream on, what is about to be appended is said before.
 */
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import type { FileSystem } from "../runtime/files.ts";
import { AppendFile } from "./append_file.ts";
import type { Append } from "./group.ts";
import { encodeRecord, sha256 } from "./index_record.ts";
import type { SealedPart } from "./manifest.ts";
import { partName } from "./names.ts";
import { PartIntent } from "./part_intent.ts";
import { addAppend, emptyTotals, type Totals } from "./totals.ts";

export class PartWriter {
  #totals: Totals;
  /** Null until a line of an acknowledged stream comes. */
  #intent: PartIntent | null = null;

  private constructor(
    private readonly files: FileSystem,
    readonly part: number,
    private readonly data: AppendFile,
    private readonly index: AppendFile,
    chainHead: string,
  ) {
    this.#totals = emptyTotals(chainHead);
  }

  /** Makes both files; a failed try leaves neither. */
  static async create(
    files: FileSystem,
    runDirectory: string,
    part: number,
    chainHead: string,
  ): Promise<PartWriter> {
    const path = join(runDirectory, partName(part));
    const data = await AppendFile.create(files, `${path}.ndjson`);
    try {
      const index = await AppendFile.create(files, `${path}.index`);
      try {
        await files.syncDirectory(runDirectory);
        return new PartWriter(files, part, data, index, chainHead);
      } catch (error) {
        await discard(files, index);
        throw error;
      }
    } catch (error) {
      await discard(files, data);
      throw error;
    }
  }

  get totals(): Totals {
    return this.#totals;
  }

  /**
   * Bytes, then their index records, each on the disk before this resolves. After a rejection
   * nothing has changed but what `rewind` cuts off. `bytes` may be reused once it settled.
   */
  async commit(bytes: Uint8Array, appends: readonly Append[]): Promise<void> {
    if (this.#intent === null && appends.some(({ stream }) => stream !== undefined)) {
      this.#intent = await PartIntent.create(this.files, pathOf(this.data));
    }
    const { records, totals } =
      await (this.#intent === null
        ? this.#put(bytes, appends)
        : this.#putAfterIntent(this.#intent, bytes, appends));
    await this.index.append(records);
    await this.index.datasync();
    this.#totals = totals;
  }

  /** The bytes on the disk. */
  async #put(bytes: Uint8Array, appends: readonly Append[]): Promise<Described> {
    const writing = this.data.append(bytes);
    // Hashing takes this thread while the write is with another one.
    const described = this.#describe(bytes, appends);
    await writing;
    await this.data.datasync();
    return described;
  }

  /** The intent and the bytes on the disk; written in this order, synced side by side. */
  async #putAfterIntent(
    intent: PartIntent,
    bytes: Uint8Array,
    appends: readonly Append[],
  ): Promise<Described> {
    const described = this.#describe(bytes, appends);
    await intent.write(described.records);
    await this.data.append(bytes);
    // Both have ended before anybody rewinds.
    const synced = await Promise.allSettled([this.data.datasync(), intent.datasync()]);
    for (const result of synced) if (result.status === "rejected") throw result.reason;
    return described;
  }

  #describe(bytes: Uint8Array, appends: readonly Append[]): Described {
    const partBytes = this.#totals.bytes;
    let totals = this.#totals, lines = "";
    for (const append of appends) {
      const range = bytes.subarray(append.start, append.start + append.length);
      const facts = {
        offset: partBytes + append.start,
        length: append.length,
        lines: append.lines,
        crc32: crc32(range),
        sha256: sha256(range),
        arrivalMs: append.arrivalMs,
        connection: append.connection,
        stream: append.stream,
        recovered: false,
      };
      const { line, hash } = encodeRecord(facts, totals.chainHead);
      lines += line;
      totals = addAppend(totals, { ...facts, hash });
    }
    return { records: new TextEncoder().encode(lines), totals };
  }

  /** Cuts off what a failed `commit` left, so that the same can be written again. */
  async rewind(): Promise<void> {
    await this.data.rewindTo(this.#totals.bytes);
    await this.index.rewind();
  }

  /** Both files and their directory on the disk; nothing is appended after. */
  async seal(): Promise<SealedPart> {
    await this.data.seal();
    await this.index.seal();
    await this.#intent?.remove();
    await this.files.syncDirectory(dirname(this.data.path));
    return { part: this.part, ...this.#totals };
  }

  /** Lets go of the files as they are, for when nothing can be promised any more. */
  async abandon(): Promise<void> {
    await Promise.allSettled([this.data.close(), this.index.close(), this.#intent?.close()]);
  }
}

interface Described {
  /** The index records, as they go into the index. */
  readonly records: Uint8Array;
  readonly totals: Totals;
}

/** `…/part-000000` */
function pathOf(data: AppendFile): string {
  return data.path.slice(0, -".ndjson".length);
}

async function discard(files: FileSystem, file: AppendFile): Promise<void> {
  await Promise.allSettled([file.close()]);
  await files.remove(file.path);
}
