/** `/api/heatmap`: readings by time and temperature, checked; and how they are told. Pure. */
import { ApiError, type Ask, field, moment } from "./ask.ts";
import type { TimeWindow } from "./ranges.ts";

/** `counts[i][j]`: readings from `t[i]` on, epoch ms, between `edges[j]` and `edges[j + 1]`. */
export interface Heatmap {
  readonly stepMs: number;
  readonly t: readonly number[];
  readonly edges: readonly number[];
  readonly counts: readonly (readonly number[])[];
  /** Readings from `t[i]` on that came late. */
  readonly late: readonly number[];
}

export interface HeatmapWish {
  /** Null: all regions together. */
  readonly region: string | null;
  readonly window: TimeWindow;
  readonly points: number;
  readonly bins: number;
}

export async function askHeatmap({ get }: Ask, wish: HeatmapWish): Promise<Heatmap> {
  const { region, window, points, bins } = wish;
  return heatmapOf(
    await get("/api/heatmap", {
      metric: "temp_c",
      ...(region === null ? {} : { region }),
      from: Math.floor(window.fromMs),
      to: Math.ceil(window.toMs),
      points,
      bins,
      flags: 1,
    }),
  );
}

export function heatmapOf(body: unknown): Heatmap {
  const list = (name: string): readonly unknown[] => {
    const value = field(body, name);
    if (!Array.isArray(value)) throw new ApiError(200, `The heatmap has no list ${name}.`);
    return value;
  };
  const stepMs = field(body, "step_ms");
  if (typeof stepMs !== "number" || !(stepMs > 0)) {
    throw new ApiError(200, "The heatmap has no step_ms.");
  }
  return {
    stepMs,
    t: list("t").map((each) => moment(each) ?? 0),
    edges: list("edges").map(Number),
    counts: list("counts").map((bins) => Array.isArray(bins) ? bins.map(Number) : []),
    late: list("late").map(Number),
  };
}

/** The most readings in one cell. */
export function peakOf({ counts }: Heatmap): number {
  return counts.reduce((most, bins) => bins.reduce((high, each) => Math.max(high, each), most), 0);
}

/** 0–1 on a log scale; a single reading is already seen. */
export function heatOf(count: number, peak: number): number {
  if (count <= 0) return 0;
  return peak <= 1 ? 1 : 0.1 + 0.9 * Math.log(count) / Math.log(peak);
}

export interface HeatmapCell {
  readonly column: number;
  readonly bin: number;
}

/** The column that holds a moment; null outside. */
export function columnAt({ t, stepMs }: Heatmap, atMs: number): number | null {
  const column = Math.floor((atMs - (t[0] ?? 0)) / stepMs);
  return column >= 0 && column < t.length ? column : null;
}

/** A column in figures, null where nothing was measured in it. */
export function columnFigures({ edges, counts }: Heatmap, column: number) {
  const bins = counts[column] ?? [];
  const readings = bins.reduce((sum, each) => sum + each, 0);
  if (readings === 0) return null;
  const lowest = bins.findIndex((each) => each > 0);
  const highest = bins.findLastIndex((each) => each > 0);
  return { readings, low: edges[lowest] ?? 0, high: edges[highest + 1] ?? 0 };
}

export interface HeatmapTable {
  /** Edges of the table's bins. */
  readonly edges: readonly number[];
  /** The newest first. */
  readonly rows: readonly HeatmapRow[];
}

export interface HeatmapRow {
  readonly atMs: number;
  readonly counts: readonly number[];
  /** Readings that came late. */
  readonly late: number;
}

/** The same in so few rows and columns that they can be read. */
export function heatmapTable(heatmap: Heatmap, rowsMax: number, binsMax: number): HeatmapTable {
  const { t, edges, counts, late } = heatmap;
  const bins = Math.max(0, edges.length - 1);
  const perBin = Math.max(1, Math.ceil(bins / binsMax));
  const perRow = Math.max(1, Math.ceil(t.length / rowsMax));
  const starts = Array.from({ length: Math.ceil(bins / perBin) }, (_, index) => index * perBin);
  const rows = [];
  for (let end = t.length; end > 0; end -= perRow) {
    const start = Math.max(0, end - perRow);
    const sums = starts.map((first) => {
      let sum = 0;
      for (let column = start; column < end; column++) {
        for (let bin = first; bin < first + perBin; bin++) sum += counts[column]?.[bin] ?? 0;
      }
      return sum;
    });
    const cameLate = late.slice(start, end).reduce((sum, each) => sum + each, 0);
    rows.push({ atMs: t[start] ?? 0, counts: sums, late: cameLate });
  }
  const last = edges.at(-1);
  return {
    edges: bins === 0 ? [] : [...starts.map((first) => edges[first] ?? 0), last ?? 0],
    rows,
  };
}
