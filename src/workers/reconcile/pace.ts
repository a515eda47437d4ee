/**
 * How the reconciliation keeps out of everybody's way: it rests several times as long as it worked,
 * and waits while the store takes lines fast.
 */
import { LIMITS } from "../../limits.ts";
import { type Clock, delay } from "../../runtime/clock.ts";
import type { Database } from "../../store/database.ts";
import { appliedLines } from "../../store/reconciliations.ts";
import { StoppedError } from "../batch/file_loader.ts";

export interface PaceOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Nobody else is at work: no rests, no waiting. */
  readonly full: boolean;
}

/** Shorter work goes together before it rests. */
const WORK_MS_MIN = 20;
/** The store's pace is looked at so often, and that long after it was found busy. */
const LOOK_MS = 2_000;

export class Pace {
  readonly #options: PaceOptions;
  #beganMs: number;
  #lookedMs = -Infinity;
  #lines = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#beganMs = options.clock.monotonicMs();
  }

  /** @throws {StoppedError} once the signal aborted. */
  async pause(): Promise<void> {
    const { clock, signal, full } = this.#options;
    if (!full) {
      const workedMs = clock.monotonicMs() - this.#beganMs;
      if (workedMs >= WORK_MS_MIN) {
        await delay(clock, workedMs * LIMITS.reconcileRestRatio, signal);
        await this.#untilCalm();
        this.#beganMs = clock.monotonicMs();
      }
    }
    if (signal.aborted) throw new StoppedError("the reconciliation was stopped");
  }

  async #untilCalm(): Promise<void> {
    const { clock, signal, database } = this.#options;
    while (!signal.aborted) {
      const sinceMs = clock.monotonicMs() - this.#lookedMs;
      if (sinceMs < LOOK_MS) return;
      const lines = await appliedLines(database);
      const perSecond = (lines - this.#lines) / (sinceMs / 1000);
      this.#lookedMs = clock.monotonicMs();
      this.#lines = lines;
      if (perSecond <= LIMITS.reconcileBusyLinesPerSecond) return;
      await delay(clock, LOOK_MS, signal);
    }
  }
}
