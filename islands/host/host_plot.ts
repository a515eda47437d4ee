/**
 * One metric of one host as uPlot draws it: the band from lowest to highest always, the mean over
 * it, the limits of alerts across. Crosshair and chosen stretch are given, as all plots of a page
 * share them; what hands do is seen to elsewhere.
 */
import uPlot from "uplot";
import type { Limit } from "../../src/browser/alert_rules.ts";
import { lonePoints, timeLabel, valueRange } from "../../src/browser/chart_axes.ts";
import type { Cell, ChartView, RegionColumn } from "../../src/browser/chart_columns.ts";
import { formatNumber, shownValue } from "../../src/browser/format.ts";
import { bandOf } from "../../src/browser/host_facts.ts";
import type { OddMark } from "../../src/browser/odd_readings.ts";
import type { TimeFormat } from "../../src/browser/times.ts";
import type { Metric } from "../../src/model/reading.ts";
import { type PlotMarks, pointedMs, showBrush, showCrosshair } from "../line_plot.ts";
import { fontPx, timeRoomPx, timeSpacePx, valueRoomPx } from "../plot/axis_room.ts";
import { NO_POINTER } from "../plot/plot_options.ts";
import { drawOddMarks } from "./odd_marks.ts";

export interface HostPlotInput {
  readonly view: ChartView;
  readonly metric: Metric;
  readonly column: RegionColumn;
  readonly limits: readonly Limit[];
  readonly marks: readonly OddMark[];
  readonly time: TimeFormat;
}

export interface HostPlot {
  draw(input: HostPlotInput): void;
  /** Crosshair and chosen stretch, which all plots of a host share. */
  mark(marks: PlotMarks): void;
  /** The moment at a place on the screen, within what is shown. */
  msAt(clientX: number): number;
  resize(): void;
  restyle(): void;
  destroy(): void;
}

export function createHostPlot(host: HTMLElement, hasTimes: boolean): HostPlot {
  let input: HostPlotInput | null = null;
  let plot: uPlot | null = null;
  let marks: PlotMarks = { crosshairMs: null, brush: null };
  const apply = () => {
    if (plot === null || input === null) return;
    showCrosshair(plot, input.view, marks.crosshairMs);
    showBrush(plot, marks.brush);
  };
  /** uPlot takes new data and sizes in a microtask of its own; places are true after it. */
  const later = () => queueMicrotask(apply);
  const build = () => {
    plot?.destroy();
    if (input === null) return;
    const given = () => input;
    plot = new uPlot(optionsOf(host, hasTimes, given), dataOf(input), host);
    later();
  };
  return {
    draw: (next) => {
      const isNew = plot === null || input?.time.zone !== next.time.zone;
      input = next;
      if (isNew) build();
      else plot?.setData(dataOf(next));
      later();
    },
    mark: (next) => {
      marks = next;
      apply();
    },
    msAt: (clientX) => {
      return plot === null || input === null ? 0 : pointedMs(plot, input.view, clientX);
    },
    resize: () => {
      plot?.setSize(sizeOf(host));
      later();
    },
    restyle: build,
    destroy: () => plot?.destroy(),
  };
}

/** In the unit that is shown. */
function dataOf({ view, metric, column }: HostPlotInput): uPlot.AlignedData {
  const shown = (cells: readonly Cell[]) =>
    cells.map((cell) => typeof cell === "number" ? shownValue(metric, cell) : cell);
  return [view.x, shown(column.mean), shown(column.max), shown(column.min)];
}

function sizeOf(host: HTMLElement) {
  return { width: Math.max(200, host.clientWidth), height: Math.max(70, host.clientHeight) };
}

function optionsOf(
  host: HTMLElement,
  hasTimes: boolean,
  input: () => HostPlotInput | null,
): uPlot.Options {
  const style = getComputedStyle(host);
  const property = (name: string) => style.getPropertyValue(name).trim();
  const colour = property("--region") || property("--accent");
  const edge = { stroke: "transparent", width: 0, points: { show: false } };
  return {
    ...sizeOf(host),
    legend: { show: false },
    padding: [6, 12, hasTimes ? 0 : 4, 0],
    cursor: {
      y: false,
      points: { size: 7 },
      drag: { x: false, y: false },
      bind: NO_POINTER,
    },
    scales: {
      x: { time: true, range: () => xRange(input()) },
      y: { range: () => yRange(input()) },
    },
    axes: axesOf(style, hasTimes, input),
    series: [
      {},
      {
        width: 1.75,
        stroke: colour,
        spanGaps: false,
        points: {
          size: 5,
          width: 0,
          fill: colour,
          filter: (plot, index) => lonePoints((plot.data[index] ?? []) as Cell[]),
        },
      },
      edge,
      edge,
    ],
    bands: [{ series: [2, 3], fill: `${colour}38` }],
    hooks: {
      draw: [(plot) => {
        const now = input();
        if (now === null) return;
        drawLimits(plot, now, property);
        drawOddMarks(plot, now.marks, property);
      }],
    },
  };
}

function xRange(input: HostPlotInput | null): uPlot.Range.MinMax {
  return input === null ? [0, 1] : [input.view.fromMs / 1000, input.view.toMs / 1000];
}

/** Around the whole band, with the same least spans as everywhere. */
function yRange(input: HostPlotInput | null): uPlot.Range.MinMax {
  if (input === null) return [0, 1];
  const band = bandOf(input.column);
  const ends: RegionColumn = { ...input.column, mean: band === null ? [] : [...band] };
  const [low, high] = valueRange(input.metric, { ...input.view, regions: [ends] });
  return [shownValue(input.metric, low), shownValue(input.metric, high)];
}

function axesOf(
  style: CSSStyleDeclaration,
  hasTimes: boolean,
  input: () => HostPlotInput | null,
): uPlot.Axis[] {
  const property = (name: string) => style.getPropertyValue(name).trim();
  const font = `${style.fontSize} ${style.fontFamily}`;
  const look = { stroke: property("--text-quiet"), font, ticks: { show: false } };
  const grid = { stroke: property("--grid"), width: 1 };
  return [
    {
      ...look,
      grid,
      space: () => timeSpacePx(font, input()?.time),
      size: hasTimes ? timeRoomPx(font) : 0,
      values: (_plot, splits, _axis, _space, step) =>
        splits.map((atS) => {
          const time = input()?.time;
          return time === undefined || !hasTimes ? "" : timeLabel(atS, step, time);
        }),
    },
    {
      ...look,
      grid,
      space: 2.8 * fontPx(font),
      // One width for all, or the crosshair would not be one line.
      size: valueRoomPx(font, null),
      values: (_plot, splits, _axis, _space, step) =>
        splits.map((value) => formatNumber(value, step < 0.1 ? 2 : step < 1 ? 1 : 0)),
    },
  ];
}

function drawLimits(
  plot: uPlot,
  input: HostPlotInput,
  property: (name: string) => string,
): void {
  const { left, top, width, height } = plot.bbox;
  const { ctx } = plot;
  for (const { severity, above } of input.limits) {
    const y = plot.valToPos(shownValue(input.metric, above), "y", true);
    if (y < top || y > top + height) continue;
    ctx.save();
    ctx.strokeStyle = property(severity === "critical" ? "--bad" : "--warn");
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(left + width, y);
    ctx.stroke();
    ctx.restore();
  }
}
