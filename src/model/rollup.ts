/**
 * Mergeable aggregates. Sums are integers in millionths of the unit, so that merging in any order,
 * in TypeScript or in SQL, gives the same bits: sumMicro = Σ floor(value · 10⁶ + 0.5).
 */
import type { HostLatest } from "./latest.ts";
import type { Metric } from "./reading.ts";

/** Start of the bucket of this width that holds the instant. */
export function bucketStart(atMs: number, stepS: number): number {
  const stepMs = stepS * 1000;
  return Math.floor(atMs / stepMs) * stepMs;
}

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

/** Every reading is in this tier. */
export const COARSEST_TIER_S = 86_400;
/** Bucket widths in seconds, finest first; each divides the next. Days are UTC's. */
export const REGION_TIERS_S = [10, 60, 600, 3600, COARSEST_TIER_S] as const;
export const HOST_TIERS_S = [60, 300, 3600, COARSEST_TIER_S] as const;

/**
 * The finest tiers that some readings are folded into; they are in all coarser ones too. Where a host
 * reports once a minute, a bucket a minute costs more than the reading that it sums up, and answers
 * no quicker: such readings are thin there, left out, and who asks for that tier reads them as rows.
 */
export interface Tiers {
  readonly regionS: (typeof REGION_TIERS_S)[number];
  readonly hostS: (typeof HOST_TIERS_S)[number];
}

export const FINEST_TIERS: Tiers = { regionS: REGION_TIERS_S[0], hostS: HOST_TIERS_S[0] };

/** What one batch adds to one bucket of one series. `hostId` null: the whole region. */
export interface RollupDelta {
  readonly stepS: number;
  /** Bucket start, epoch ms, a multiple of the step. */
  readonly bucketMs: number;
  readonly region: string;
  readonly hostId: string | null;
  readonly readings: number;
  readonly metrics: Readonly<Record<Metric, MetricSummary | null>>;
  /**
   * Count of a region's readings by whole °C: bin b holds b ≤ temp_c < b+1, clamped to the bin
   * range. Empty for a host.
   */
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
