/** What a chart shows, as rows of a file: the same values for a table or a program. Pure. */
import type { RegionNow } from "../model/live_event.ts";
import type { Metric } from "../model/reading.ts";
import { type ChartView, type RegionColumn, slotStartMs } from "./chart_columns.ts";
import type { GridGroup } from "./grid_cells.ts";
import type { Heatmap } from "./heatmap.ts";
import type { Histogram } from "./page_state.ts";
import type { TimeWindow } from "./ranges.ts";
import { compareNames } from "./regions.ts";

export type ExportCell = string | number | null;

export interface ExportRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly ExportCell[])[];
}

export interface Ghost {
  readonly columns: readonly RegionColumn[];
  /** So much earlier than where it is drawn. */
  readonly earlierMs: number;
}

/** RFC 4180: lines end with CR LF, what holds a comma, a quote or a line's end stands in quotes. */
export function toCsv({ columns, rows }: ExportRows): string {
  const line = (cells: readonly ExportCell[]) => cells.map(csvCell).join(",") + "\r\n";
  return [columns, ...rows].map(line).join("");
}

/** One JSON object a line. */
export function toNdjson({ columns, rows }: ExportRows): string {
  return rows.map((cells) =>
    JSON.stringify(Object.fromEntries(columns.map((name, index) => [name, cells[index] ?? null]))) +
    "\n"
  ).join("");
}

function csvCell(cell: ExportCell): string {
  const text = cell === null ? "" : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * The buckets of a line chart in which anything was measured, by time, then region. A ghost's stand
 * at their own, earlier time.
 */
export function chartRows(view: ChartView, metric: Metric, ghost: Ghost | null): ExportRows {
  const rows = [
    ...(ghost === null ? [] : columnRows(view, metric, ghost.columns, ghost.earlierMs)),
    ...columnRows(view, metric, view.regions, 0),
  ];
  return { columns: ["start", "region", "metric", "mean", "min", "max", "count"], rows };
}

/** The measures of one host, by time; a column of `view` is a measure under its name. */
export function hostRows(
  view: ChartView,
  { host, region }: { readonly host: string; readonly region: string },
): ExportRows {
  return {
    columns: ["start", "host_id", "region", "metric", "mean", "min", "max", "count"],
    rows: slotRows(view, view.regions, 0, (metric) => [host, region, metric]),
  };
}

function columnRows(
  view: ChartView,
  metric: Metric,
  columns: readonly RegionColumn[],
  earlierMs: number,
): ExportCell[][] {
  return slotRows(view, columns, earlierMs, (region) => [region, metric]);
}

/** @param whose what a row says of its column, given the column's name */
function slotRows(
  view: ChartView,
  columns: readonly RegionColumn[],
  earlierMs: number,
  whose: (name: string) => readonly string[],
): ExportCell[][] {
  const rows: ExportCell[][] = [];
  for (let slot = 0; slot < view.x.length; slot++) {
    const start = iso(slotStartMs(view, slot) - earlierMs);
    for (const { region, mean, min, max, count } of columns) {
      const value = mean[slot];
      if (value === null || value === undefined) continue;
      const figures = [value, min[slot] ?? value, max[slot] ?? value].map(rounded);
      rows.push([start, ...whose(region), ...figures, count[slot] ?? 0]);
    }
  }
  return rows;
}

/** Cells of the heatmap that hold readings. @param region null: all together */
export function heatmapRows(heatmap: Heatmap, region: string | null): ExportRows {
  const rows = heatmap.t.flatMap((atMs, index) =>
    (heatmap.counts[index] ?? []).flatMap((count, bin) =>
      count === 0
        ? []
        : [[iso(atMs), region, "temp_c", heatmap.edges[bin]!, heatmap.edges[bin + 1]!, count]]
    )
  );
  return { columns: ["start", "region", "metric", "from", "to", "count"], rows };
}

/** Every bin of every region; `start` and `end` are those of the window. */
export function histogramExport({ window, edges, counts }: Histogram): ExportRows {
  const [start, end] = [iso(window.fromMs), iso(window.toMs)];
  const rows = Object.entries(counts).sort(([a], [b]) => compareNames(a, b)).flatMap((
    [region, bins],
  ) =>
    bins.map((count, bin) => [start, end, region, "temp_c", edges[bin]!, edges[bin + 1]!, count])
  );
  return { columns: ["start", "end", "region", "metric", "from", "to", "count"], rows };
}

/** How much each region had sent at a moment, how fast it came, and when its newest was measured. */
export function volumeRows(regions: readonly RegionNow[], atMs: number): ExportRows {
  const rows = regions.map(({ region, rows, rate, newestMs }) => [
    iso(atMs),
    region,
    rows,
    rounded(rate),
    newestMs === null ? null : iso(newestMs),
  ]);
  return { columns: ["at", "region", "readings", "per_second", "newest"], rows };
}

/** The hosts of the grid as it shows them, in its order; of a metric at a moment. */
export function gridRows(
  groups: readonly GridGroup[],
  metric: Metric,
  atMs: number,
): ExportRows {
  const rows = groups.flatMap(({ cells }) =>
    cells.map(({ host, region, value, ageS, state }) => [
      iso(atMs),
      host,
      region,
      metric,
      value,
      state,
      ageS,
    ])
  );
  return { columns: ["at", "host_id", "region", "metric", "value", "state", "age_s"], rows };
}

/** `rackwatch-temp_c-20251121T024256Z-20251121T034256Z.csv` */
export function fileName(
  what: string,
  { fromMs, toMs }: TimeWindow,
  extension: string,
): string {
  return `rackwatch-${what}-${compact(fromMs)}-${compact(toMs)}.${extension}`;
}

/** `rackwatch-volume-20251121T034256Z.csv`: of what is true at one moment. */
export function momentFileName(what: string, atMs: number, extension: string): string {
  return `rackwatch-${what}-${compact(atMs)}.${extension}`;
}

/** A name of anyone's making, as part of a file's name: letters, digits and `._-` stay. */
export function inFileName(name: string): string {
  return name.replace(/[^\p{L}\p{N}._-]+/gu, "_").slice(0, 80);
}

/** To the nearest second. */
function compact(atMs: number): string {
  return iso(Math.round(atMs / 1000) * 1000).replace(/[-:]|\.\d+/g, "");
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** To a millionth, as sums are kept. */
function rounded(value: number): number {
  return Number(value.toFixed(6));
}
