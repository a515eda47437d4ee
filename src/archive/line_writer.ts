/**
 * Lines of text into a file, buffered: written by the megabyte, durable when `sync` says so. Whoever
 * awaits `add` is held back to the disk's pace. On a full disk it waits for room.
 */
import type { FileSystem } from "../runtime/files.ts";
import { AppendFile } from "./append_file.ts";
import { ArchiveFailedError, type DiskRoom } from "./disk_room.ts";
import type { EncodedLines } from "./reading_lines.ts";

/** Collected before they are written. */
const BUFFER_BYTES = 1_048_576;

export class LineWriter {
  #buffer: Uint8Array[] = [];
  #bufferBytes = 0;
  #lines = 0;
  readonly #hash = new Bun.CryptoHasher("sha256");
  /** The writes so far, one after another. */
  #writes: Promise<void> = Promise.resolve();

  private constructor(
    private readonly file: AppendFile,
    private readonly room: DiskRoom,
  ) {}

  static async create(files: FileSystem, path: string, room: DiskRoom): Promise<LineWriter> {
    return new LineWriter(await AppendFile.create(files, path), room);
  }

  /** Lines added, and bytes written of them. */
  get totals(): { lines: number; bytes: number } {
    return { lines: this.#lines, bytes: this.file.writtenBytes };
  }

  /** Texts without their LF, or bytes of lines with it. Resolves when there is room for more. */
  async add(lines: readonly string[] | EncodedLines): Promise<void> {
    const added = "bytes" in lines ? lines : encoded(lines);
    if (added.lines === 0) return;
    this.#buffer.push(added.bytes);
    this.#bufferBytes += added.bytes.length;
    this.#lines += added.lines;
    if (this.#bufferBytes >= BUFFER_BYTES) await this.#flush();
  }

  /**
   * Resolves once all lines added before are on the disk. A full disk that shows only here is final:
   * what the system then dropped is no longer in memory to be written again.
   */
  sync(): Promise<void> {
    void this.#flush();
    return this.#enqueue(() => this.file.datasync().catch(this.#failed));
  }

  /** As `sync`, and closes the file; resolves to what it holds. */
  async seal(): Promise<{ lines: number; bytes: number; sha256: string }> {
    void this.#flush();
    await this.#enqueue(() => this.file.seal().catch(this.#failed));
    return { ...this.totals, sha256: this.#hash.digest("hex") };
  }

  abandon(): Promise<void> {
    return this.file.close();
  }

  readonly #failed = (error: unknown): never => {
    throw new ArchiveFailedError(`sync ${this.file.path}`, error);
  };

  #flush(): Promise<void> {
    if (this.#buffer.length === 0) return this.#writes;
    const bytes = this.#buffer.length === 1 ? this.#buffer[0]! : Buffer.concat(this.#buffer);
    this.#buffer = [];
    this.#bufferBytes = 0;
    return this.#enqueue(() =>
      this.room.run(
        `write ${this.file.path}`,
        () => this.file.append(bytes),
        () => this.file.rewindTo(this.file.writtenBytes),
      ).then(() => void this.#hash.update(bytes))
    );
  }

  #enqueue(action: () => Promise<void>): Promise<void> {
    this.#writes = this.#writes.then(action);
    // A failure is for whoever awaits; nobody may.
    this.#writes.catch(() => {});
    return this.#writes;
  }
}

function encoded(lines: readonly string[]): EncodedLines {
  return { bytes: new TextEncoder().encode(`${lines.join("\n")}\n`), lines: lines.length };
}
