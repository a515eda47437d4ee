/** Draws the strip: volume, alerts, gaps, the stretch that the page shows, the cursor. */
import type { Timeline } from "../../src/browser/recorded_api.ts";
import type { TimeWindow } from "../../src/browser/ranges.ts";
import { ticksOf, xOf } from "../../src/browser/timeline_window.ts";
import type { TimeFormat } from "../../src/browser/times.ts";
import { zoneOffsetMs } from "../../src/browser/zone_offset.ts";
import { clearCanvas } from "../plot/canvas_size.ts";

export interface StripInput {
  readonly window: TimeWindow;
  readonly timeline: Timeline | null;
  /** What the page's charts show; its end is the cursor. */
  readonly shown: TimeWindow;
  /** A stretch being selected. */
  readonly brush: TimeWindow | null;
  readonly time: TimeFormat;
}

export interface StripColours {
  readonly volume: string;
  readonly accent: string;
  readonly text: string;
  readonly line: string;
  readonly warning: string;
  readonly critical: string;
  readonly font: string;
}

const LABELS_PX = 14;
const MARKS_PX = 6;
const TICK_PX_MIN = 92;
const DAY_MS = 86_400_000;
/** 22 September, near noon in Greenwich. */
const LATE_MS = Date.UTC(2025, 8, 22, 12, 30);

export function readStripColours(element: HTMLElement): StripColours {
  const style = getComputedStyle(element);
  const property = (name: string) => style.getPropertyValue(name).trim();
  return {
    volume: property("--text-quiet"),
    accent: property("--accent"),
    text: property("--text-quiet"),
    line: property("--line"),
    warning: property("--warn"),
    critical: property("--bad"),
    font: `${style.fontSize} ${style.fontFamily}`,
  };
}

/** The canvas takes the size it has on the page, in device pixels. */
export function drawStrip(canvas: HTMLCanvasElement, input: StripInput, colours: StripColours) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = clearCanvas(canvas);
  if (context === null) return;
  const floor = height - LABELS_PX;
  drawStretch(context, input.shown, input.window, width, floor, colours.accent, 0.16);
  if (input.timeline !== null) drawVolume(context, input, input.timeline, width, floor, colours);
  if (input.brush !== null) {
    drawStretch(context, input.brush, input.window, width, floor, colours.accent, 0.3);
  }
  drawLabels(context, input, width, height, colours);
  drawCursor(context, xOf(input.shown.toMs, input.window, width), floor, width, colours.accent);
}

type Context = CanvasRenderingContext2D;

function drawStretch(
  context: Context,
  stretch: TimeWindow,
  window: TimeWindow,
  width: number,
  floor: number,
  colour: string,
  opacity: number,
): void {
  const from = Math.max(0, xOf(stretch.fromMs, window, width));
  const to = Math.min(width, xOf(stretch.toMs, window, width));
  if (to < 0 || from > width) return;
  context.globalAlpha = opacity;
  context.fillStyle = colour;
  context.fillRect(from, 0, Math.max(2, to - from), floor);
  context.globalAlpha = 1;
}

/** A bucket without readings stays empty over a thin line: a gap is a gap. */
function drawVolume(
  context: Context,
  { window }: StripInput,
  { t, count, stepMs, warnings, criticals }: Timeline,
  width: number,
  floor: number,
  colours: StripColours,
): void {
  const most = Math.max(1, ...count);
  const room = floor - MARKS_PX - 2;
  context.fillStyle = colours.line;
  context.fillRect(0, floor - 1, width, 1);
  for (let index = 0; index < t.length; index++) {
    const x = xOf(t[index]!, window, width);
    const wide = Math.max(1, stepMs / (window.toMs - window.fromMs) * width - 0.5);
    const readings = count[index] ?? 0;
    if (readings > 0) {
      // By the square root, so that a quiet hour beside a busy one is still seen.
      const high = Math.max(1.5, Math.sqrt(readings / most) * room);
      context.globalAlpha = 0.55;
      context.fillStyle = colours.volume;
      context.fillRect(x, floor - high, wide, high);
      context.globalAlpha = 1;
    }
    const severe = (criticals[index] ?? 0) > 0;
    if (!severe && (warnings[index] ?? 0) === 0) continue;
    context.fillStyle = severe ? colours.critical : colours.warning;
    context.fillRect(x, 0, Math.max(2, wide), severe ? MARKS_PX : MARKS_PX / 2);
  }
}

function drawLabels(
  context: Context,
  { window, time }: StripInput,
  width: number,
  height: number,
  colours: StripColours,
): void {
  context.fillStyle = colours.text;
  context.font = colours.font;
  context.textBaseline = "bottom";
  const isLong = window.toMs - window.fromMs > DAY_MS;
  const longLabel = (atMs: number) =>
    isLong ? `${time.day(atMs)} ${time.minute(atMs)}` : time.minute(atMs);
  // Of two figures in day and hour: as long as any.
  const widest = context.measureText(longLabel(LATE_MS)).width;
  const offsetMs = zoneOffsetMs(time.zone, window.toMs);
  const ticks = ticksOf(window, width, Math.max(TICK_PX_MIN, widest + 16), offsetMs);
  const isDaily = ticks.length > 1 && ticks[1]! - ticks[0]! >= DAY_MS;
  for (const atMs of ticks) {
    const x = xOf(atMs, window, width);
    const label = isDaily ? time.day(atMs) : longLabel(atMs);
    if (x + context.measureText(label).width + 4 > width) continue;
    context.fillRect(x, height - LABELS_PX, 1, 4);
    context.fillText(label, x + 4, height);
  }
}

function drawCursor(context: Context, x: number, floor: number, width: number, colour: string) {
  const at = Math.min(width - 1.5, Math.max(1.5, x));
  context.fillStyle = colour;
  context.fillRect(at - 1, 0, 2, floor);
  context.beginPath();
  context.moveTo(at - 5, 0);
  context.lineTo(at + 5, 0);
  context.lineTo(at, 6);
  context.fill();
}
