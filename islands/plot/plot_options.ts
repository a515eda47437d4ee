/** A line chart as uPlot wants it told: columns, series, bands, axes. */
import type uPlot from "uplot";
import { lonePoints, timeLabel, valueRange } from "../../src/browser/chart_axes.ts";
import { bandsOf } from "../../src/browser/chart_bands.ts";
import type { Cell, RegionColumn } from "../../src/browser/chart_columns.ts";
import { tickDigits, type Ticks, timeTicks, valueTicks } from "../../src/browser/chart_ticks.ts";
import { formatNumber, shownValue } from "../../src/browser/format.ts";
import type { Metric } from "../../src/model/reading.ts";
import type { PlotInput } from "../line_plot.ts";
import { fontPx, timeRoomPx, valueRoomPx } from "./axis_room.ts";
import { alpha, type CanvasColours } from "./canvas_colours.ts";
import { drawEnds } from "./plot_ends.ts";
import { drawLate } from "./plot_late.ts";

export function sizeOf(host: HTMLElement) {
  return { width: Math.max(200, host.clientWidth), height: Math.max(120, host.clientHeight) };
}

/** Regions whose spread is drawn. One that may be emphasised has its place also while none is. */
export function bandColumns({ view, emphasis }: PlotInput): readonly (RegionColumn | null)[] {
  const names = bandsOf(view, emphasis);
  if (names.length === 0) return [null];
  return view.regions.filter((each) => names.includes(each.region));
}

/** x, one column a region, one a ghost, then highest and lowest of each band. */
export function dataOf(input: PlotInput): uPlot.AlignedData {
  const { view, ghost } = input;
  const none: Cell[] = new Array<undefined>(view.x.length).fill(undefined);
  const columns = [
    ...view.regions.map((each) => each.mean),
    ...ghost.map((each) => each.mean),
    ...bandColumns(input).flatMap((band) => [band?.max ?? none, band?.min ?? none]),
  ];
  return [view.x, ...columns.map((column) => inShownUnit(input.metric, column))];
}

function inShownUnit(metric: Metric, column: readonly Cell[]): Cell[] {
  if (shownValue(metric, 0) === 0) return column as Cell[];
  return column.map((cell) => typeof cell === "number" ? shownValue(metric, cell) : cell);
}

type Reading = () => PlotInput | null;

const NO_TICKS: Ticks = { at: [], step: 1 };

export function plotOptions(
  host: HTMLElement,
  input: Reading,
  colours: () => CanvasColours,
): uPlot.Options {
  const first = input();
  const names = first?.view.regions.map((each) => each.region) ?? [];
  const ghosts = first?.ghost.map((each) => each.region) ?? [];
  const bands = first === null ? [] : bandColumns(first);
  const style = lineStyles(input, colours);
  const edge = { stroke: "transparent", width: 0, points: { show: false } };
  const bandsFrom = 1 + names.length + ghosts.length;
  return {
    ...sizeOf(host),
    legend: { show: false },
    padding: [0.7 * fontPx(colours().font), 26, 0, 0],
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false }, bind: NO_POINTER },
    scales: {
      x: { time: true, range: () => xRange(input()) },
      y: { range: () => yRange(input()) },
    },
    axes: axes(input, colours),
    series: [
      {},
      ...names.map((name) => style.line(name)),
      ...ghosts.map((name) => style.ghost(name)),
      ...bands.flatMap(() => [edge, edge]),
    ],
    bands: bands.map((_, index): uPlot.Band => ({
      series: [bandsFrom + 2 * index, bandsFrom + 2 * index + 1],
      fill: () => style.band(index),
    })),
    hooks: {
      draw: [(plot) => {
        const now = input();
        if (now === null) return;
        drawEnds(plot, now, colours(), style.isFaded);
        drawLate(plot, now, colours());
      }],
    },
  };
}

/** Crosshair and brush are shared by several charts: what the pointer does is seen to elsewhere. */
export const NO_POINTER = Object.fromEntries(
  ["mousedown", "mouseup", "click", "dblclick", "mousemove", "mouseleave", "mouseenter"]
    .map((name) => [name, () => null]),
) as unknown as uPlot.Cursor.Bind;

function lineStyles(input: Reading, colours: () => CanvasColours) {
  const lookOf = (name: string) => input()?.looks.get(name);
  const colourOf = (name: string) => colours().regions[lookOf(name)?.slot ?? 1] ?? "";
  const isFaded = (name: string) => {
    const emphasis = input()?.emphasis ?? null;
    return emphasis !== null && emphasis !== name;
  };
  const strokeOf = (name: string) => isFaded(name) ? alpha(colourOf(name), 0.25) : colourOf(name);
  return {
    isFaded,
    line: (name: string): uPlot.Series => ({
      label: name,
      width: Math.max(2, Math.round(fontPx(colours().font) / 6)),
      dash: [...(lookOf(name)?.dash ?? [])],
      spanGaps: false,
      stroke: () => strokeOf(name),
      points: {
        size: 5,
        width: 0,
        fill: () => strokeOf(name),
        filter: (plot, index) => lonePoints((plot.data[index] ?? []) as Cell[]),
      },
    }),
    ghost: (name: string): uPlot.Series => ({
      label: name,
      width: 1.5,
      dash: [4, 4],
      spanGaps: false,
      stroke: () => alpha(colourOf(name), isFaded(name) ? 0.15 : 0.6),
      points: { show: false },
    }),
    band: (index: number): string => {
      const now = input();
      const region = now === null ? undefined : bandColumns(now)[index]?.region;
      if (region === undefined || isFaded(region)) return "transparent";
      return alpha(colourOf(region), now?.emphasis === region ? 0.2 : 0.09);
    },
  };
}

function xRange(input: PlotInput | null): uPlot.Range.MinMax {
  return input === null ? [0, 1] : [input.view.fromMs / 1000, input.view.toMs / 1000];
}

function yRange(input: PlotInput | null): [number, number] {
  if (input === null) return [0, 1];
  const [low, high] = valueRange(input.metric, input.view, input);
  return [shownValue(input.metric, low), shownValue(input.metric, high)];
}

/** The ticks of the sketch: what uPlot takes over from it stays where it was. */
function axes(input: Reading, colours: () => CanvasColours): uPlot.Axis[] {
  const times = (): Ticks => {
    const now = input();
    return now === null ? NO_TICKS : timeTicks(now.view, now.time);
  };
  const values = () => valueTicks(...yRange(input()));
  const look = {
    stroke: () => colours().quiet,
    font: colours().font,
    ticks: { show: false },
    grid: { stroke: () => colours().grid, width: 1 },
  };
  return [
    {
      ...look,
      grid: { show: false },
      size: () => timeRoomPx(colours().font),
      // Below the letters of the lowest value.
      gap: 0.7 * fontPx(colours().font),
      splits: () => times().at.map((atMs) => atMs / 1000),
      values: (_plot, splits) => {
        const time = input()?.time, stepS = times().step / 1000;
        return splits.map((atS) => time === undefined ? "" : timeLabel(atS, stepS, time));
      },
    },
    {
      ...look,
      // The same for what all measures need, so that linked charts stand under one another.
      size: (_plot, texts) => valueRoomPx(colours().font, texts),
      splits: () => [...values().at],
      values: (_plot, splits) => {
        const digits = tickDigits(values().step);
        return splits.map((value) => formatNumber(value, digits));
      },
    },
  ];
}
