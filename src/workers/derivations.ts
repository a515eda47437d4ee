/**
 * What committed readings add to rollups and latest values, gathered over batches: with thousands of
 * hosts, writing that costs far more than the readings do, and a host's bucket takes many of them.
 * Small fleets are written with every batch. Large ones wait ten times as long as the last writing
 * took, 5 s at most, so that a tenth of the store's time goes there. Where nobody looks before all is
 * in, both wait as long as they are told to. It is written in any case before there is more of it
 * than LIMITS allow.
 *
 * What is gathered is in no store: the origin says so (store/settle.ts), and what a crash loses is
 * added from the rows. Where it is in doubt what a batch became, `forget` leaves it to that too.
 */
import { LIMITS } from "../limits.ts";
import type { Reading } from "../model/reading.ts";
import type { Derived, Tiers } from "../model/rollup.ts";
import { RollupFold } from "../rollup/fold.ts";
import type { Clock } from "../runtime/clock.ts";

const REST_RATIO = 10;

export class Derivations {
  readonly #clock: Clock;
  readonly #restMsMin: number;
  readonly #fold = new RollupFold();
  #dueMs: number;

  /** @param restMsMin Between two writings, and before the first; 0: by what they cost. */
  constructor(clock: Clock, restMsMin = 0) {
    this.#clock = clock;
    this.#restMsMin = restMsMin;
    this.#dueMs = restMsMin === 0 ? -Infinity : clock.monotonicMs() + restMsMin;
  }

  get isEmpty(): boolean {
    return this.#fold.readings === 0;
  }

  /** How long until what is gathered should be written; 0: with the next batch. */
  get restMs(): number {
    if (this.#isFull) return 0;
    if (this.#restMsMin === 0 && this.#fold.hosts <= LIMITS.rollupHostsAtOnce) return 0;
    return Math.max(0, this.#dueMs - this.#clock.monotonicMs());
  }

  get #isFull(): boolean {
    const { hostBuckets, regionBuckets, readings, isNearlyFull } = this.#fold;
    return hostBuckets > LIMITS.rollupHostBucketsMax ||
      regionBuckets > LIMITS.rollupRegionBucketsMax || readings > LIMITS.rollupReadingsMax ||
      isNearlyFull;
  }

  /** @param tiers The finest that the readings go into. */
  add(readings: readonly Reading[], tiers: Tiers): void {
    this.#fold.add(readings, tiers);
  }

  /** All that is gathered, and starts anew. */
  take(): Derived {
    return this.#fold.take();
  }

  /** Told how long the transaction took that wrote what was taken. */
  written(tookMs: number): void {
    const byCostMs = Math.min(tookMs * REST_RATIO, LIMITS.rollupRestMsMax);
    const restMs = Math.max(byCostMs, this.#restMsMin);
    this.#dueMs = this.#clock.monotonicMs() + restMs;
  }

  forget(): void {
    this.#fold.take();
  }
}
