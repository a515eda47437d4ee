/** The stretch of time that the strip under the page shows, and how it is moved. Pure; epoch ms. */

import type { TimeWindow } from "./ranges.ts";

const SPAN_MS_MIN = 60_000;

/** Everything recorded so far, and a little room where that is hardly anything. */
export function wholeWindow(firstMs: number | null, nowMs: number): TimeWindow {
  const fromMs = Math.min(firstMs ?? nowMs, nowMs - 10 * SPAN_MS_MIN);
  return { fromMs, toMs: nowMs };
}

/** Narrower (`factor` < 1) or wider around a moment, which stays where it is; within `whole`. */
export function zoomedAround(
  window: TimeWindow,
  factor: number,
  aroundMs: number,
  whole: TimeWindow,
): TimeWindow {
  const spanMs = window.toMs - window.fromMs;
  const wanted = Math.min(whole.toMs - whole.fromMs, Math.max(SPAN_MS_MIN, spanMs * factor));
  const share = spanMs === 0 ? 0.5 : (aroundMs - window.fromMs) / spanMs;
  return within(
    { fromMs: aroundMs - share * wanted, toMs: aroundMs + (1 - share) * wanted },
    whole,
  );
}

/** The same width elsewhere; within `whole`. */
export function shifted(window: TimeWindow, byMs: number, whole: TimeWindow): TimeWindow {
  return within({ fromMs: window.fromMs + byMs, toMs: window.toMs + byMs }, whole);
}

/** Moved as little as needed so that the moment is in it, a tenth from the edge it came over. */
export function showing(window: TimeWindow, atMs: number, whole: TimeWindow): TimeWindow {
  const margin = (window.toMs - window.fromMs) / 10;
  if (atMs < window.fromMs) return shifted(window, atMs - margin - window.fromMs, whole);
  return atMs > window.toMs ? shifted(window, atMs + margin - window.toMs, whole) : window;
}

function within(window: TimeWindow, whole: TimeWindow): TimeWindow {
  const spanMs = Math.min(window.toMs - window.fromMs, whole.toMs - whole.fromMs);
  const fromMs = Math.min(Math.max(window.fromMs, whole.fromMs), whole.toMs - spanMs);
  return { fromMs, toMs: fromMs + spanMs };
}

export function xOf(atMs: number, window: TimeWindow, width: number): number {
  return (atMs - window.fromMs) / (window.toMs - window.fromMs) * width;
}

export function msAt(x: number, window: TimeWindow, width: number): number {
  return window.fromMs + x / Math.max(1, width) * (window.toMs - window.fromMs);
}

const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;
const TICKS_S = [
  ...[1, 2, 5, 10, 15, 30].map((each) => each * MINUTE_S),
  ...[1, 2, 3, 6, 12].map((each) => each * HOUR_S),
  ...[1, 2, 7, 14, 30].map((each) => each * DAY_S),
];

/**
 * Moments to write under the strip, at least `pixelsMin` apart, on round times of clocks that are
 * `offsetMs` ahead of UTC.
 */
export function ticksOf(
  window: TimeWindow,
  width: number,
  pixelsMin: number,
  offsetMs = 0,
): number[] {
  const msAPixel = (window.toMs - window.fromMs) / Math.max(1, width);
  const step = (TICKS_S.find((each) => each * 1000 >= msAPixel * pixelsMin) ?? 90 * DAY_S) * 1000;
  const ticks: number[] = [];
  const first = Math.ceil((window.fromMs + offsetMs) / step) * step - offsetMs;
  for (let atMs = first; atMs <= window.toMs; atMs += step) ticks.push(atMs);
  return ticks;
}
