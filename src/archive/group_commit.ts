/**
 * Group commit, the half with state: a queue of blocks, one group on its way to the disk at a time,
 * and what queued up meanwhile goes together in the next. Owns order (of resolving = of appending)
 * and pace. Knows nothing of files: a sink writes the group.
 *
 * Whoever appended a block has work to do once it is on the disk: of a large group they are told a
 * few at a time, so that others have their turn between.
 */
import type { LineBlock } from "../model/line_block.ts";
import type { StreamLines } from "../model/stream.ts";
import { type Clock, delay } from "../runtime/clock.ts";
import { type Append, countGroup, type Waiting } from "./group.ts";

/** Where an appended block lies. */
export interface Appended {
  readonly part: number;
  /** Byte offset of the block in its part. */
  readonly offset: number;
  /** As the index records it, epoch ms: reading the run back gives the same. */
  readonly arrivalMs: number;
}

export interface GroupSink {
  /** Makes ready for a block of `nextBytes`; resolves to the most bytes a group may have now. */
  prepare(nextBytes: number): Promise<number>;
  /** Resolves once the group is on the disk, to each block's place. A rejection is final. */
  write(group: readonly Waiting[]): Promise<readonly Appended[]>;
  /** Told once, of the rejection that ended it all. */
  fail(error: unknown): Error;
}

export interface Pace {
  /** The longest that waiting bytes wait for company. */
  readonly restMsMax: number;
  /** With this much waiting, a group goes at once. */
  readonly enoughBytes: number;
}

interface Pending extends Waiting {
  resolve(appended: Appended): void;
  reject(error: Error): void;
}

/** Blocks of so many bytes in all are told in one turn. */
const TOLD_BYTES = 262_144;

export class GroupCommit {
  #queue: Pending[] = [];
  #pendingBytes = 0;
  #pumping: Promise<void> | null = null;
  /** Resolves once all that is on the disk was told. */
  #telling: Promise<void> = Promise.resolve();
  #wake: (() => void) | null = null;
  #restUntilMs = 0;
  #flushing = 0;
  #failure: Error | null = null;

  constructor(
    private readonly sink: GroupSink,
    private readonly clock: Clock,
    private readonly pace: Pace,
  ) {}

  /** Handed over and not on the disk yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  append(block: LineBlock, connection: number, stream?: StreamLines): Promise<Appended> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const arrivalMs = this.clock.nowMs();
      this.#queue.push({ block, connection, stream, arrivalMs, resolve, reject });
      this.#pendingBytes += block.bytes.length;
      if (this.#isEnough()) this.#wake?.();
      this.#pump();
    });
  }

  /** Resolves once all that was appended before is on the disk. */
  async flush(): Promise<void> {
    this.#flushing++;
    this.#wake?.();
    try {
      while (this.#pumping !== null) await this.#pumping;
      await this.#telling;
    } finally {
      this.#flushing--;
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** There is one writer at any time, for as long as anything waits. */
  #pump(): void {
    this.#pumping ??= this.#writeAll().finally(() => {
      this.#pumping = null;
      if (this.#queue.length > 0) this.#pump();
    });
  }

  async #writeAll(): Promise<void> {
    try {
      // Blocks appended in the same turn of the event loop go in the first group.
      await Promise.resolve();
      while (this.#queue.length > 0) {
        await this.#rest();
        await this.#writeGroup();
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  async #writeGroup(): Promise<void> {
    const bytesMax = await this.sink.prepare(this.#queue[0]?.block.bytes.length ?? 0);
    const group = this.#queue.slice(0, countGroup(this.#queue, bytesMax));
    const startedMs = this.clock.monotonicMs();
    const places = await this.sink.write(group);
    const endedMs = this.clock.monotonicMs();
    this.#restUntilMs = endedMs + Math.min(endedMs - startedMs, this.pace.restMsMax);
    this.#queue.splice(0, group.length);
    for (const { block } of group) this.#pendingBytes -= block.bytes.length;
    this.#telling = this.#telling.then(() => this.#tell(group, places));
  }

  /** In order; the next group is on its way meanwhile. */
  async #tell(group: readonly Pending[], places: readonly Appended[]): Promise<void> {
    let bytes = 0;
    for (const [index, pending] of group.entries()) {
      if (bytes >= TOLD_BYTES) {
        await delay(this.clock, 0);
        bytes = 0;
      }
      const place = places[index];
      bytes += pending.block.bytes.length;
      if (place !== undefined) pending.resolve(place);
    }
  }

  /**
   * Under load of small blocks: waits as long as the last group took, so that syncing takes half of
   * the time and more go together. A lone block after a silence never waits, nor do enough bytes,
   * nor a flush.
   */
  async #rest(): Promise<void> {
    const restMs = this.#restUntilMs - this.clock.monotonicMs();
    if (restMs <= 0 || this.#isEnough() || this.#flushing > 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.clock.after(restMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    this.#wake = null;
  }

  #isEnough(): boolean {
    return this.#pendingBytes >= this.pace.enoughBytes;
  }

  #fail(error: unknown): void {
    const failure = this.#failure = this.sink.fail(error);
    const lost = this.#queue;
    this.#queue = [];
    this.#pendingBytes = 0;
    for (const pending of lost) pending.reject(failure);
  }
}

/** Each block's place: its own offset, and the arrival of the append it became a part of. */
export function placesOf(
  group: readonly Waiting[],
  appends: readonly Append[],
  part: number,
  partOffset: number,
): Appended[] {
  let start = 0, current = 0;
  return group.map(({ block, arrivalMs }) => {
    while (start >= (appends[current + 1]?.start ?? Infinity)) current++;
    const place = {
      part,
      offset: partOffset + start,
      arrivalMs: appends[current]?.arrivalMs ?? arrivalMs,
    };
    start += block.bytes.length;
    return place;
  });
}
