/**
 * One metric of one host as uPlot draws it: the band from lowest to highest always, the mean over
 * it, the limits of alerts across. All plots of a page share one crosshair, and a stretch that is
 * dragged over is told once.
 */
import uPlot from "uplot";
import type { Limit } from "../../src/browser/alert_rules.ts";
import { lonePoints, timeLabel, valueRange } from "../../src/browser/chart_axes.ts";
import type { Cell, ChartView, RegionColumn } from "../../src/browser/chart_columns.ts";
import { formatNumber, shownValue } from "../../src/browser/format.ts";
import { bandOf } from "../../src/browser/host_facts.ts";
import type { TimeFormat } from "../../src/browser/times.ts";
import type { Metric } from "../../src/model/reading.ts";

export interface HostPlotInput {
  readonly view: ChartView;
  readonly metric: Metric;
  readonly column: RegionColumn;
  readonly limits: readonly Limit[];
  readonly time: TimeFormat;
}

export interface HostPlotEvents {
  /** The slot under the crosshair; null: none. */
  onCursor(slot: number | null): void;
  /** Epoch ms. */
  onBrush(fromMs: number, toMs: number): void;
}

export interface HostPlot {
  draw(input: HostPlotInput): void;
  /** By the keyboard; null takes the crosshair away. */
  point(slot: number | null): void;
  /** Shows a stretch of slots as chosen; null: none. */
  mark(slots: readonly [number, number] | null): void;
  resize(): void;
  restyle(): void;
  destroy(): void;
}

const CROSSHAIR = "host";

export function createHostPlot(
  host: HTMLElement,
  hasTimes: boolean,
  events: HostPlotEvents,
): HostPlot {
  let input: HostPlotInput | null = null;
  let plot: uPlot | null = null;
  const build = () => {
    plot?.destroy();
    if (input === null) return;
    const given = () => input;
    plot = new uPlot(optionsOf(host, hasTimes, given, events), dataOf(input), host);
  };
  const leftOf = (slot: number) => plot?.valToPos(plot.data[0][slot] ?? 0, "x") ?? -10;
  return {
    draw: (next) => {
      const isNew = plot === null || input?.time.zone !== next.time.zone;
      input = next;
      if (isNew) build();
      else plot?.setData(dataOf(next));
    },
    point: (slot) => plot?.setCursor({ left: slot === null ? -10 : leftOf(slot), top: 10 }),
    mark: (slots) => {
      const [from, to] = slots === null ? [0, 0] : [leftOf(slots[0]), leftOf(slots[1])];
      const left = Math.min(from, to), width = Math.abs(to - from);
      plot?.setSelect({ left, top: 0, width, height: plot.over.clientHeight }, false);
    },
    resize: () => plot?.setSize(sizeOf(host)),
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
  { onCursor, onBrush }: HostPlotEvents,
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
      drag: { x: true, y: false, setScale: false, dist: 4 },
      sync: { key: CROSSHAIR, setSeries: false },
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
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
      setSelect: [(plot) => {
        const { left, width } = plot.select;
        // A synchronised plot is told too; only the one that was dragged on answers.
        if (width < 4 || plot.cursor.event?.type !== "mouseup") return;
        const at = (x: number) => plot.posToVal(x, "x") * 1000;
        onBrush(at(left), at(left + width));
        plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      }],
      draw: [(plot) => drawLimits(plot, input(), property)],
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
  const look = {
    stroke: property("--text-quiet"),
    font: `${style.fontSize} ${style.fontFamily}`,
    ticks: { show: false },
  };
  const grid = { stroke: property("--grid"), width: 1 };
  return [
    {
      ...look,
      grid,
      space: 72,
      size: hasTimes ? 28 : 0,
      values: (_plot, splits, _axis, _space, step) =>
        splits.map((atS) => {
          const time = input()?.time;
          return time === undefined || !hasTimes ? "" : timeLabel(atS, step, time);
        }),
    },
    {
      ...look,
      grid,
      space: 34,
      // One width for all, or the crosshair would not be one line.
      size: 58,
      values: (_plot, splits, _axis, _space, step) =>
        splits.map((value) => formatNumber(value, step < 0.1 ? 2 : step < 1 ? 1 : 0)),
    },
  ];
}

function drawLimits(
  plot: uPlot,
  input: HostPlotInput | null,
  property: (name: string) => string,
): void {
  if (input === null) return;
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
