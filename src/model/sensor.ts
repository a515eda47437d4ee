/**
 * A sensor of a host as its own maker limits it: what a record tells beside the host's metrics. It is
 * in no store, chart or statistic (an inlet is no CPU); alerts are judged by it, from the archive's
 * record, each time that is read.
 */
import type { Metric } from "./reading.ts";

export interface SensorReading {
  readonly name: string;
  /** Its quantity, and so its unit. */
  readonly metric: Metric;
  readonly value: number;
  /** Above it the maker warns; null: not told. */
  readonly caution: number | null;
  /** Above it the maker sees danger; null: not told. */
  readonly critical: number | null;
}

/** The rule that an alert of one sensor names: no declared rule has a colon in its name. */
export function sensorRuleName(rule: string, sensor: string): string {
  return `${rule}:${sensor}`;
}

/** The sensor that an alert is of; null: of the host's own metric. */
export function sensorOfRule(rule: string): string | null {
  const colon = rule.indexOf(":");
  return colon < 0 ? null : rule.slice(colon + 1);
}
