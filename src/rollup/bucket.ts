/**
 * One bucket while it grows. Owns its histogram, which only regions have; promises that the same
 * readings give the same bits in whatever order and split they come.
 */
import {
  type MetricSummary,
  type RollupDelta,
  TEMPERATURE_BIN_MAX,
  TEMPERATURE_BIN_MIN,
} from "../model/rollup.ts";
import type { Metric, Reading } from "../model/reading.ts";
import { Summary } from "../model/summary.ts";
import { TemperatureCounts } from "./temperature_counts.ts";

export class Bucket implements RollupDelta {
  readings = 0;
  readonly metrics: Record<Metric, Summary | null>;
  /** Null for a host. */
  readonly #temperatures: TemperatureCounts | null;

  /** With `like`: the same content under another step, shared, not copied: neither may grow again. */
  constructor(
    readonly stepS: number,
    readonly bucketMs: number,
    readonly region: string,
    readonly hostId: string | null,
    like?: Bucket,
  ) {
    this.readings = like?.readings ?? 0;
    this.metrics = like?.metrics ??
      { temp_c: null, cpu_load: null, voltage: null, power_watts: null };
    if (hostId !== null) this.#temperatures = null;
    else this.#temperatures = like === undefined ? new TemperatureCounts() : like.#temperatures;
  }

  get temperatureHistogram(): ReadonlyMap<number, number> {
    return this.#temperatures?.toMap() ?? NO_TEMPERATURES;
  }

  add(reading: Reading): void {
    const { metrics } = this;
    this.readings++;
    const { temp_c, cpu_load, voltage, power_watts } = reading;
    if (temp_c !== null) {
      (metrics.temp_c ??= new Summary()).add(temp_c);
      this.#temperatures?.add(temperatureBin(temp_c), 1);
    }
    if (cpu_load !== null) (metrics.cpu_load ??= new Summary()).add(cpu_load);
    if (voltage !== null) (metrics.voltage ??= new Summary()).add(voltage);
    if (power_watts !== null) (metrics.power_watts ??= new Summary()).add(power_watts);
  }

  /** Adds what a finer bucket, or another delta of this bucket, holds. */
  merge(other: Pick<RollupDelta, "readings" | "metrics" | "temperatureHistogram">): void {
    this.readings += other.readings;
    this.#mergeMetric("temp_c", other.metrics.temp_c);
    this.#mergeMetric("cpu_load", other.metrics.cpu_load);
    this.#mergeMetric("voltage", other.metrics.voltage);
    this.#mergeMetric("power_watts", other.metrics.power_watts);
    if (this.#temperatures === null) return;
    if (other instanceof Bucket) {
      if (other.#temperatures !== null) this.#temperatures.merge(other.#temperatures);
      return;
    }
    for (const [bin, count] of other.temperatureHistogram) this.#temperatures.add(bin, count);
  }

  #mergeMetric(metric: Metric, other: MetricSummary | null): void {
    if (other === null) return;
    const own = this.metrics[metric];
    if (own === null) this.metrics[metric] = Summary.copy(other);
    else own.merge(other);
  }
}

const NO_TEMPERATURES: ReadonlyMap<number, number> = new Map();

/** Bin b holds b ≤ temp_c < b + 1; what lies outside the range is counted in its ends. */
export function temperatureBin(tempC: number): number {
  const bin = Math.floor(tempC);
  if (bin < TEMPERATURE_BIN_MIN) return TEMPERATURE_BIN_MIN;
  if (bin > TEMPERATURE_BIN_MAX) return TEMPERATURE_BIN_MAX;
  return bin + 0;
}
