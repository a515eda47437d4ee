/** Marks of readings with an odd time on a chart: a triangle at the top, and beside it the word. */
import type uPlot from "uplot";
import { ODD_WORDS, type OddMark } from "../../src/browser/odd_readings.ts";

const SIDE = 8;
const GAP = 4;

/** A word is left out where it would stand on the mark before. */
export function drawOddMarks(
  plot: uPlot,
  marks: readonly OddMark[],
  property: (name: string) => string,
): void {
  if (marks.length === 0) return;
  const { ctx } = plot;
  const ratio = devicePixelRatio;
  const { left, top, width } = plot.bbox;
  ctx.save();
  ctx.fillStyle = property("--text");
  ctx.font = `600 ${11 * ratio}px ${getComputedStyle(plot.root).fontFamily}`;
  ctx.textBaseline = "top";
  ctx.textAlign = "left";
  let freeFrom = -Infinity;
  for (const { slot, flag, count } of marks) {
    const x = plot.valToPos(plot.data[0][slot] ?? 0, "x", true);
    const side = SIDE * ratio;
    ctx.beginPath();
    ctx.moveTo(x - side / 2, top);
    ctx.lineTo(x + side / 2, top);
    ctx.lineTo(x, top + side);
    ctx.fill();
    const word = count === 1 ? ODD_WORDS[flag] : `${count} ${ODD_WORDS[flag]}`;
    const wide = ctx.measureText(word).width;
    const after = x + side / 2 + GAP * ratio;
    const start = after + wide > left + width ? x - side / 2 - GAP * ratio - wide : after;
    if (start < freeFrom) continue;
    ctx.fillText(word, start, top);
    freeFrom = Math.max(start + wide, x + side / 2) + GAP * ratio;
  }
  ctx.restore();
}
