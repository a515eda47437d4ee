/**
 * The one place that drives uPlot: lines by region, breaks where data is missing, spreads as bands,
 * a ghost of an earlier stretch, a dot at each newest value. What the pointer does is not uPlot's:
 * crosshair and brush are given, so that charts can share them.
 */
import uPlot from "uplot";
import type { ChartView, RegionColumn } from "../src/browser/chart_columns.ts";
import type { StaleRegion } from "../src/browser/chart_freshness.ts";
import { momentOf, slotAt } from "../src/browser/chart_cursor.ts";
import { METRIC_VIEWS } from "../src/browser/format.ts";
import type { RegionLook } from "../src/browser/regions.ts";
import type { TimeWindow } from "../src/browser/ranges.ts";
import type { TimeFormat } from "../src/browser/times.ts";
import type { Metric } from "../src/model/reading.ts";
import { readColours } from "./plot/canvas_colours.ts";
import { bandColumns, dataOf, plotOptions, sizeOf } from "./plot/plot_options.ts";

export interface PlotInput {
  readonly view: ChartView;
  readonly metric: Metric;
  readonly looks: ReadonlyMap<string, RegionLook>;
  readonly emphasis: string | null;
  readonly time: TimeFormat;
  /** The regions as they were so much earlier, in the view's slots; empty: no ghost. */
  readonly ghost: readonly RegionColumn[];
  readonly stale: readonly StaleRegion[];
}

export interface PlotMarks {
  readonly crosshairMs: number | null;
  readonly brush: TimeWindow | null;
}

export interface LinePlot {
  draw(input: PlotInput): void;
  mark(marks: PlotMarks): void;
  resize(): void;
  /** Reads the colours again. */
  restyle(): void;
  destroy(): void;
}

export function createLinePlot(host: HTMLElement): LinePlot {
  let plot: uPlot | null = null;
  let key = "";
  let input: PlotInput | null = null;
  let marks: PlotMarks = { crosshairMs: null, brush: null };
  let colours = readColours(host);
  const rebuild = () => {
    if (input === null) return;
    plot?.destroy();
    plot = new uPlot(plotOptions(host, () => input, () => colours), dataOf(input), host);
    later();
  };
  const apply = () => {
    if (plot === null || input === null) return;
    showCrosshair(plot, input.view, marks.crosshairMs);
    showBrush(plot, marks.brush);
  };
  /** uPlot takes new data and sizes in a microtask of its own; places are true after it. */
  const later = () => queueMicrotask(apply);
  return {
    draw: (next) => {
      const before = key;
      input = next;
      key = keyOf(next);
      if (plot === null || key !== before) return rebuild();
      plot.setData(dataOf(next));
      later();
    },
    mark: (next) => {
      marks = next;
      apply();
    },
    resize: () => {
      plot?.setSize(sizeOf(host));
      later();
    },
    restyle: () => {
      colours = readColours(host);
      rebuild();
    },
    destroy: () => plot?.destroy(),
  };
}

/** What uPlot has to be built anew for. */
function keyOf(input: PlotInput): string {
  return JSON.stringify([
    input.view.regions.map((each) => each.region),
    input.ghost.map((each) => each.region),
    bandColumns(input).length,
    input.time.zone,
    METRIC_VIEWS[input.metric].unit,
  ]);
}

/** The moment under a pointer, within the view. */
export function pointedMs(plot: uPlot, { fromMs, toMs }: ChartView, clientX: number): number {
  const { left } = plot.over.getBoundingClientRect();
  return Math.min(toMs, Math.max(fromMs, plot.posToVal(clientX - left, "x") * 1000));
}

export function showCrosshair(plot: uPlot, view: ChartView, atMs: number | null): void {
  const slot = atMs === null ? null : slotAt(view, atMs);
  const left = slot === null ? -10 : plot.valToPos(momentOf(view, slot) / 1000, "x");
  plot.setCursor({ left, top: slot === null ? -10 : 0 }, false);
}

export function showBrush(plot: uPlot, brush: TimeWindow | null): void {
  const { clientWidth, clientHeight } = plot.over;
  const xOf = (atMs: number) => Math.min(clientWidth, Math.max(0, plot.valToPos(atMs / 1000, "x")));
  const left = brush === null ? 0 : xOf(brush.fromMs);
  const width = brush === null ? 0 : xOf(brush.toMs) - left;
  plot.setSelect({ left, width, top: 0, height: brush === null ? 0 : clientHeight }, false);
}
