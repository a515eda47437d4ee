/**
 * The batch layer's end of the archive: the normalised readings and the rejects of one run, and a
 * manifest that says which files they came from. The history files themselves stay where they are;
 * a run that was interrupted is run again, so nothing here is the only copy of anything.
 */
import { join } from "node:path";
import type { Log } from "../log.ts";
import type { Clock } from "../runtime/clock.ts";
import type { FileSystem } from "../runtime/files.ts";
import {
  type BatchFile,
  type BatchInput,
  type BatchManifest,
  writeBatchManifest,
} from "./batch_manifest.ts";
import { ArchiveFailedError, DiskRoom, type DiskState } from "./disk_room.ts";
import { LineWriter } from "./line_writer.ts";
import type { EncodedLines } from "./reading_lines.ts";
import { makeRunDirectory } from "./names.ts";
import { type ReadingsNames, ReadingsParts } from "./readings_parts.ts";

export const DEAD_LETTERS_NAME = "dead_letters.ndjson";

export interface BatchRunOptions {
  /** `<data>/batch_data`; made if it is missing. */
  readonly directory: string;
  readonly startedAtMs: number;
  /** The program's version. */
  readonly version: string;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when the disk is full, and when it has room again. */
  readonly onState?: (state: DiskState) => void;
  /** LIMITS.archivePartBytesMax unless a test says otherwise. */
  readonly partBytesMax?: number;
}

/**
 * Every method rejects with `ArchiveFailedError` once the disk has failed. Other threads may write
 * readings of the run beside it, in files of their own that they begin and end here.
 */
export interface BatchWriter extends ReadingsNames {
  readonly runId: string;
  /** Where the run's files are. */
  readonly runDirectory: string;
  /** Lines of `ReadingLines`. Buffered; await it to be held to the disk's pace. */
  addReadings(lines: readonly string[] | EncodedLines): Promise<void>;
  /** Lines of `deadLetterLine`. Likewise. */
  addDeadLetters(lines: readonly string[]): Promise<void>;
  /** Resolves once the manifest names it, on the disk: before the hot store commits a file. */
  addInput(input: BatchInput): Promise<void>;
  /** Resolves once all that was added is on the disk: before the hot store commits a file. */
  sync(): Promise<void>;
  /** Syncs and closes; `report` (any JSON) stands in the manifest. */
  close(report?: unknown): Promise<void>;
}

export async function openBatchRun(options: BatchRunOptions): Promise<BatchWriter> {
  const { files, directory, startedAtMs, version } = options;
  const runId = await makeRunDirectory(files, directory, "batch_run", startedAtMs);
  const runDirectory = join(directory, runId);
  const room = new DiskRoom(options);
  await writeBatchManifest(files, runDirectory, {
    runId,
    state: "open",
    startedAtMs,
    closedAtMs: null,
    deletedAtMs: null,
    version,
    inputs: [],
    readings: [],
    deadLetters: { name: DEAD_LETTERS_NAME, lines: 0, bytes: 0 },
    report: null,
  });
  const rejects = await LineWriter.create(files, join(runDirectory, DEAD_LETTERS_NAME), room);
  await files.syncDirectory(runDirectory);
  return new OpenBatchRun(options, runId, room, rejects);
}

/** `readings-000000.ndjson`. */
function readingsName(part: number): string {
  return `readings-${String(part).padStart(6, "0")}.ndjson`;
}

class OpenBatchRun implements BatchWriter {
  readonly runDirectory: string;
  readonly #readings: ReadingsParts;
  readonly #sealed: BatchFile[] = [];
  readonly #inputs: BatchInput[] = [];
  /** Files of readings that were begun. */
  #begun = 0;
  /** The manifests so far, one after another. */
  #manifests: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: BatchRunOptions,
    readonly runId: string,
    private readonly room: DiskRoom,
    private readonly rejects: LineWriter,
  ) {
    this.runDirectory = join(options.directory, runId);
    this.#readings = new ReadingsParts({ ...options, runDirectory: this.runDirectory, room }, this);
  }

  begin(): string {
    return readingsName(this.#begun++);
  }

  end(file: BatchFile): void {
    this.#sealed.push(file);
    this.#sealed.sort((a, b) => a.name < b.name ? -1 : 1);
  }

  addReadings(lines: readonly string[] | EncodedLines): Promise<void> {
    return this.#readings.add(lines);
  }

  addDeadLetters(lines: readonly string[]): Promise<void> {
    return this.rejects.add(lines);
  }

  async addInput(input: BatchInput): Promise<void> {
    this.#inputs.push(input);
    this.#manifests = this.#manifests.then(() =>
      this.room.run(
        `record ${this.runId}`,
        () => this.#writeManifest({ state: "open", closedAtMs: null }),
        () => Promise.resolve(),
      )
    );
    await this.#manifests;
  }

  async sync(): Promise<void> {
    await Promise.all([this.#readings.sync(), this.rejects.sync()]);
  }

  async close(report: unknown = null): Promise<void> {
    this.room.stopWaiting();
    try {
      await this.#readings.seal();
      if (this.#begun === 0) await this.#sealNone();
      if (this.#sealed.length < this.#begun) {
        // Another thread broke: open, the run is one that the next start recovers, part by part.
        const missing = this.#begun - this.#sealed.length;
        throw new Error(`${missing} of its files of readings were never ended`);
      }
      await this.#manifests;
      const rejects = await this.rejects.seal();
      const deadLetters = { name: DEAD_LETTERS_NAME, ...rejects };
      const closedAtMs = this.options.clock.nowMs();
      await this.#writeManifest({ state: "closed", closedAtMs, deadLetters, report });
    } catch (error) {
      await Promise.allSettled([this.#readings.abandon(), this.rejects.abandon()]);
      throw error instanceof ArchiveFailedError
        ? error
        : new ArchiveFailedError(`close ${this.runId}`, error);
    }
  }

  /** A run without any readings says so. */
  async #sealNone(): Promise<void> {
    await this.#readings.begin();
    await this.#readings.seal();
  }

  #writeManifest(
    now: Pick<BatchManifest, "state" | "closedAtMs"> & Partial<BatchManifest>,
  ): Promise<void> {
    return writeBatchManifest(this.options.files, this.runDirectory, {
      runId: this.runId,
      startedAtMs: this.options.startedAtMs,
      deletedAtMs: null,
      version: this.options.version,
      inputs: this.#inputs,
      readings: this.#sealed,
      deadLetters: { name: DEAD_LETTERS_NAME, lines: 0, bytes: 0 },
      report: null,
      ...now,
    });
  }
}
