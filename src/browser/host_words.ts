/** A host's state in words. Pure. */
import type { HostState } from "../model/live_event.ts";
import type { Metric } from "../model/reading.ts";
import { formatMetric, formatSpan, METRIC_VIEWS } from "./format.ts";
import type { GridCell } from "./grid_cells.ts";

/** In which a host's measures stand: what it suffers from first. */
export const HOST_METRICS: readonly Metric[] = ["temp_c", "cpu_load", "power_watts", "voltage"];

export const STATE_WORDS: Readonly<Record<HostState, string>> = {
  ok: "Normal",
  warning: "Warning",
  critical: "Critical",
  stale: "Silent",
};

export function ageWords(ageS: number): string {
  return `${formatSpan(ageS * 1000)} old`;
}

/** `rack-2, USA: Temperature 92.5 °C, Critical, 2.0 s old` */
export function cellWords({ host, region, value, state, ageS }: GridCell, metric: Metric): string {
  const measured = value === null ? "not measured" : formatMetric(metric, value);
  return `${host}, ${region}: ${METRIC_VIEWS[metric].label} ${measured}, ${STATE_WORDS[state]}, ${
    ageWords(ageS)
  }`;
}
