/** Draws the heatmap: cells, axes, the colours' scale, and what is being pointed at or selected. */
import { timeLabel } from "../../src/browser/chart_axes.ts";
import { degreesText } from "../../src/browser/degrees.ts";
import { formatCompact } from "../../src/browser/format.ts";
import { type Heatmap, type HeatmapCell, heatOf, peakOf } from "../../src/browser/heatmap.ts";
import type { TimeWindow } from "../../src/browser/ranges.ts";
import { ticksOf, xOf } from "../../src/browser/timeline_window.ts";
import type { TimeFormat } from "../../src/browser/times.ts";
import { zoneOffsetMs } from "../../src/browser/zone_offset.ts";
import type { CanvasColours } from "../plot/canvas_colours.ts";
import { clearCanvas } from "../plot/canvas_size.ts";
import { drawLateMarks } from "../plot/plot_late.ts";

export interface HeatmapPicture {
  readonly heatmap: Heatmap;
  readonly window: TimeWindow;
  readonly cell: HeatmapCell | null;
  readonly crosshairMs: number | null;
  readonly brush: TimeWindow | null;
  readonly time: TimeFormat;
}

export const LEFT = 54;
export const RIGHT = 26;
const TOP = 22;
const BOTTOM = 24;
const TICK_PX_MIN = 92;
const SHADES = 32;
const SCALE_PX = 96;

interface Plot {
  readonly context: CanvasRenderingContext2D;
  readonly colours: CanvasColours;
  readonly width: number;
  readonly height: number;
}

/** The canvas takes the size it has on the page, in device pixels. */
export function drawHeatmap(
  canvas: HTMLCanvasElement,
  picture: HeatmapPicture,
  colours: CanvasColours,
): void {
  const context = clearCanvas(canvas);
  if (context === null) return;
  const { clientWidth, clientHeight } = canvas;
  const plot = {
    context,
    colours,
    width: clientWidth - LEFT - RIGHT,
    height: clientHeight - TOP - BOTTOM,
  };
  const peak = peakOf(picture.heatmap);
  const shades = shadesOf(colours);
  context.translate(LEFT, TOP);
  drawCells(plot, picture, peak, shades);
  drawAxes(plot, picture);
  drawLate(plot, picture);
  drawMarks(plot, picture);
  drawScale(plot, peak, shades);
}

function drawCells(
  { context, width, height }: Plot,
  { heatmap, window }: HeatmapPicture,
  peak: number,
  shades: readonly string[],
): void {
  const bins = heatmap.edges.length - 1;
  heatmap.t.forEach((atMs, column) => {
    // Whole pixels: with halves, lines show between the cells.
    const left = Math.max(0, Math.round(xOf(atMs, window, width)));
    const right = Math.min(width, Math.round(xOf(atMs + heatmap.stepMs, window, width)));
    if (right <= left) return;
    (heatmap.counts[column] ?? []).forEach((count, bin) => {
      if (count === 0) return;
      const top = Math.round(height * (1 - (bin + 1) / bins));
      const bottom = Math.round(height * (1 - bin / bins));
      context.fillStyle = shades[Math.round(heatOf(count, peak) * (SHADES - 1))] ?? "";
      context.fillRect(left, top, right - left, bottom - top);
    });
  });
}

function drawAxes(plot: Plot, { heatmap, window, time }: HeatmapPicture): void {
  const { context, colours, width, height } = plot;
  context.fillStyle = colours.quiet;
  context.font = colours.font;
  const bins = heatmap.edges.length - 1;
  const every = Math.max(1, Math.ceil(bins / Math.max(1, Math.floor(height / 34))));
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (let bin = 0; bins > 0 && bin <= bins; bin += every) {
    const y = height * (1 - bin / bins);
    context.fillText(`${degreesText(heatmap.edges[bin] ?? 0)}°`, -8, y);
  }
  context.textBaseline = "top";
  const ticks = ticksOf(window, width, TICK_PX_MIN, zoneOffsetMs(time.zone, window.toMs));
  const stepS = ((ticks[1] ?? 0) - (ticks[0] ?? 0)) / 1000 || 1;
  for (const atMs of ticks) {
    const x = xOf(atMs, window, width);
    context.textAlign = "center";
    context.fillRect(x, height, 1, 4);
    context.fillText(timeLabel(atMs / 1000, stepS, time), x, height + 7);
  }
  context.fillStyle = colours.line;
  context.fillRect(0, height, width, 1);
}

function drawLate(
  { context, colours, width, height }: Plot,
  { heatmap: { t, stepMs, late }, window }: HeatmapPicture,
): void {
  const marks = t.map((atMs, column) => ({
    x: xOf(atMs + stepMs / 2, window, width),
    count: late[column] ?? 0,
  })).filter(({ x, count }) => count > 0 && x >= 0 && x <= width);
  context.save();
  drawLateMarks(context, marks, { foot: height, right: width, ratio: 1, colours });
  context.restore();
}

function drawMarks(
  { context, colours, width, height }: Plot,
  { heatmap, window, cell, crosshairMs, brush }: HeatmapPicture,
): void {
  const inside = (atMs: number) => Math.min(width, Math.max(0, xOf(atMs, window, width)));
  if (brush !== null) {
    const left = inside(brush.fromMs);
    context.globalAlpha = 0.25;
    context.fillStyle = colours.accent;
    context.fillRect(left, 0, inside(brush.toMs) - left, height);
    context.globalAlpha = 1;
  }
  if (crosshairMs !== null && crosshairMs >= window.fromMs && crosshairMs <= window.toMs) {
    context.fillStyle = colours.line;
    context.fillRect(Math.round(inside(crosshairMs)), 0, 1, height);
  }
  const startMs = cell === null ? undefined : heatmap.t[cell.column];
  const bins = heatmap.edges.length - 1;
  if (cell === null || startMs === undefined || bins < 1) return;
  const left = inside(startMs), right = inside(startMs + heatmap.stepMs);
  const top = height * (1 - (cell.bin + 1) / bins);
  // Two strokes, so that one of them is seen whatever the cell's colour is.
  for (const [colour, wide] of [[colours.panel, 4], [colours.text, 2]] as const) {
    context.strokeStyle = colour;
    context.lineWidth = wide;
    context.strokeRect(left - 1, top - 1, right - left + 2, height / bins + 2);
  }
}

/** One reading on the left, the most on the right. */
function drawScale(
  { context, colours, width }: Plot,
  peak: number,
  shades: readonly string[],
): void {
  if (peak === 0) return;
  const most = formatCompact(peak);
  const right = width - context.measureText(most).width - 6;
  const first = Math.round(heatOf(1, Math.max(2, peak)) * (SHADES - 1));
  const seen = shades.slice(first);
  seen.forEach((shade, index) => {
    const left = right - SCALE_PX + SCALE_PX * index / seen.length;
    context.fillStyle = shade;
    context.fillRect(left, -16, SCALE_PX / seen.length + 0.5, 9);
  });
  context.fillStyle = colours.quiet;
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.fillText(most, right + 6, -11);
  context.textAlign = "right";
  context.fillText("1", right - SCALE_PX - 6, -11);
}

type Colour = readonly [number, number, number];

/** From nearly the ground over the accent to nearly the text: dark on light, light on dark. */
function shadesOf({ panel, accent, text }: CanvasColours): readonly string[] {
  const [ground, middle, end] = [colourOf(panel), colourOf(accent), colourOf(text)];
  return Array.from({ length: SHADES }, (_, index) => {
    const heat = index / (SHADES - 1);
    const mixed = heat < 0.6
      ? mix(ground, middle, 0.12 + 0.88 * heat / 0.6)
      : mix(middle, end, 0.9 * (heat - 0.6) / 0.4);
    return `rgb(${mixed.map(Math.round).join(" ")})`;
  });
}

function mix(from: Colour, to: Colour, part: number): Colour {
  const each = (index: 0 | 1 | 2) => from[index] + (to[index] - from[index]) * part;
  return [each(0), each(1), each(2)];
}

/** Of `#rrggbb`. */
function colourOf(text: string): Colour {
  const value = parseInt(text.slice(1), 16);
  return [value >> 16 & 255, value >> 8 & 255, value & 255];
}

/** The bin at a height on the screen; null beside the cells. */
export function cellPlace(
  canvas: HTMLCanvasElement,
  clientY: number,
  { edges }: Heatmap,
): number | null {
  const { top, height } = canvas.getBoundingClientRect();
  const bins = edges.length - 1;
  const part = 1 - (clientY - top - TOP) / (height - TOP - BOTTOM);
  return part < 0 || part >= 1 || bins < 1 ? null : Math.floor(part * bins);
}
