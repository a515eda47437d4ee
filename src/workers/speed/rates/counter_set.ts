/**
 * Counters that make one rate together, folded sample by sample, in the order in which they were
 * archived. A rate needs all of them at two times; which counters there are is only known once the
 * set has been the same for a while, as senders bring a reading in several bodies, some of them late:
 *
 * ```
 * times      t1      t2           t3               t4
 * samples    a b     a b c        a c b            a b c
 *                        ▲ c is new: t1 is of another set
 *                                 ▲ second time of this set: settled `counterSettleMs` after this
 *                                                  ▲ t2 → t3; from now on a rate once a time is whole
 * ```
 *
 * So it gives nothing rather than a rate over some of the CPUs: while it is not settled, for a time
 * of which a sample is missing, over a counter that fell, over a gap too long. A counter that is not
 * told any more leaves the set after three times without it. Of samples that are not newer than
 * their counter's last one nothing is taken.
 */
import { LIMITS } from "../../../limits.ts";
import type { CounterForm, CounterPart, CounterSample, Rate } from "./counter_sample.ts";
import { CounterSlot } from "./counter_slot.ts";
import { type Gain, rateOfGain, type Shape, shapeOf } from "./rate_of_gain.ts";

interface Counter {
  readonly part: CounterPart;
  readonly at: number;
  readonly atMs: number;
  readonly value: number;
  readonly startMs: number | null;
  /** How many times the set had seen, and the arrival, when it was told last. */
  readonly timesSeen: number;
  readonly arrivalMs: number;
}

const TIMES_MISSED_MAX = 3;
/** However many times come at once, the set is looked through so often only. */
const LOOK_MS = 500;
/** Of an interval: samples of one reading lie nearer to each other. */
const SPREAD = 0.25;

export class CounterSet {
  /** When it last took a sample. */
  arrivalMs = 0;
  readonly #form: CounterForm;
  readonly #counters = new Map<string, Counter>();
  /** By time: that of the samples, or the number of the interval. */
  readonly #slots = new Map<number, CounterSlot>();
  #base: { readonly at: number; readonly slot: CounterSlot } | null = null;
  #anchorMs: number | null = null;
  #newest = -Infinity;
  #timesSeen = 0;
  /** Arrival when it was last looked for counters that went. */
  #lookedMs = -Infinity;
  /** Times begun while the set was as it is, and the arrival of the second one. */
  #timesAlike = 0;
  #alikeSinceMs: number | null = null;
  #isSettled = false;
  #shape: Shape | null = null;

  constructor(form: CounterForm) {
    this.#form = form;
  }

  /** What it holds in memory. */
  get size(): number {
    return this.#counters.size + this.#slots.size;
  }

  /** Whether a sample needs no further place. */
  holds(sample: CounterSample): boolean {
    return this.#counters.has(sample.counter) && this.#slots.has(this.#timeOf(sample));
  }

  /** Rates that are known with this sample; mostly none or one. */
  add(sample: CounterSample, arrivalMs: number): readonly Rate[] {
    if (this.#isLate(sample)) {
      // Times that went back for so long are no samples that are late: the host's clock was set.
      if (arrivalMs - this.arrivalMs <= LIMITS.counterGapMsMax) return [];
      this.clear();
    }
    const at = this.#timeOf(sample);
    this.arrivalMs = arrivalMs;
    if (at > this.#newest) this.#begin(at, arrivalMs);
    const before = this.#counters.get(sample.counter) ?? null;
    if (before === null) this.#changed();
    this.#counters.set(sample.counter, {
      part: before?.part ?? sample.part,
      at,
      atMs: sample.atMs,
      value: sample.value,
      startMs: sample.startMs,
      timesSeen: this.#timesSeen,
      arrivalMs,
    });
    if (this.#base === null || at > this.#base.at) this.#slotAt(at, sample).add(sample, before);
    return this.#ratesWith(at, sample, arrivalMs);
  }

  /** It knows nothing any more. */
  clear(): void {
    this.#counters.clear();
    this.#slots.clear();
    this.#anchorMs = null;
    this.#newest = -Infinity;
    this.#changed();
  }

  #timeOf({ atMs, intervalMs }: CounterSample): number {
    if (intervalMs === 0) return atMs;
    this.#anchorMs ??= atMs;
    return Math.round((atMs - this.#anchorMs) / intervalMs);
  }

  #isLate(sample: CounterSample): boolean {
    const before = this.#counters.get(sample.counter);
    return before !== undefined &&
      (sample.atMs <= before.atMs || this.#timeOf(sample) <= before.at);
  }

  #begin(at: number, arrivalMs: number): void {
    this.#newest = at;
    this.#timesSeen++;
    this.#timesAlike++;
    if (this.#timesAlike >= 2) this.#alikeSinceMs ??= arrivalMs;
    if (Math.abs(arrivalMs - this.#lookedMs) < LOOK_MS) return;
    this.#lookedMs = arrivalMs;
    const counters = this.#counters.size;
    for (const [key, { timesSeen, arrivalMs: toldMs }] of this.#counters) {
      const isGone = this.#timesSeen - timesSeen > TIMES_MISSED_MAX &&
        arrivalMs - toldMs >= LIMITS.counterSettleMs;
      if (isGone) this.#counters.delete(key);
    }
    if (this.#counters.size === counters) return;
    this.#slots.clear();
    this.#changed();
  }

  /** Another set from this time on. */
  #changed(): void {
    this.#base = null;
    this.#timesAlike = 1;
    this.#alikeSinceMs = null;
    this.#isSettled = false;
  }

  #slotAt(at: number, sample: CounterSample): CounterSlot {
    const found = this.#slots.get(at);
    if (found !== undefined) return found;
    if (this.#slots.size >= LIMITS.counterSlotsMax) this.#shedOldest();
    const slot = new CounterSlot(sample);
    this.#slots.set(at, slot);
    return slot;
  }

  #shedOldest(): void {
    const oldest = Math.min(...this.#slots.keys());
    // Over a counter that fell there is no rate: so nothing before it is compared with.
    if (this.#slots.get(oldest)!.hasReset) this.#base = null;
    this.#slots.delete(oldest);
  }

  #ratesWith(at: number, sample: CounterSample, arrivalMs: number): readonly Rate[] {
    if (this.#isSettled) return this.#close(at, sample);
    const since = this.#alikeSinceMs;
    if (since === null || arrivalMs - since < LIMITS.counterSettleMs) return [];
    this.#isSettled = true;
    this.#shape = shapeOf(this.#form, [...this.#counters.values()].map(({ part }) => part));
    const times = [...this.#slots.keys()].sort((a, b) => a - b);
    return times.flatMap((time) => this.#close(time, sample));
  }

  /** The rate up to this time, once all of it is there. */
  #close(at: number, { kind, intervalMs }: CounterSample): readonly Rate[] {
    const slot = this.#slots.get(at);
    if (slot === undefined || slot.samples !== this.#counters.size) return [];
    if (slot.spreadMs > SPREAD * intervalMs) {
      // Two readings taken for one: intervals are counted from another time on.
      this.clear();
      return [];
    }
    const gain = this.#gainOf(kind, at, slot);
    this.#base = { at, slot };
    for (const time of this.#slots.keys()) if (time <= at) this.#slots.delete(time);
    if (gain === null || this.#shape === null) return [];
    const value = rateOfGain(this.#form, this.#shape, gain);
    return value === null ? [] : [{ atMs: slot.lastMs, spanMs: gain.spanMs, value }];
  }

  #gainOf(kind: CounterSample["kind"], at: number, slot: CounterSlot): Gain | null {
    switch (kind) {
      case "total":
        return this.#gainTo(at, slot);
      case "delta":
        return slot.delta();
      case "share":
        return slot.share();
    }
  }

  #gainTo(at: number, slot: CounterSlot): Gain | null {
    if (this.#base === null) return null;
    for (const [time, { hasReset }] of this.#slots) if (hasReset && time <= at) return null;
    return slot.since(this.#base.slot);
  }
}
