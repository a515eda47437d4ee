/**
 * How late the main thread's timers come: what a blocked event loop does to every client. Measured
 * with one timer each LIMITS.loopLagIntervalMs; the worst of the last 10 s is what counts.
 */
import { LIMITS } from "../limits.ts";
import type { Clock } from "../runtime/clock.ts";

const SAMPLES = Math.ceil(10_000 / LIMITS.loopLagIntervalMs);

export class LoopLag {
  readonly #clock: Clock;
  readonly #lagsMs: number[] = [];
  #cancel: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(): void {
    if (this.#cancel === null) this.#wait();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  /** Null before the first measurement. */
  worstMs(): number | null {
    return this.#lagsMs.length === 0 ? null : Math.max(...this.#lagsMs);
  }

  #wait(): void {
    const dueMs = this.#clock.monotonicMs() + LIMITS.loopLagIntervalMs;
    this.#cancel = this.#clock.after(LIMITS.loopLagIntervalMs, () => {
      this.#lagsMs.push(Math.max(0, this.#clock.monotonicMs() - dueMs));
      if (this.#lagsMs.length > SAMPLES) this.#lagsMs.shift();
      this.#wait();
    });
  }
}
