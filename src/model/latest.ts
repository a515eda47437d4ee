/**
 * What a host reported last, metric by metric: agents send one metric a line, a little out of order,
 * so each metric goes by the time of its own newest value, and of two at one time the greater counts.
 * So it does not matter in which order readings are merged.
 */
import type { Metric } from "./reading.ts";

export interface LatestValue {
  readonly value: number;
  readonly atMs: number;
}

export interface HostLatest {
  readonly region: string;
  readonly hostId: string;
  /** Of the newest reading. */
  readonly newestMs: number;
  readonly metrics: Readonly<Record<Metric, LatestValue | null>>;
}
