/**
 * A file that only grows. Owns the line between what is known to be on the disk (`durableBytes`)
 * and what was written since. A write that failed leaves nothing behind: `rewind` cuts it off, so
 * that the same bytes can be written again.
 */
import type { FileSystem, OpenFile } from "../runtime/files.ts";

export class AppendFile {
  #durableBytes: number;
  #writtenBytes: number;
  /** A write failed: more than `#writtenBytes` may be in the file. */
  #unsure = false;

  private constructor(readonly path: string, readonly file: OpenFile, bytes: number) {
    this.#durableBytes = bytes;
    this.#writtenBytes = bytes;
  }

  static async create(files: FileSystem, path: string): Promise<AppendFile> {
    return new AppendFile(path, await files.open(path, "create"), 0);
  }

  /** Opens what is there; its content counts as durable, as only recovery does this. */
  static async continue(files: FileSystem, path: string): Promise<AppendFile> {
    const file = await files.open(path, "write");
    const opened = new AppendFile(path, file, await file.size());
    // Its size may be one that a failed sync never brought to the disk: rewinding says it anew.
    opened.#unsure = true;
    return opened;
  }

  get durableBytes(): number {
    return this.#durableBytes;
  }

  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#unsure = true;
    await this.file.write(bytes, this.#writtenBytes);
    this.#unsure = false;
    this.#writtenBytes += bytes.length;
  }

  /** Bytes from `from` on once more, as `writeAnew`. */
  writeAnew(from: number): Promise<void> {
    return writeAnew(this.file, from, this.#writtenBytes);
  }

  /** All that was appended is on the disk. */
  async datasync(): Promise<void> {
    await this.file.datasync();
    this.#durableBytes = this.#writtenBytes;
  }

  /** Cuts off what is not durable, if there is any. */
  async rewind(): Promise<void> {
    await this.rewindTo(this.#durableBytes);
  }

  /** Cuts the file at `bytes`, where it is longer. */
  async rewindTo(bytes: number): Promise<void> {
    if (!this.#unsure && this.#writtenBytes <= bytes) return;
    await this.file.truncate(bytes);
    this.#unsure = false;
    this.#writtenBytes = bytes;
    this.#durableBytes = Math.min(this.#durableBytes, bytes);
  }

  /** Content and metadata on the disk, and the file closed. */
  async seal(): Promise<void> {
    await this.file.sync();
    this.#durableBytes = this.#writtenBytes;
    await this.file.close();
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

const WINDOW_BYTES = 1_048_576;

/**
 * Writes bytes `[from, to)` of a file to where they are. After a failed sync, pages that are not on
 * the disk may be called clean: they can be read, and no sync brings them there, until somebody
 * writes them again.
 */
export async function writeAnew(file: OpenFile, from: number, to: number): Promise<void> {
  const window = new Uint8Array(Math.min(WINDOW_BYTES, Math.max(to - from, 0)));
  for (let at = from; at < to;) {
    const got = await file.read(window.subarray(0, to - at), at);
    if (got === 0) return;
    await file.write(window.subarray(0, got), at);
    at += got;
  }
}
