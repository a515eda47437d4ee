/** Where lines end: a dot at what is newest; grey, with its age, at what is old. */
import type uPlot from "uplot";
import { lastValue } from "../../src/browser/chart_axes.ts";
import type { Cell } from "../../src/browser/chart_columns.ts";
import { ageText, type StaleRegion } from "../../src/browser/chart_freshness.ts";
import type { PlotInput } from "../line_plot.ts";
import type { CanvasColours } from "./canvas_colours.ts";

/** So much of an old line's end is grey, in CSS pixels. */
const GREY_PX = 48;

export function drawEnds(
  plot: uPlot,
  { view, looks, stale }: PlotInput,
  colours: CanvasColours,
  isFaded: (region: string) => boolean,
): void {
  // Ages are written from top to bottom where they would lie on one another.
  const taken: number[] = [];
  view.regions.forEach(({ region }, index) => {
    if (isFaded(region)) return;
    const old = stale.find((each) => each.region === region);
    if (old !== undefined) return drawOldEnd(plot, index + 1, old, colours, taken);
    drawDot(plot, index + 1, colours.regions[looks.get(region)?.slot ?? 1] ?? "");
  });
}

function drawDot(plot: uPlot, series: number, colour: string): void {
  const last = lastValue((plot.data[series] ?? []) as Cell[]);
  const place = last === null ? null : placeOf(plot, last.index, last.value);
  if (place === null) return;
  plot.ctx.fillStyle = colour;
  plot.ctx.beginPath();
  plot.ctx.arc(place.x, place.y, 3.5 * devicePixelRatio, 0, 2 * Math.PI);
  plot.ctx.fill();
}

function drawOldEnd(
  plot: uPlot,
  series: number,
  { slot, ageMs }: StaleRegion,
  colours: CanvasColours,
  taken: number[],
): void {
  const { ctx } = plot;
  const cells = (plot.data[series] ?? []) as Cell[];
  const value = cells[slot];
  const end = typeof value === "number" ? placeOf(plot, slot, value) : null;
  if (end === null) return;
  ctx.save();
  ctx.strokeStyle = colours.panel;
  ctx.lineWidth = 4 * devicePixelRatio;
  strokeBack(plot, cells, slot, end.x);
  ctx.strokeStyle = colours.quiet;
  ctx.lineWidth = 2 * devicePixelRatio;
  strokeBack(plot, cells, slot, end.x);
  ctx.beginPath();
  ctx.arc(end.x, end.y, 3.5 * devicePixelRatio, 0, 2 * Math.PI);
  ctx.fillStyle = colours.panel;
  ctx.fill();
  ctx.stroke();
  writeAge(plot, ageText(ageMs), end, colours, taken);
  ctx.restore();
}

/** The line's end once more, as far back as it has no break. */
function strokeBack(plot: uPlot, cells: readonly Cell[], slot: number, endX: number): void {
  const { ctx } = plot;
  ctx.beginPath();
  for (let at = slot; at >= 0; at--) {
    const value = cells[at];
    if (value === null) break;
    if (value === undefined) continue;
    const x = plot.valToPos(plot.data[0][at] ?? 0, "x", true);
    if (x < endX - GREY_PX * devicePixelRatio || x < plot.bbox.left) break;
    ctx.lineTo(x, plot.valToPos(value, "y", true));
  }
  ctx.stroke();
}

function writeAge(
  plot: uPlot,
  text: string,
  end: { readonly x: number; readonly y: number },
  colours: CanvasColours,
  taken: number[],
): void {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  const size = 12 * devicePixelRatio;
  ctx.font = colours.font.replace(/^[\d.]+px/, `${size}px`);
  ctx.textBaseline = "middle";
  const wide = ctx.measureText(text).width;
  const gap = 8 * devicePixelRatio;
  const fits = end.x + gap + wide <= left + width;
  const x = fits ? end.x + gap : Math.max(left, end.x - gap - wide);
  let y = Math.min(top + height - size / 2, Math.max(top + size / 2, fits ? end.y : end.y - size));
  while (taken.some((each) => Math.abs(each - y) < size)) y += size;
  taken.push(y);
  ctx.strokeStyle = colours.panel;
  ctx.lineWidth = 3 * devicePixelRatio;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = colours.quiet;
  ctx.fillText(text, x, y);
}

/** Null outside of the plot. */
function placeOf(plot: uPlot, slot: number, value: number): { x: number; y: number } | null {
  const x = plot.valToPos(plot.data[0][slot] ?? 0, "x", true);
  const { left, width } = plot.bbox;
  return x < left || x > left + width ? null : { x, y: plot.valToPos(value, "y", true) };
}
