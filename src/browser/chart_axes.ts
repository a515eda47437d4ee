/** The charts' scales and the words on their axes, pure. */
import type { Metric } from "../model/reading.ts";
import { bandsOf } from "./chart_bands.ts";
import { type Cell, type ChartView, type RegionColumn, slotStartMs } from "./chart_columns.ts";
import type { TimeFormat } from "./times.ts";

/** Smallest span shown of a metric that has no natural one, so that noise stays small. */
const SPAN_MIN: Readonly<Record<Metric, number>> = {
  cpu_load: 100,
  temp_c: 20,
  voltage: 0.5,
  power_watts: 200,
};

/** The order in which measures are offered and charts stand. */
export const METRIC_ORDER: readonly Metric[] = ["cpu_load", "temp_c", "power_watts", "voltage"];

export interface RangeOptions {
  /** The region whose spread is seen, however many regions there are. */
  readonly emphasis?: string | null;
  readonly ghost?: readonly RegionColumn[];
}

/**
 * Lowest and highest value on the axis: of the lines, and of the spreads that are seen. CPU load is
 * a percentage and always shown as one.
 */
export function valueRange(
  metric: Metric,
  view: ChartView,
  { emphasis = null, ghost = [] }: RangeOptions = {},
): readonly [number, number] {
  if (metric === "cpu_load") return [0, 100];
  let low = Infinity, high = -Infinity;
  const bands = bandsOf(view, emphasis);
  const drawn = [
    ...[...view.regions, ...ghost].map((each) => each.mean),
    ...view.regions.filter((each) => bands.includes(each.region))
      .flatMap(({ min, max }) => [min, max]),
  ];
  for (const cells of drawn) {
    for (const value of cells) {
      if (value === null || value === undefined) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) return [0, SPAN_MIN[metric]];
  const pad = Math.max((high - low) * 0.06, (SPAN_MIN[metric] - (high - low)) / 2);
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
  /** By region, in the view's order. */
  readonly cells: readonly (TableCell | null)[];
  /** As the cells: readings that came late. */
  readonly late: readonly number[];
}

export interface TableCell {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/** The view as a short table: `rows` equal spans of time, the newest first. */
export function tableOf(view: ChartView, rows: number): TableRow[] {
  const per = Math.max(1, Math.ceil(view.x.length / rows));
  const table: TableRow[] = [];
  for (let end = view.x.length; end > 0; end -= per) {
    const start = Math.max(0, end - per);
    const cells = view.regions.map((column) => tableCell(column, start, end));
    const late = view.regions.map((column) => lateWithin(column, start, end));
    table.push({ atMs: slotStartMs(view, start), cells, late });
  }
  return table;
}

function lateWithin({ late }: RegionColumn, start: number, end: number): number {
  return late?.slice(start, end).reduce((sum, each) => sum + each, 0) ?? 0;
}

function tableCell(column: RegionColumn, start: number, end: number): TableCell | null {
  let sum = 0, readings = 0, min = Infinity, max = -Infinity;
  for (let slot = start; slot < end; slot++) {
    const value = column.mean[slot];
    if (value === null || value === undefined) continue;
    const count = column.count[slot] ?? 0;
    sum += value * count;
    readings += count;
    min = Math.min(min, column.min[slot] ?? value);
    max = Math.max(max, column.max[slot] ?? value);
  }
  return readings === 0 ? null : { mean: sum / readings, min, max };
}
