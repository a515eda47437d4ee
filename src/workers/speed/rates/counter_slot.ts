/** What a set of counters tells of one time: sums over its counters, as long as not all are there. */
import { LIMITS } from "../../../limits.ts";
import type { CounterSample } from "./counter_sample.ts";
import type { Gain } from "./rate_of_gain.ts";

export class CounterSlot {
  samples = 0;
  /** Some counter fell, or began anew, since its sample before. */
  hasReset = false;
  lastMs = -Infinity;
  all = 0;
  apart = 0;
  #firstMs = Infinity;
  readonly #startMs: number | null;
  /** Deltas of different spans. */
  #isMixed = false;

  constructor({ startMs }: CounterSample) {
    this.#startMs = startMs;
  }

  /** @param before The counter's sample before; null: it is its first. */
  add(sample: CounterSample, before: Pick<CounterSample, "value" | "startMs"> | null): void {
    const { atMs, value, startMs, kind, part } = sample;
    this.samples++;
    this.all += value;
    if (part.isApart) this.apart += value;
    this.#firstMs = Math.min(this.#firstMs, atMs);
    this.lastMs = Math.max(this.lastMs, atMs);
    if (startMs !== this.#startMs) this.#isMixed = true;
    if (kind !== "total" || before === null) return;
    if (value < before.value || startMs !== before.startMs) this.hasReset = true;
  }

  /** Between its first and its last sample. */
  get spreadMs(): number {
    return this.lastMs - this.#firstMs;
  }

  /** What deltas say; null where they are of different spans, of an unknown or too long one. */
  delta(): Gain | null {
    if (this.#startMs === null || this.#isMixed) return null;
    return bounded({ all: this.all, apart: this.apart, spanMs: this.lastMs - this.#startMs });
  }

  /** What shares say: the gains of one second. */
  share(): Gain {
    return { all: this.all, apart: this.apart, spanMs: 1_000 };
  }

  since(base: Pick<CounterSlot, "lastMs" | "all" | "apart">): Gain | null {
    return bounded({
      all: this.all - base.all,
      apart: this.apart - base.apart,
      spanMs: this.lastMs - base.lastMs,
    });
  }
}

function bounded(gain: Gain): Gain | null {
  return gain.spanMs <= LIMITS.counterGapMsMax ? gain : null;
}
