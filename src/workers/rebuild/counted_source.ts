/** What a source's records come to: counts alone, whatever their number. */
import { type Metric, METRICS, type Reading } from "../../model/reading.ts";
import type { DeadLetter } from "../../model/record.ts";
import { toMicro } from "../../model/rollup.ts";
import {
  meanOfMicro,
  type MetricCounts,
  type SourceCounts,
} from "../../store/queries/source_counts.ts";

interface Summed {
  count: number;
  /** Exact: 10 M values of 10 kW in millionths pass what a number holds. */
  sumMicro: bigint;
  min: number;
  max: number;
}

export class CountedSource {
  #readings = 0;
  readonly #rejects = new Map<string, number>();
  readonly #metrics = new Map<Metric, Summed>();

  add(readings: readonly Reading[], deadLetters: readonly DeadLetter[]): void {
    this.#readings += readings.length;
    for (const { code } of deadLetters) this.refuse(code);
    for (const metric of METRICS) this.#sum(metric, readings);
  }

  refuse(code: string, times = 1): void {
    this.#rejects.set(code, (this.#rejects.get(code) ?? 0) + times);
  }

  merge(other: CountedSource): void {
    this.#readings += other.#readings;
    for (const [code, times] of other.#rejects) this.refuse(code, times);
    for (const [metric, summed] of other.#metrics) this.#merge(metric, summed);
  }

  counts(): SourceCounts {
    const metrics = Object.fromEntries(METRICS.map((metric) => {
      const summed = this.#metrics.get(metric);
      if (summed === undefined) return [metric, null];
      const { count, sumMicro, min, max } = summed;
      return [metric, { count, mean: meanOfMicro(sumMicro, count), min, max }];
    })) as Record<Metric, MetricCounts | null>;
    const codes = [...this.#rejects].sort(([a], [b]) => a < b ? -1 : 1);
    return {
      readings: this.#readings,
      rejects: codes.reduce((sum, [, times]) => sum + times, 0),
      rejects_by_code: Object.fromEntries(codes),
      metrics,
    };
  }

  #sum(metric: Metric, readings: readonly Reading[]): void {
    let count = 0, sumMicro = 0, min = Infinity, max = -Infinity;
    for (const reading of readings) {
      const value = reading[metric];
      if (value === null) continue;
      count++;
      sumMicro += toMicro(value);
      if (value < min) min = value;
      if (value > max) max = value;
    }
    if (count > 0) this.#merge(metric, { count, sumMicro: BigInt(sumMicro), min, max });
  }

  #merge(metric: Metric, more: Summed): void {
    const known = this.#metrics.get(metric);
    if (known === undefined) {
      this.#metrics.set(metric, { ...more });
      return;
    }
    known.count += more.count;
    known.sumMicro += more.sumMicro;
    known.min = Math.min(known.min, more.min);
    known.max = Math.max(known.max, more.max);
  }
}
