/**
 * Readings host by host: what is kept of a host is then fetched into the cache once a batch, not once
 * a reading. With 5,000 hosts in no order that was most of the fold's time.
 */
import type { Reading } from "../model/reading.ts";

export class SeriesOrder {
  /** By series: its readings; then where its next one goes. */
  #places = new Int32Array(0);

  /**
   * By their series, and within one as they came. Those without come first: of a source whose hosts
   * have no numbers all of them, as they came.
   */
  bySeries(readings: readonly Reading[]): readonly Reading[] {
    let largest = -1;
    for (const { series } of readings) {
      if (series !== undefined && series > largest) largest = series;
    }
    if (largest < 0) return readings;
    const places = this.#cleared(largest + 2);
    for (const { series } of readings) places[series === undefined ? 0 : series + 1]!++;
    let next = 0;
    for (let index = 0; index < largest + 2; index++) {
      const count = places[index]!;
      places[index] = next;
      next += count;
    }
    const ordered = new Array<Reading>(readings.length);
    for (const reading of readings) {
      const { series } = reading;
      ordered[places[series === undefined ? 0 : series + 1]!++] = reading;
    }
    return ordered;
  }

  #cleared(length: number): Int32Array {
    if (this.#places.length < length) this.#places = new Int32Array(2 * length);
    else this.#places.fill(0, 0, length);
    return this.#places;
  }
}
