/**
 * The one place that drives uPlot: lines by region, breaks where data is missing, the spread of the
 * emphasised region as a band, a dot at each newest value. Colours are read from the style sheet's
 * custom properties, so light and dark need nothing here.
 */
import uPlot from "uplot";
import { lastValue, lonePoints, timeLabel, valueRange } from "../src/browser/chart_axes.ts";
import type { Cell, ChartView } from "../src/browser/chart_columns.ts";
import type { RegionLook } from "../src/browser/regions.ts";
import type { TimeFormat } from "../src/browser/times.ts";
import { formatNumber, METRIC_VIEWS, shownValue } from "../src/browser/format.ts";
import type { Metric } from "../src/model/reading.ts";

export interface PlotInput {
  readonly view: ChartView;
  readonly metric: Metric;
  readonly looks: ReadonlyMap<string, RegionLook>;
  readonly emphasis: string | null;
  readonly time: TimeFormat;
}

export interface LinePlot {
  draw(input: PlotInput): void;
  resize(): void;
  /** Reads the colours again. */
  restyle(): void;
  destroy(): void;
}

/** `onCursor` gets the index of the pointed-at slot, null when the pointer has left. */
export function createLinePlot(
  host: HTMLElement,
  onCursor: (index: number | null) => void,
): LinePlot {
  let plot: uPlot | null = null;
  let key = "";
  let input: PlotInput | null = null;
  let colours = readColours(host);
  const rebuild = () => {
    if (input === null) return;
    plot?.destroy();
    plot = new uPlot(
      plotOptions(host, () => input, () => colours, onCursor),
      dataOf(input),
      host,
    );
  };
  return {
    draw: (next) => {
      const before = key;
      input = next;
      key = JSON.stringify([
        next.view.regions.map((each) => each.region),
        next.time.zone,
        METRIC_VIEWS[next.metric].unit,
      ]);
      if (plot === null || key !== before) return rebuild();
      plot.setData(dataOf(next));
    },
    resize: () => plot?.setSize(sizeOf(host)),
    restyle: () => {
      colours = readColours(host);
      rebuild();
    },
    destroy: () => plot?.destroy(),
  };
}

interface Colours {
  readonly regions: readonly string[];
  readonly grid: string;
  readonly text: string;
  readonly font: string;
}

function readColours(host: HTMLElement): Colours {
  const style = getComputedStyle(host);
  const property = (name: string) => style.getPropertyValue(name).trim();
  return {
    regions: Array.from({ length: 9 }, (_, slot) => slot === 0 ? "" : property(`--region-${slot}`)),
    grid: property("--grid"),
    text: property("--text-quiet"),
    font: `${style.fontSize} ${style.fontFamily}`,
  };
}

function sizeOf(host: HTMLElement) {
  return { width: Math.max(200, host.clientWidth), height: Math.max(120, host.clientHeight) };
}

/** x, one column a region, then the emphasised region's highest and lowest. */
function dataOf({ view, emphasis, metric }: PlotInput): uPlot.AlignedData {
  const band = view.regions.find((each) => each.region === emphasis);
  const none: Cell[] = new Array<undefined>(view.x.length).fill(undefined);
  const columns = [
    ...view.regions.map((each) => each.mean),
    band?.max ?? none,
    band?.min ?? none,
  ];
  return [view.x, ...columns.map((column) => inShownUnit(metric, column))];
}

function inShownUnit(metric: Metric, column: readonly Cell[]): Cell[] {
  if (shownValue(metric, 0) === 0) return column as Cell[];
  return column.map((cell) => typeof cell === "number" ? shownValue(metric, cell) : cell);
}

function plotOptions(
  host: HTMLElement,
  input: () => PlotInput | null,
  colours: () => Colours,
  onCursor: (index: number | null) => void,
): uPlot.Options {
  const names = input()?.view.regions.map((each) => each.region) ?? [];
  const lookOf = (name: string | null | undefined) =>
    name === null || name === undefined ? undefined : input()?.looks.get(name);
  const colourOf = (name: string | null | undefined) =>
    colours().regions[lookOf(name)?.slot ?? 1] ?? "";
  const faded = (name: string) => {
    const emphasis = input()?.emphasis ?? null;
    return emphasis !== null && emphasis !== name;
  };
  const edge = { stroke: "transparent", width: 0, points: { show: false } };
  return {
    ...sizeOf(host),
    legend: { show: false },
    padding: [8, 26, 0, 0],
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    scales: {
      x: { time: true, range: () => xRange(input()) },
      y: { range: () => yRange(input()) },
    },
    axes: axes(input, colours),
    series: [
      {},
      ...names.map((name): uPlot.Series => ({
        label: name,
        width: 2,
        dash: [...(lookOf(name)?.dash ?? [])],
        spanGaps: false,
        stroke: () => faded(name) ? alpha(colourOf(name), 0.25) : colourOf(name),
        points: {
          size: 5,
          width: 0,
          fill: () => colourOf(name),
          filter: (plot, index) => lonePoints((plot.data[index] ?? []) as Cell[]),
        },
      })),
      edge,
      edge,
    ],
    bands: [{
      series: [names.length + 1, names.length + 2],
      fill: () => alpha(colourOf(input()?.emphasis), 0.16),
    }],
    hooks: {
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
      draw: [(plot) =>
        names.forEach((name, index) => {
          if (!faded(name)) drawNewest(plot, index + 1, colourOf(name));
        })],
    },
  };
}

function xRange(input: PlotInput | null): uPlot.Range.MinMax {
  return input === null ? [0, 1] : [input.view.fromMs / 1000, input.view.toMs / 1000];
}

function yRange(input: PlotInput | null): uPlot.Range.MinMax {
  if (input === null) return [0, 1];
  const [low, high] = valueRange(input.metric, input.view);
  return [shownValue(input.metric, low), shownValue(input.metric, high)];
}

function axes(input: () => PlotInput | null, colours: () => Colours): uPlot.Axis[] {
  const grid = { stroke: () => colours().grid, width: 1 };
  const look = {
    stroke: () => colours().text,
    font: colours().font,
    ticks: { show: false },
    grid,
  };
  return [
    {
      ...look,
      grid: { show: false },
      space: 72,
      size: 30,
      values: (_plot, splits, _axis, _space, step) =>
        splits.map((atS) => {
          const time = input()?.time;
          return time === undefined ? "" : timeLabel(atS, step, time);
        }),
    },
    {
      ...look,
      space: 48,
      size: (_plot, values) => 14 + 8 * Math.max(2, ...(values ?? []).map((text) => text.length)),
      values: (_plot, splits, _axis, _space, step) =>
        splits.map((value) => formatNumber(value, step < 0.1 ? 2 : step < 1 ? 1 : 0)),
    },
  ];
}

function drawNewest(plot: uPlot, index: number, colour: string): void {
  const last = lastValue((plot.data[index] ?? []) as Cell[]);
  if (last === null) return;
  const x = plot.valToPos(plot.data[0][last.index] ?? 0, "x", true);
  const y = plot.valToPos(last.value, "y", true);
  const { left, width } = plot.bbox;
  if (x < left || x > left + width) return;
  plot.ctx.fillStyle = colour;
  plot.ctx.beginPath();
  plot.ctx.arc(x, y, 3.5 * devicePixelRatio, 0, 2 * Math.PI);
  plot.ctx.fill();
}

/** `#rrggbb` with an opacity. */
function alpha(colour: string, opacity: number): string {
  return `${colour}${Math.round(opacity * 255).toString(16).padStart(2, "0")}`;
}
