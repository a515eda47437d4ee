/**
 * Brings the hot store up to the archive and keeps it there. Applies each stretch of a run once, in
 * order, each batch with its checkpoint in one transaction.
 *
 * Two ways feed it, and it moves between them by itself:
 *
 *   in step   intake offers each block as it is archived; batches wait in a short queue
 *   behind    the queue overflowed, or the store was away: what is missing is read from the archive
 *
 * From behind to in step without a hole: at one moment (one turn of the event loop) it notes the
 * archive's end, starts queueing what comes after, and only then reads the gap up to that end.
 */
import { LIMITS } from "../../limits.ts";
import type { Log } from "../../log.ts";
import type { Checkpoint } from "../../model/origin.ts";
import { type Clock, delay } from "../../runtime/clock.ts";
import { readAhead } from "../../runtime/read_ahead.ts";
import {
  BatchBuilder,
  batchesOf,
  emptyBatch,
  type NormalisedBlock,
  type PendingBatch,
  type Place,
} from "./pending_batch.ts";
import { type BatchCommitter, DivergedError } from "./batch_committer.ts";
import { Pressure } from "./pressure.ts";

export interface ApplierOptions {
  readonly runId: string;
  readonly committer: BatchCommitter;
  /** Normalised blocks of the archive from a place up to another, in order. */
  readonly read: (from: Place, to: Place | null) => AsyncIterable<NormalisedBlock>;
  readonly clock: Clock;
  readonly log: Log;
  /** Told that blocks come faster than they are applied, and that they don't any more. */
  readonly onPressure?: (isUnderPressure: boolean) => void;
}

export class RunApplier {
  readonly #options: ApplierOptions;
  #place: Place;
  #tail: Place;
  #inStep = true;
  #builder = new BatchBuilder();
  #builderOpenedMs = 0;
  /** The first one is committed while the others wait. */
  #queue: PendingBatch[] = [];
  #isCommitting = false;
  #wake: (() => void) | null = null;
  #onQueued: (() => void) | null = null;
  #oldestPendingMs: number | null = null;
  #draining = false;
  readonly #pressure: Pressure;
  /** What this run has in the hot store by way of this applier. */
  readonly applied = { lines: 0, rows: 0, deadLetters: 0 };

  constructor(options: ApplierOptions, from: Place) {
    this.#options = options;
    this.#pressure = new Pressure(options.clock, options.onPressure ?? (() => {}));
    this.#place = from;
    this.#tail = from;
  }

  /** Arrival time of the oldest line not applied yet; null when there is none. */
  get oldestPendingMs(): number | null {
    return this.#oldestPendingMs;
  }

  /** Beyond is up to date too: somebody else may have read and applied more than is known here. */
  get isUpToDate(): boolean {
    return comparePlaces(this.#place, this.#tail) >= 0;
  }

  /** Takes a block that was just archived: the next one after all offered before. */
  offer(block: NormalisedBlock): void {
    this.#tail = { part: block.part, offset: block.end };
    this.#oldestPendingMs ??= block.arrivalMs;
    if (this.#inStep) {
      if (this.#builder.isEmpty) this.#builderOpenedMs = this.#options.clock.monotonicMs();
      const closed = this.#builder.add(block);
      if (closed !== null) this.#enqueue(closed);
      if (this.#builder.isFull) this.#closeBuilder();
    }
    this.#wake?.();
  }

  /** The archive reaches up to here; what is missing is read from it. */
  expect(end: Place): void {
    this.#fallBehind();
    this.#tail = end;
    this.#wake?.();
  }

  /** `run` ends once all that was offered is applied. */
  drain(): void {
    this.#draining = true;
    this.#onQueued?.();
    this.#wake?.();
  }

  /** Applies what is offered until it is drained or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (!this.isUpToDate) {
          await this.#advance(signal);
          continue;
        }
        this.#oldestPendingMs = null;
        await this.#roll(signal);
        if (!this.isUpToDate) continue;
        if (this.#draining) return;
        await this.#idle(signal);
      } catch (error) {
        if (!(error instanceof DivergedError)) throw error;
        this.#fallBehind();
        this.#place = error.checkpoint;
        this.#recount(error.checkpoint);
      }
    }
  }

  /** Somebody else applied lines, or took them back: the store's own counts hold. */
  #recount(stored: DivergedError["checkpoint"]): void {
    const { lines, rows, deadLetters } = "lines" in stored ? stored : NOTHING_APPLIED;
    Object.assign(this.applied, { lines, rows, deadLetters });
  }

  async #advance(signal: AbortSignal): Promise<void> {
    const next = this.#queue[0];
    if (
      next !== undefined && next.part === this.#place.part && next.offset === this.#place.offset
    ) {
      this.#isCommitting = true;
      this.#prepareSecond();
      await this.#commit(next, signal).finally(() => this.#isCommitting = false);
      this.#queue.shift();
      this.#pressure.relieve(this.#queue.length);
      this.#oldestPendingMs = this.#queue[0]?.arrivalMs ?? this.#builder.arrivalMs ??
        this.#oldestPendingMs;
      return;
    }
    if (this.#inStep && next === undefined && this.#builderStartsHere()) {
      await this.#untilBuilderCloses(signal);
      return;
    }
    await this.#closeGap(signal);
  }

  /** What is committed next can be made ready, unless a part ends between the two. */
  #prepareSecond(): void {
    const [first, second] = this.#queue;
    if (first === undefined || second === undefined) return;
    if (first.part !== second.part || first.end !== second.offset) return;
    this.#options.committer.prepare(second);
  }

  /** Reads what is missing from the archive, while what comes in meanwhile is queued. */
  async #closeGap(signal: AbortSignal): Promise<void> {
    const end = this.#tail;
    this.#queue = [];
    // However long the gap is, what comes meanwhile is archived.
    this.#pressure.release();
    this.#builder = new BatchBuilder();
    this.#inStep = true;
    const { committer, read } = this.#options;
    const missing = batchesOf(read(this.#place, end));
    for await (const batch of readAhead(missing, (ahead) => committer.prepare(ahead))) {
      await this.#commit(batch, signal);
      if (signal.aborted) return;
    }
    if (signal.aborted || comparePlaces(this.#place, end) >= 0) return;
    // What is left holds no readable line (a quarantined append, or a part's end): step over it.
    await this.#commit(emptyBatch(end, this.#options.clock.nowMs()), signal);
  }

  async #commit(batch: PendingBatch, signal: AbortSignal): Promise<void> {
    this.#oldestPendingMs = batch.arrivalMs;
    const from: Checkpoint = { runId: this.#options.runId, ...this.#place };
    const to = { part: batch.part, offset: batch.end };
    const done = await this.#options.committer.commit(batch, from, signal);
    if (done === null) return;
    this.#place = to;
    this.applied.lines += batch.lines;
    this.applied.rows += done.rows;
    this.applied.deadLetters += done.deadLetters;
  }

  /** Rollups that wait are written in the quiet that follows, once they are due. */
  async #roll(signal: AbortSignal): Promise<void> {
    const { committer, runId, clock } = this.#options;
    const restMs = committer.rollupRestMs;
    if (restMs === null) return;
    if (!this.#draining && restMs > 0) {
      const woken = new AbortController();
      const rested = delay(clock, restMs, AbortSignal.any([signal, woken.signal]));
      await this.#idle(signal, rested);
      woken.abort();
    }
    if (this.isUpToDate) await committer.roll({ runId, ...this.#place }, signal);
  }

  #builderStartsHere(): boolean {
    return !this.#builder.isEmpty && this.#builder.startsAt(this.#place);
  }

  async #untilBuilderCloses(signal: AbortSignal): Promise<void> {
    const ageMs = this.#options.clock.monotonicMs() - this.#builderOpenedMs;
    const queued = new AbortController();
    this.#onQueued = () => queued.abort();
    const waitMs = this.#draining ? 0 : Math.max(0, LIMITS.batchAgeMsMax - ageMs);
    await delay(this.#options.clock, waitMs, AbortSignal.any([signal, queued.signal]));
    this.#onQueued = null;
    if (this.#queue.length === 0) this.#closeBuilder();
  }

  #closeBuilder(): void {
    const closed = this.#builder.close();
    if (closed !== null) this.#enqueue(closed);
    this.#builderOpenedMs = this.#options.clock.monotonicMs();
  }

  #enqueue(batch: PendingBatch): void {
    this.#queue.push(batch);
    if (this.#isCommitting && this.#queue.length === 2) this.#prepareSecond();
    this.#onQueued?.();
    this.#pressure.rise(this.#queue.length);
    if (this.#queue.length > LIMITS.batchQueueMax) this.#fallBehind();
  }

  #fallBehind(): void {
    if (this.#inStep) {
      this.#options.log.debug("the hot store is behind; reading on from the archive");
    }
    this.#inStep = false;
    // The one under way, and the one that may be prepared: it is the next in any case.
    this.#queue = this.#queue.slice(0, this.#isCommitting ? 2 : 0);
    this.#builder = new BatchBuilder();
    this.#pressure.release();
  }

  /** Until something is offered, or the other thing happens. */
  #idle(signal: AbortSignal, other?: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#wake = null;
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener("abort", wake, { once: true });
      void other?.then(wake);
    });
  }
}

const NOTHING_APPLIED = { lines: 0, rows: 0, deadLetters: 0 };

/** Below 0 where `a` lies before `b`, 0 where they are the same. */
function comparePlaces(a: Place, b: Place): number {
  return a.part - b.part || a.offset - b.offset;
}
