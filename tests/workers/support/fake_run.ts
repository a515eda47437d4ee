/**
 * A live run and its hot store in memory, for the applier's tests: the run says what is archived,
 * the store keeps what was applied, and fails in the ways that a database fails.
 */
import type { Alert } from "../../../src/model/alert.ts";
import type { Checkpoint } from "../../../src/model/origin.ts";
import type { Reading } from "../../../src/model/reading.ts";
import { type Clock, delay } from "../../../src/runtime/clock.ts";
import { StoreError } from "../../../src/store/database.ts";
import type { CommitResult } from "../../../src/store/rejects.ts";
import type { LiveBatch, PreparedChunks, StoredCheckpoint } from "../../../src/store/writer.ts";
import type { Place } from "../../../src/workers/speed/pending_batch.ts";
import type { NormalisedBlock } from "../../../src/workers/speed/pending_batch.ts";

/** Of the host of `reading`, as a store may have it open. */
export const OPEN_ALERT: Alert = {
  id: "temperature/USA/us-cloud-1/1",
  rule: "temperature",
  metric: "temp_c",
  hostId: "us-cloud-1",
  region: "USA",
  severity: "critical",
  peakSeverity: "critical",
  value: 95,
  peakValue: 95,
  limit: 90,
  openedAtMs: 1,
  updatedAtMs: 1,
  closedAtMs: null,
  closedBy: null,
  acknowledgedAtMs: null,
  acknowledgedNote: null,
};

export const RUN_ID = "stream_run_2025-11-21_02-42-00";
/** Every line of a fake run has this length. */
export const LINE_BYTES = 10;

export function reading(offset: number, change: Partial<Reading> = {}): Reading {
  return {
    host_id: "us-cloud-1",
    region: "USA",
    atMs: Date.UTC(2025, 10, 21, 2, 42) + offset,
    temp_c: 50,
    cpu_load: 40,
    voltage: null,
    power_watts: null,
    flags: 0,
    offset,
    ...change,
  };
}

/** Name of a line: its place. */
export function lineName(part: number, offset: number): string {
  return `${part}:${offset}`;
}

export interface FakeBlock extends NormalisedBlock {
  /** Damaged on disk: offered while in memory, gone when read back. */
  readonly quarantined: boolean;
}

export class FakeRun {
  readonly blocks: FakeBlock[] = [];
  #part = 0;
  #offset = 0;

  constructor(readonly clock: Clock) {}

  get end(): Place {
    return { part: this.#part, offset: this.#offset };
  }

  /** The next block begins a part of its own. */
  rotate(): void {
    if (this.#offset === 0) return;
    this.#part++;
    this.#offset = 0;
  }

  /** Archives a block of `lines` readings that counts as `weight` lines towards a batch. */
  append(lines: number, options: { weight?: number; quarantined?: boolean } = {}): FakeBlock {
    const offset = this.#offset;
    this.#offset += lines * LINE_BYTES;
    const block: FakeBlock = {
      part: this.#part,
      offset,
      end: this.#offset,
      arrivalMs: this.clock.nowMs(),
      lines: options.weight ?? lines,
      blank: 0,
      ignored: 0,
      readings: Array.from({ length: lines }, (_, i) => reading(offset + i * LINE_BYTES)),
      deadLetters: [],
      quarantined: options.quarantined ?? false,
    };
    this.blocks.push(block);
    return block;
  }

  /** As the archive is read back: in order, cut to the range, without what is damaged. */
  async *read(from: Place, to: Place | null): AsyncGenerator<NormalisedBlock> {
    for (const block of [...this.blocks]) {
      await Promise.resolve();
      const start = block.part === from.part
        ? Math.max(block.offset, from.offset)
        : block.part > from.part
        ? block.offset
        : Infinity;
      const end = to === null || block.part < to.part
        ? block.end
        : block.part === to.part
        ? Math.min(block.end, to.offset)
        : 0;
      if (block.quarantined || start >= end) continue;
      const readings = block.readings.filter((one) => one.offset >= start && one.offset < end);
      const whole = readings.length === block.readings.length;
      yield {
        ...block,
        offset: start,
        end,
        readings,
        lines: whole ? block.lines : readings.length,
      };
    }
  }

  /** Names of all lines in order; those that reading back leaves out are in `damaged` too. */
  names(): { readonly all: string[]; readonly damaged: Set<string> } {
    const all: string[] = [];
    const damaged = new Set<string>();
    for (const { part, readings, quarantined } of this.blocks) {
      for (const { offset } of readings) {
        all.push(lineName(part, offset));
        if (quarantined) damaged.add(lineName(part, offset));
      }
    }
    return { all, damaged };
  }
}

/**
 * `lost_before`, `lost_after`: the connection breaks, before the commit or after it. `moved`:
 * somebody else has applied the next block, or all there are. `emptied`: somebody has emptied it.
 */
export type Outcome =
  | "commits"
  | "lost_before"
  | "lost_after"
  | "moved"
  | "moved_far"
  | "emptied"
  | "failed";

export class FakeStore {
  /** Names of the lines applied, in the order they were. */
  applied: string[] = [];
  stored: StoredCheckpoint | null = null;
  readonly commits: LiveBatch[] = [];
  /** What the next commits come to, and how long they take; then all go well and take no time. */
  script: { readonly outcome: Outcome; readonly tookMs: number }[] = [];
  /** While true, every call fails as one of a database that is not there. */
  isAway = false;

  constructor(readonly run: FakeRun) {}

  readCheckpoint(): Promise<StoredCheckpoint | null> {
    return this.isAway ? Promise.reject(away()) : Promise.resolve(this.stored);
  }

  /** Of which runs the rollups were mended from the rows. */
  readonly settled: string[] = [];

  settle(runId: string): Promise<void> {
    if (this.isAway) return Promise.reject(away());
    this.settled.push(runId);
    return Promise.resolve();
  }

  /** Batches that were prepared, by their first reading's name. */
  readonly prepared: string[] = [];

  prepare({ readings }: Pick<LiveBatch, "readings">): PreparedChunks {
    const [first] = readings;
    if (first !== undefined) this.prepared.push(lineName(0, first.offset));
    return { readings, statement: { text: "" }, store: 0 };
  }

  async commitLive(batch: LiveBatch): Promise<CommitResult> {
    batch.onUnderWay?.();
    const { outcome, tookMs } = this.script.shift() ?? { outcome: "commits", tookMs: 0 };
    if (tookMs > 0) await delay(this.run.clock, tookMs);
    if (this.isAway || outcome === "lost_before") throw away();
    if (outcome === "failed") throw new StoreError("failed", "out of memory");
    if (outcome === "emptied") {
      this.applied = [];
      this.stored = null;
    }
    if (outcome === "moved") this.#applyNextBlock();
    if (outcome === "moved_far") { while (this.#applyNextBlock()); }
    const at = this.stored ?? { part: 0, offset: 0 };
    if (at.part !== batch.from.part || at.offset !== batch.from.offset) {
      throw new StoreError("stale_checkpoint", "the run is applied up to elsewhere");
    }
    this.commits.push(batch);
    this.#apply(batch.readings.map(({ offset }) => lineName(batch.to.part, offset)), batch.to);
    if (outcome === "lost_after") throw away();
    return { rows: batch.readings.length, rejected: [] };
  }

  #apply(names: readonly string[], to: Checkpoint): void {
    this.applied.push(...names);
    this.stored = { ...to, lines: 0, rows: 0, deadLetters: 0 };
  }

  /** False when there is none. */
  #applyNextBlock(): boolean {
    const at = this.stored ?? { part: 0, offset: 0 };
    const next = this.run.blocks.find((block) =>
      !block.quarantined &&
      (block.part > at.part || (block.part === at.part && block.end > at.offset))
    );
    if (next === undefined) return false;
    const { part, end } = next;
    const from = part === at.part ? at.offset : 0;
    const rest = next.readings.filter((one) => one.offset >= from);
    const names = rest.map(({ offset }) => lineName(part, offset));
    this.#apply(names, { runId: RUN_ID, part, offset: end });
    return true;
  }
}

function away(): StoreError {
  return new StoreError("unavailable", "connection lost");
}
