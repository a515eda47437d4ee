/**
 * The readings of one writer of a batch run: files of a bounded size, one after another, under names
 * that the run gives. Owns the open file and its rotation; a run may have several writers at once.
 */
import { join } from "node:path";
import { LIMITS } from "../limits.ts";
import type { FileSystem } from "../runtime/files.ts";
import type { BatchFile } from "./batch_manifest.ts";
import type { DiskRoom } from "./disk_room.ts";
import { LineWriter } from "./line_writer.ts";
import type { EncodedLines } from "./reading_lines.ts";

/** Who names a run's files of readings, and lists them in its manifest. */
export interface ReadingsNames {
  /** A name that nobody had before, for a file to be begun now. */
  begin(): string | Promise<string>;
  /** The file is whole and on the disk. */
  end(file: BatchFile): void | Promise<void>;
}

export interface ReadingsPartsOptions {
  readonly runDirectory: string;
  readonly files: FileSystem;
  readonly room: DiskRoom;
  /** LIMITS.archivePartBytesMax unless a test says otherwise. */
  readonly partBytesMax?: number | undefined;
}

interface Open {
  readonly name: string;
  readonly writer: LineWriter;
}

export class ReadingsParts {
  #open: Open | null = null;
  /** Additions, one after another: a rotation is never overtaken. */
  #additions: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: ReadingsPartsOptions,
    private readonly names: ReadingsNames,
  ) {}

  /** Begins a file where none is open. */
  async begin(): Promise<void> {
    this.#open ??= await this.#create();
  }

  /** Lines of `ReadingLines`. Buffered; await it to be held to the disk's pace. */
  add(lines: readonly string[] | EncodedLines): Promise<void> {
    this.#additions = this.#additions.then(() => this.#add(lines));
    this.#additions.catch(() => {});
    return this.#additions;
  }

  /** Resolves once all that was added is on the disk. */
  async sync(): Promise<void> {
    await this.#additions;
    await this.#open?.writer.sync();
  }

  /** Resolves once all that was added is on the disk, in files that are closed. */
  async seal(): Promise<void> {
    try {
      await this.#additions;
      await this.#sealOpen();
    } catch (error) {
      await this.abandon();
      throw error;
    }
  }

  /** Lets go of the open file as it is. */
  async abandon(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    await Promise.allSettled([open?.writer.abandon()]);
  }

  async #add(lines: readonly string[] | EncodedLines): Promise<void> {
    const bytesMax = this.options.partBytesMax ?? LIMITS.archivePartBytesMax;
    if ((this.#open?.writer.totals.bytes ?? 0) >= bytesMax) await this.#sealOpen();
    await this.begin();
    await this.#open!.writer.add(lines);
  }

  async #sealOpen(): Promise<void> {
    if (this.#open === null) return;
    const { name, writer } = this.#open;
    const held = await writer.seal();
    this.#open = null;
    await this.names.end({ name, ...held });
  }

  async #create(): Promise<Open> {
    const { runDirectory, files, room } = this.options;
    const name = await this.names.begin();
    const path = join(runDirectory, name);
    const writer = await room.run(
      `start ${path}`,
      () => LineWriter.create(files, path, room),
      () => Promise.resolve(),
    );
    await files.syncDirectory(runDirectory);
    return { name, writer };
  }
}
