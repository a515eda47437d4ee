/** What is known of one host at the cursor: its readings, alerts and state. Pure. */
import type { Alert } from "../model/alert.ts";
import type { HostState } from "../model/live_event.ts";
import { type FlagName, type Metric, METRICS } from "../model/reading.ts";
import { ApiError, field, moment } from "./ask.ts";
import type { Cell, ChartView, HistorySeries, RegionColumn } from "./chart_columns.ts";
import { markGaps } from "./chart_gaps.ts";
import { flagsOf } from "./odd_readings.ts";
import type { TimeWindow } from "./ranges.ts";

/** A host without a reading for this long is silent. */
const STALE_MS = 60_000;

export type HostReading = Readonly<Record<Metric, number | null>> & {
  readonly atMs: number;
  /** As the server writes it, to ask for its origin. */
  readonly timestamp: string;
  /** What is odd about its time. */
  readonly flags: readonly FlagName[];
};

/** `/api/readings`, the newest first. */
export function hostReadingsOf(body: unknown): HostReading[] {
  if (!Array.isArray(body)) throw new ApiError(200, "The answer holds no list of readings.");
  return body.flatMap((raw: unknown) => {
    const timestamp = field(raw, "timestamp"), atMs = moment(timestamp);
    if (atMs === null || typeof timestamp !== "string") return [];
    const number = (metric: Metric) => {
      const value = field(raw, metric);
      return typeof value === "number" ? value : null;
    };
    return [{
      atMs,
      timestamp,
      flags: flagsOf(field(raw, "flags")),
      temp_c: number("temp_c"),
      cpu_load: number("cpu_load"),
      voltage: number("voltage"),
      power_watts: number("power_watts"),
    }];
  });
}

/** The newest of each metric: not every reading measures all of them. */
export function newestValues(readings: readonly HostReading[]): Record<Metric, number | null> {
  const newest = (metric: Metric) =>
    readings.find((each) => each[metric] !== null)?.[metric] ?? null;
  return {
    temp_c: newest("temp_c"),
    cpu_load: newest("cpu_load"),
    voltage: newest("voltage"),
    power_watts: newest("power_watts"),
  };
}

/** Silence comes before all: of a silent host nothing is known. Null without any reading. */
export function hostState(
  readings: readonly HostReading[],
  alerts: readonly Alert[],
  atMs: number,
): HostState | null {
  const [newest] = readings;
  if (newest === undefined) return null;
  if (atMs - newest.atMs > STALE_MS) return "stale";
  const open = alerts.filter((alert) => alert.closedAtMs === null);
  if (open.some((alert) => alert.severity === "critical")) return "critical";
  return open.length > 0 ? "warning" : "ok";
}

/** A host's series as columns, one a metric under the metric's name; a gap breaks the line. */
export function hostChart(
  series: Readonly<Record<Metric, HistorySeries>>,
  { fromMs, toMs }: TimeWindow,
): ChartView {
  const { t, stepMs } = series.temp_c;
  return {
    stepMs,
    fromMs,
    toMs,
    x: t.map((startMs) => (startMs + stepMs / 2) / 1000),
    regions: METRICS.map((metric) => columnOf(metric, series[metric])),
  };
}

function columnOf(metric: Metric, { mean, min, max, count, stepMs }: HistorySeries): RegionColumn {
  const cells = (values: readonly (number | null)[]): Cell[] =>
    values.map((value) => value ?? undefined);
  const column = { region: metric, mean: cells(mean), min: cells(min), max: cells(max) };
  for (const slot of markGaps(column.mean, stepMs)) {
    column.mean[slot] = column.min[slot] = column.max[slot] = null;
  }
  return { ...column, count: [...count] };
}

/** Lowest and highest of a metric's band, and whether there is any. */
export function bandOf({ min, max }: RegionColumn): readonly [number, number] | null {
  let low = Infinity, high = -Infinity;
  for (const value of min) if (typeof value === "number") low = Math.min(low, value);
  for (const value of max) if (typeof value === "number") high = Math.max(high, value);
  return low > high ? null : [low, high];
}
