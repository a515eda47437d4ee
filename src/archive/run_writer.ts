/**
 * The speed layer's end of the archive: blocks of lines in, promises out that resolve once bytes and
 * index are on the disk, in the order of the appends, which is the order of the bytes. Owns the open
 * run: its parts, their rotation, the manifest. Refuses to guess: a failed sync ends the run.
 */
import { join } from "node:path";
import { LIMITS } from "../limits.ts";
import type { Log } from "../log.ts";
import type { LineBlock } from "../model/line_block.ts";
import type { StreamLines } from "../model/stream.ts";
import type { Clock } from "../runtime/clock.ts";
import type { FileSystem } from "../runtime/files.ts";
import { ArchiveFailedError, DiskRoom, type DiskState } from "./disk_room.ts";
import { joinGroup, splitAppends, type Waiting } from "./group.ts";
import { type Appended, GroupCommit, type GroupSink, placesOf } from "./group_commit.ts";
import { genesisHash } from "./index_record.ts";
import { type RunAbout, type SealedPart, type StreamManifest, writeManifest } from "./manifest.ts";
import { makeRunDirectory } from "./names.ts";
import { PartWriter } from "./part_writer.ts";
import { knownStreams, StreamTable } from "./streams.ts";

export type RunLimits = Pick<
  typeof LIMITS,
  | "archiveSyncIntervalMs"
  | "archiveGroupBytesMax"
  | "archivePartBytesMax"
  | "archivePartAgeMsMax"
>;

export interface RunOptions {
  /** `<data>/live_data`; made if it is missing. */
  readonly directory: string;
  readonly startedAtMs: number;
  readonly about: RunAbout;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when the disk is full, and when it has room again. */
  readonly onState?: (state: DiskState) => void;
  /** LIMITS unless a test says otherwise. */
  readonly limits?: Partial<Record<keyof RunLimits, number>>;
}

export interface RunCounters {
  readonly lines: number;
  readonly bytes: number;
  /** Index records written. */
  readonly appends: number;
  /** Groups; each is two fdatasyncs. */
  readonly syncs: number;
}

export interface RunWriter {
  readonly runId: string;
  /** Appended and not yet on the disk; pause the sockets at LIMITS.archiveQueueBytesMax. */
  readonly pendingBytes: number;
  readonly counters: RunCounters;
  readonly state: DiskState | "failed" | "closed";
  /**
   * Resolves once the block and its index record are on the disk. The block's bytes are the
   * archive's until then. Rejects with `RangeError` for a block that is empty, not whole lines or
   * over LIMITS.archiveGroupBytesMax, and with `ArchiveFailedError` once the disk has failed.
   *
   * `stream` says where the block ends in its acknowledged stream; the next block of that stream
   * goes on from there.
   */
  append(block: LineBlock, connectionId: number, stream?: StreamLines): Promise<Appended>;
  /** Lines of the stream on the disk, over all runs; 0 for one that is not known. */
  streamLines(stream: string): number;
  /** Resolves once all that was appended before is on the disk. */
  flush(): Promise<void>;
  /** Flushes, seals the last part and closes the manifest. On a full disk it tries once. */
  close(): Promise<void>;
}

/** Starts a run: its directory, an open manifest and an empty first part, all on the disk. */
export async function openRun(options: RunOptions): Promise<RunWriter> {
  const { files, directory, startedAtMs } = options;
  const streams = new StreamTable(await knownStreams(files, directory));
  const runId = await makeRunDirectory(files, directory, "stream_run", startedAtMs);
  const chainStart = genesisHash(runId);
  await writeManifest(
    files,
    join(directory, runId),
    manifestOf(options, runId, { parts: [], streams: streams.list() }, null),
    chainStart,
  );
  const part = await PartWriter.create(files, join(directory, runId), 0, chainStart);
  return new OpenRun(options, runId, part, streams);
}

function manifestOf(
  options: RunOptions,
  runId: string,
  held: Pick<StreamManifest, "parts" | "streams">,
  closedAtMs: number | null,
): StreamManifest {
  return {
    runId,
    state: closedAtMs === null ? "open" : "closed",
    startedAtMs: options.startedAtMs,
    closedAtMs,
    about: options.about,
    ...held,
    recovered: false,
    tornBytes: 0,
    recoveredLines: 0,
    quarantined: [],
    quarantinedCount: 0,
  };
}

class OpenRun implements RunWriter, GroupSink {
  readonly #limits: Record<keyof RunLimits, number>;
  readonly #room: DiskRoom;
  readonly #commits: GroupCommit;
  readonly #runDirectory: string;
  readonly #sealed: SealedPart[] = [];
  #scratch: Uint8Array | null = null;
  #partOpenedMs: number;
  #closing: Promise<void> | null = null;
  #isClosed = false;
  #isFailed = false;
  #counters: RunCounters = { lines: 0, bytes: 0, appends: 0, syncs: 0 };

  constructor(
    private readonly options: RunOptions,
    readonly runId: string,
    private part: PartWriter,
    private readonly streams: StreamTable,
  ) {
    this.#limits = { ...LIMITS, ...options.limits };
    this.#room = new DiskRoom(options);
    this.#commits = new GroupCommit(this, options.clock, {
      restMsMax: this.#limits.archiveSyncIntervalMs,
      enoughBytes: this.#limits.archiveGroupBytesMax / 4,
    });
    this.#runDirectory = join(options.directory, runId);
    this.#partOpenedMs = options.clock.monotonicMs();
  }

  get pendingBytes(): number {
    return this.#commits.pendingBytes;
  }

  get counters(): RunCounters {
    return this.#counters;
  }

  get state(): DiskState | "failed" | "closed" {
    if (this.#isFailed) return "failed";
    return this.#isClosed ? "closed" : this.#room.state;
  }

  append(block: LineBlock, connectionId: number, stream?: StreamLines): Promise<Appended> {
    const refusal = this.#refuse(block);
    return refusal === null
      ? this.#commits.append(block, connectionId, stream)
      : Promise.reject(refusal);
  }

  streamLines(stream: string): number {
    return this.streams.lines(stream);
  }

  #refuse(block: LineBlock): Error | null {
    if (this.#closing !== null) return new TypeError(`Cannot append: ${this.runId} is closed`);
    const bytes = block.bytes.length, bytesMax = this.#limits.archiveGroupBytesMax;
    if (bytes > bytesMax) {
      return new RangeError(`Cannot append: a block has at most ${bytesMax} bytes, got ${bytes}`);
    }
    if (bytes === 0 || block.ends.at(-1) !== bytes - 1) {
      return new RangeError(
        `Cannot append: a block is one or more whole lines, each with its LF, got ${bytes} bytes`,
      );
    }
    return null;
  }

  flush(): Promise<void> {
    return this.#commits.flush();
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#room.stopWaiting();
    await this.#commits.flush();
    try {
      this.#sealed.push(await this.part.seal());
      await this.#writeManifest(this.options.clock.nowMs());
      this.#isClosed = true;
    } catch (error) {
      throw this.fail(error);
    }
  }

  async prepare(nextBytes: number): Promise<number> {
    const { bytes } = this.part.totals;
    const { archivePartBytesMax, archivePartAgeMsMax, archiveGroupBytesMax } = this.#limits;
    const ageMs = this.options.clock.monotonicMs() - this.#partOpenedMs;
    const isOver = bytes + nextBytes > archivePartBytesMax || ageMs >= archivePartAgeMsMax;
    if (bytes > 0 && isOver) await this.#rotate();
    return Math.min(archiveGroupBytesMax, archivePartBytesMax - this.part.totals.bytes);
  }

  async write(group: readonly Waiting[]): Promise<readonly Appended[]> {
    const offset = this.part.totals.bytes;
    const appends = splitAppends(group);
    const bytes = joinGroup(
      group,
      () => this.#scratch ??= new Uint8Array(this.#limits.archiveGroupBytesMax),
    );
    await this.#room.run(
      `append to ${this.runId}`,
      () => this.part.commit(bytes, appends),
      () => this.part.rewind(),
    );
    for (const { stream } of appends) if (stream !== undefined) this.streams.set(stream);
    const { lines, appends: records, syncs } = this.#counters;
    this.#counters = {
      lines: lines + appends.reduce((sum, append) => sum + append.lines, 0),
      bytes: this.#counters.bytes + bytes.length,
      appends: records + appends.length,
      syncs: syncs + 1,
    };
    return placesOf(group, appends, this.part.part, offset);
  }

  fail(error: unknown): ArchiveFailedError {
    const failure = error instanceof ArchiveFailedError
      ? error
      : new ArchiveFailedError(`write ${this.runId}`, error);
    this.#isFailed = true;
    this.options.log.error("archive failed", { run: this.runId, error: failure });
    void this.part.abandon();
    return failure;
  }

  async #rotate(): Promise<void> {
    const sealed = await this.part.seal();
    this.#sealed.push(sealed);
    const nothing = () => Promise.resolve();
    await this.#room.run(`record ${this.runId}`, () => this.#writeManifest(null), nothing);
    this.part = await this.#room.run(
      `start a part of ${this.runId}`,
      () =>
        PartWriter.create(
          this.options.files,
          this.#runDirectory,
          sealed.part + 1,
          sealed.chainHead,
        ),
      nothing,
    );
    this.#partOpenedMs = this.options.clock.monotonicMs();
  }

  #writeManifest(closedAtMs: number | null): Promise<void> {
    return writeManifest(
      this.options.files,
      this.#runDirectory,
      manifestOf(
        this.options,
        this.runId,
        { parts: this.#sealed, streams: this.streams.list() },
        closedAtMs,
      ),
      genesisHash(this.runId),
    );
  }
}
