/**
 * Turns a rate into calls: `produce(n)` is called so that the sum of n keeps to the rate. Above a
 * hundred a second in ticks of 10 ms, below at each line's own moment. A rate of 0 means that
 * somebody else decides when: the pacer rests.
 */
import type { Clock } from "../runtime/clock.ts";

/** Lines a second; 0 stands apart: as fast as clients read. */
export const FEED_RATE_MIN = 0.1;
export const FEED_RATE_MAX = 10_000_000;

const TICK_MS = 10;
/** After a stall, what was missed is made up for as long as this; the rest is let go. */
const CATCH_UP_MS = 1_000;
/** Lines a tick may hold: some 20 ms of work, then others have their turn. */
const TICK_LINES_MAX = 65_536;

/** @throws {RangeError} when it is no rate. */
export function checkFeedRate(rate: number): number {
  if (rate === 0 || (rate >= FEED_RATE_MIN && rate <= FEED_RATE_MAX)) return rate;
  throw new RangeError(
    `Cannot set the feed's rate: it is 0 (as fast as clients read) or ` +
      `${FEED_RATE_MIN}–${FEED_RATE_MAX} lines a second, got ${rate}`,
  );
}

export class Pacer {
  readonly #clock: Clock;
  readonly #produce: (lines: number) => void;
  #rate: number;
  #running = false;
  /** Lines due and not produced; a fraction of one is kept for the next time. */
  #credit = 0;
  #countedMs = 0;
  #cancel: () => void = () => {};

  constructor(clock: Clock, rate: number, produce: (lines: number) => void) {
    this.#clock = clock;
    this.#rate = checkFeedRate(rate);
    this.#produce = produce;
  }

  get rate(): number {
    return this.#rate;
  }

  /** Begins with one line at once: who has just connected need not wait for the first. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#credit = 1;
    this.#countedMs = this.#clock.monotonicMs();
    this.#schedule();
  }

  stop(): void {
    this.#running = false;
    this.#cancel();
  }

  /** Takes effect at once; time that passed counts at the rate it had. @throws {RangeError} */
  setRate(rate: number): void {
    checkFeedRate(rate);
    this.#count();
    this.#rate = rate;
    if (!this.#running) return;
    this.#cancel();
    this.#schedule();
  }

  #count(): void {
    const nowMs = this.#clock.monotonicMs();
    const due = this.#credit + (nowMs - this.#countedMs) * this.#rate / 1000;
    this.#credit = Math.min(due, Math.max(1, this.#rate * CATCH_UP_MS / 1000));
    this.#countedMs = nowMs;
  }

  #schedule(): void {
    if (this.#rate === 0) return;
    const nextLineMs = (1 - this.#credit) * 1000 / this.#rate;
    const delayMs = this.#rate > 1000 / TICK_MS ? TICK_MS : Math.max(0, Math.ceil(nextLineMs));
    this.#cancel = this.#clock.after(delayMs, () => this.#tick());
  }

  #tick(): void {
    this.#count();
    const lines = Math.min(Math.floor(this.#credit), TICK_LINES_MAX);
    this.#credit -= lines;
    if (lines > 0) this.#produce(lines);
    if (this.#running) this.#schedule();
  }
}
