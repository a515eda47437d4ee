/**
 * Mergeable aggregates. Sums are integers in millionths of the unit, so that merging in any order,
 * in TypeScript or in SQL, gives the same bits: sumMicro = Σ floor(value · 10⁶ + 0.5).
 */
import type { HostLatest } from "./latest.ts";
import type { Metric } from "./reading.ts";

/** A value in millionths of its unit, rounded half up: what every `sumMicro` adds up. */
export function toMicro(value: number): number {
  return Math.floor(value * 1e6 + 0.5);
}

export interface MetricSummary {
  readonly count: number;
  readonly sumMicro: number;
  readonly min: number;
  readonly max: number;
}

/** Bucket widths in seconds, finest first. A reading is folded into each. */
export const REGION_TIERS_S = [10, 60, 600, 3600] as const;
export const HOST_TIERS_S = [60, 3600] as const;

/** What one batch adds to one bucket of one series. `hostId` null: the whole region. */
export interface RollupDelta {
  readonly stepS: number;
  /** Bucket start, epoch ms, a multiple of the step. */
  readonly bucketMs: number;
  readonly region: string;
  readonly hostId: string | null;
  readonly readings: number;
  readonly metrics: Readonly<Record<Metric, MetricSummary | null>>;
  /** Count of readings by whole °C: bin b holds b ≤ temp_c < b+1, clamped to the bin range. */
  readonly temperatureHistogram: ReadonlyMap<number, number>;
}

/** What readings add to everything that is kept beside them. */
export interface Derived {
  readonly rollups: readonly RollupDelta[];
  readonly latest: readonly HostLatest[];
}

/** Lowest and highest bin of the temperature histogram; what lies outside is counted in them. */
export const TEMPERATURE_BIN_MIN = -40;
export const TEMPERATURE_BIN_MAX = 150;
