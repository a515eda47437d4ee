/** The charts' scales and the words on their axes, pure. */
import type { Metric } from "../model/reading.ts";
import type { Cell, ChartView } from "./chart_columns.ts";
import type { TimeFormat } from "./times.ts";

/** Smallest span shown of a metric that has no natural one, so that noise stays small. */
const SPAN_MIN: Readonly<Record<Metric, number>> = {
  cpu_load: 100,
  temp_c: 20,
  voltage: 0.5,
  power_watts: 200,
};

/** Lowest and highest value on the axis. CPU load is a percentage and always shown as one. */
export function valueRange(metric: Metric, view: ChartView): readonly [number, number] {
  if (metric === "cpu_load") return [0, 100];
  let low = Infinity, high = -Infinity;
  for (const region of view.regions) {
    for (const value of region.mean) {
      if (value === null || value === undefined) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) return [0, SPAN_MIN[metric]];
  const pad = Math.max((high - low) * 0.12, (SPAN_MIN[metric] - (high - low)) / 2);
  const floor = low >= 0 && low - pad < 0 ? 0 : low - pad;
  return [floor, high + pad];
}

/** Words for an axis' times: as much of them as tells neighbours `stepS` apart. */
export function timeLabel(atS: number, stepS: number, time: TimeFormat): string {
  if (stepS < 60) return time.clock(atS * 1000);
  if (stepS < 86_400) {
    const atMs = atS * 1000;
    return time.startsDay(atMs) ? time.day(atMs) : time.minute(atMs);
  }
  return time.day(atS * 1000);
}

/** Indices of points with a break on either side: a line would not show them. */
export function lonePoints(values: readonly Cell[]): number[] {
  const lone: number[] = [];
  let before: number | null = null;
  let joined = false;
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (value === undefined) continue;
    if (value === null) {
      if (before !== null && !joined) lone.push(before);
      before = null;
      joined = false;
    } else {
      joined = before !== null;
      before = index;
    }
  }
  if (before !== null && !joined) lone.push(before);
  return lone;
}

/** The newest value of a column and its index; null where it has none. */
export function lastValue(values: readonly Cell[]): { index: number; value: number } | null {
  for (let index = values.length - 1; index >= 0; index--) {
    const value = values[index];
    if (value !== null && value !== undefined) return { index, value };
  }
  return null;
}

export interface TableRow {
  readonly atMs: number;
  /** Mean by region, in the view's order. */
  readonly means: readonly (number | null)[];
}

/** The view as a short table: `rows` equal spans of time, the newest first. */
export function tableOf(view: ChartView, rows: number): TableRow[] {
  const per = Math.max(1, Math.ceil(view.x.length / rows));
  const table: TableRow[] = [];
  for (let end = view.x.length; end > 0; end -= per) {
    const start = Math.max(0, end - per);
    const means = view.regions.map(({ mean, count }) => {
      let sum = 0, readings = 0;
      for (let slot = start; slot < end; slot++) {
        const value = mean[slot];
        if (value === null || value === undefined) continue;
        sum += value * (count[slot] ?? 0);
        readings += count[slot] ?? 0;
      }
      return readings === 0 ? null : sum / readings;
    });
    const startMs = ((view.x[start] ?? 0) * 1000) - view.stepMs / 2;
    table.push({ atMs: Math.round(startMs / 1000) * 1000, means });
  }
  return table;
}
