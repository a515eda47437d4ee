/** Marks of late readings on a chart: a triangle at the foot, below the line, and beside it how many. */
import type uPlot from "uplot";
import { formatNumber } from "../../src/browser/format.ts";
import { type LateMark, lateMarks } from "../../src/browser/late_marks.ts";
import type { PlotInput } from "../line_plot.ts";
import type { CanvasColours } from "./canvas_colours.ts";

const SIDE = 9;
const GAP = 4;

export function drawLate(plot: uPlot, input: PlotInput, colours: CanvasColours): void {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  const ratio = devicePixelRatio;
  const xOf = ({ slot }: LateMark) => plot.valToPos(plot.data[0][slot] ?? 0, "x", true);
  const marks = lateMarks(input.view, input.emphasis)
    .map((mark) => ({ x: xOf(mark), count: mark.count }))
    .filter(({ x }) => x >= left && x <= left + width);
  ctx.save();
  drawLateMarks(ctx, marks, { foot: top + height, right: left + width, ratio, colours });
  ctx.restore();
}

export interface LatePlace {
  readonly x: number;
  readonly count: number;
}

export interface LateGround {
  /** Where the triangles stand, and what no word crosses. */
  readonly foot: number;
  readonly right: number;
  /** Of the canvas' pixels to those of the page. */
  readonly ratio: number;
  readonly colours: CanvasColours;
}

/** By time. A triangle is left out on another one, and a word on a triangle or word before it. */
export function drawLateMarks(
  ctx: CanvasRenderingContext2D,
  marks: readonly LatePlace[],
  { foot, right, ratio, colours }: LateGround,
): void {
  const side = SIDE * ratio, gap = GAP * ratio;
  ctx.fillStyle = colours.text;
  ctx.strokeStyle = colours.panel;
  ctx.lineWidth = 3 * ratio;
  ctx.font = colours.font.replace(/^[\d.]+px/, `${11 * ratio}px`);
  ctx.textBaseline = "bottom";
  ctx.textAlign = "left";
  let last = -Infinity, freeFrom = -Infinity;
  marks.forEach(({ x, count }, index) => {
    if (x - last < side / 2) return;
    last = x;
    ctx.beginPath();
    ctx.moveTo(x - side / 2, foot);
    ctx.lineTo(x + side / 2, foot);
    ctx.lineTo(x, foot - side);
    ctx.closePath();
    ctx.stroke();
    ctx.fill();
    const word = `${formatNumber(count)} late`;
    const start = x + side / 2 + gap, end = start + ctx.measureText(word).width;
    const next = marks[index + 1]?.x ?? Infinity;
    if (start < freeFrom || end > Math.min(right, next - side / 2)) return;
    ctx.strokeText(word, start, foot);
    ctx.fillText(word, start, foot);
    freeFrom = end + gap;
  });
}
