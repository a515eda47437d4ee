/**
 * How often which whole degree was measured, while it grows. A host keeps to a few degrees within a
 * minute, and a thin history has one reading a bucket: a short list, searched. A region soon has
 * many: an array of all bins. A Map cost half of the fold's time.
 */
import { TEMPERATURE_BIN_MAX, TEMPERATURE_BIN_MIN } from "../model/rollup.ts";

const BINS = TEMPERATURE_BIN_MAX - TEMPERATURE_BIN_MIN + 1;
const LIST_MAX = 8;

export class TemperatureCounts {
  readonly #bins: number[] = [];
  readonly #counts: number[] = [];
  /** By bin from the lowest on; null while the list does. */
  #all: Int32Array | null = null;

  add(bin: number, count: number): void {
    if (this.#all !== null) {
      this.#all[bin - TEMPERATURE_BIN_MIN]! += count;
      return;
    }
    const place = this.#bins.indexOf(bin);
    if (place >= 0) this.#counts[place]! += count;
    else if (this.#bins.length < LIST_MAX) {
      this.#bins.push(bin);
      this.#counts.push(count);
    } else {
      this.#spread();
      this.add(bin, count);
    }
  }

  /** Adds what another one counted. */
  merge(other: TemperatureCounts): void {
    for (let place = 0; place < other.#bins.length; place++) {
      this.add(other.#bins[place]!, other.#counts[place]!);
    }
    const counts = other.#all;
    if (counts === null) return;
    for (let index = 0; index < BINS; index++) {
      if (counts[index] !== 0) this.add(index + TEMPERATURE_BIN_MIN, counts[index]!);
    }
  }

  toMap(): ReadonlyMap<number, number> {
    const map = new Map<number, number>();
    this.#bins.forEach((bin, place) => map.set(bin, this.#counts[place]!));
    const counts = this.#all;
    if (counts === null) return map;
    for (let index = 0; index < BINS; index++) {
      if (counts[index] !== 0) map.set(index + TEMPERATURE_BIN_MIN, counts[index]!);
    }
    return map;
  }

  #spread(): void {
    this.#all = new Int32Array(BINS);
    this.#bins.forEach((bin, place) => {
      this.#all![bin - TEMPERATURE_BIN_MIN] = this.#counts[place]!;
    });
    this.#bins.length = 0;
    this.#counts.length = 0;
  }
}
