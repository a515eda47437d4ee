/**
 * The newest live seconds of one region, all metrics, in flat arrays of a fixed size: what comes in
 * for a second replaces that second, what is older than the ring is refused. Never grows.
 */
import { type Metric, METRICS } from "../model/reading.ts";
import type { RegionSecond } from "../model/live_event.ts";

/** 15 min: three times what a snapshot brings, so a chart outlives a store that answers slowly. */
export const RING_SECONDS = 900;

export interface Columns {
  readonly count: Float64Array;
  readonly sum: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
}

export class SecondsRing {
  /** Second (epoch s) that a slot holds; -1 when it holds none. */
  readonly seconds = new Float64Array(RING_SECONDS).fill(-1);
  readonly readings = new Float64Array(RING_SECONDS);
  readonly #columns: Readonly<Record<Metric, Columns>>;
  #newest = -1;

  constructor() {
    this.#columns = Object.fromEntries(METRICS.map((metric) => [metric, emptyColumns()])) as Record<
      Metric,
      Columns
    >;
  }

  /** The newest second held, epoch s; -1 when empty. */
  get newest(): number {
    return this.#newest;
  }

  columns(metric: Metric): Columns {
    return this.#columns[metric];
  }

  /** False where the second is too old to be held. */
  put(second: RegionSecond): boolean {
    const at = Math.floor(second.atMs / 1000);
    if (at <= this.#newest - RING_SECONDS) return false;
    const slot = at % RING_SECONDS;
    if ((this.seconds[slot] ?? -1) > at) return false;
    this.seconds[slot] = at;
    this.readings[slot] = second.readings;
    this.#newest = Math.max(this.#newest, at);
    for (const metric of METRICS) {
      const columns = this.#columns[metric];
      const summary = second.metrics[metric];
      columns.count[slot] = summary?.count ?? 0;
      columns.sum[slot] = (summary?.sumMicro ?? 0) / 1e6;
      columns.min[slot] = summary?.min ?? 0;
      columns.max[slot] = summary?.max ?? 0;
    }
    return true;
  }
}

function emptyColumns(): Columns {
  return {
    count: new Float64Array(RING_SECONDS),
    sum: new Float64Array(RING_SECONDS),
    min: new Float64Array(RING_SECONDS),
    max: new Float64Array(RING_SECONDS),
  };
}
