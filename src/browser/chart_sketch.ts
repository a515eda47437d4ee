/**
 * A line chart that needs to know no size: lines and bands as SVG paths in a box of 1000 × 300 that
 * is stretched to the chart's, and places of what must not be stretched (words, dots) as parts of
 * its width and height. Pure.
 */
import type { Cell, ChartView, RegionColumn } from "./chart_columns.ts";
import { ageText, type StaleRegion } from "./chart_freshness.ts";
import { formatNumber } from "./format.ts";
import { lateMarks } from "./late_marks.ts";

export const BOX_WIDTH = 1000;
export const BOX_HEIGHT = 300;

/** A chart's view, with the lowest and highest value on its axis. */
export interface Frame {
  readonly view: ChartView;
  readonly low: number;
  readonly high: number;
}

/** From the left edge, 0, to the right one, 1. */
export function acrossOf({ view }: Frame, atMs: number): number {
  return (atMs - view.fromMs) / (view.toMs - view.fromMs);
}

/** From the top, 0, to the bottom, 1. */
export function downOf({ low, high }: Frame, value: number): number {
  return (high - value) / (high - low);
}

export interface Place {
  readonly across: number;
  readonly down: number;
}

/** Null outside of what is shown. */
export function placeOf(frame: Frame, slot: number, value: number): Place | null {
  const across = acrossOf(frame, (frame.view.x[slot] ?? 0) * 1000);
  return across < 0 || across > 1 ? null : { across, down: downOf(frame, value) };
}

/** From slot `first` to `last`: over what is undefined the line goes on, at null it breaks. */
export function linePath(
  frame: Frame,
  cells: readonly Cell[],
  first = 0,
  last = cells.length - 1,
): string {
  let path = "";
  let isDrawing = false;
  for (let slot = first; slot <= last; slot++) {
    const value = cells[slot];
    if (typeof value === "number") {
      path += (isDrawing ? "L" : "M") + pointOf(frame, slot, value);
      isDrawing = true;
    } else if (value === null) isDrawing = false;
  }
  return path;
}

/** From lowest to highest, closed before each break. */
export function bandPath(frame: Frame, { min, max }: RegionColumn): string {
  let path = "";
  let above: string[] = [], below: string[] = [];
  const close = () => {
    if (above.length > 1) path += `M${above.join("L")}L${below.reverse().join("L")}Z`;
    above = [];
    below = [];
  };
  max.forEach((high, slot) => {
    const low = min[slot];
    if (high === null) close();
    if (typeof high !== "number" || typeof low !== "number") return;
    above.push(pointOf(frame, slot, high));
    below.push(pointOf(frame, slot, low));
  });
  close();
  return path;
}

/** So much of an old line's end is grey. */
const TAIL_PART = 0.05;

/** The end of a line that is old, as far back as it has no break. */
export function tailPath(frame: Frame, cells: readonly Cell[], slot: number): string {
  const tailMs = TAIL_PART * (frame.view.toMs - frame.view.fromMs);
  const fromS = (frame.view.x[slot] ?? 0) - tailMs / 1000;
  let first = slot;
  while (first > 0 && cells[first - 1] !== null && (frame.view.x[first - 1] ?? 0) >= fromS) first--;
  return linePath(frame, cells, first, slot);
}

export interface OldEnd extends Place {
  readonly region: string;
  readonly age: string;
  /** Where the age is written. */
  readonly ageDown: number;
  /** False: there is no room for it right of the end. */
  readonly isAfter: boolean;
}

/** Ages so near to one another would lie on one another. */
const AGE_DOWN_MIN = 0.07;
const AGE_ACROSS_MAX = 0.85;

/** Where old lines end; their ages stand under one another. */
export function oldEnds(frame: Frame, stale: readonly StaleRegion[]): OldEnd[] {
  const taken: number[] = [];
  return stale.flatMap(({ region, slot, ageMs }) => {
    const value = frame.view.regions.find((each) => each.region === region)?.mean[slot];
    const place = typeof value === "number" ? placeOf(frame, slot, value) : null;
    if (place === null) return [];
    const isAfter = place.across <= AGE_ACROSS_MAX;
    let ageDown = isAfter ? place.down : Math.max(0, place.down - AGE_DOWN_MIN);
    while (taken.some((each) => Math.abs(each - ageDown) < AGE_DOWN_MIN)) ageDown += AGE_DOWN_MIN;
    taken.push(ageDown);
    return [{ ...place, region, age: ageText(ageMs), ageDown, isAfter }];
  });
}

export interface LateSign {
  readonly across: number;
  /** A triangle, and where there is room how many came late. */
  readonly text: string;
}

/** So near to one another triangles, or words and triangles, would lie on one another. */
const SIGN_ACROSS_MIN = 0.015;
const WORD_ACROSS_MIN = 0.12;

/** Signs below the line where readings came late; of all regions, or of one. By time. */
export function lateSigns(frame: Frame, only: string | null): LateSign[] {
  let last = -Infinity;
  const places = lateMarks(frame.view, only).flatMap(({ slot, count }) => {
    const across = acrossOf(frame, (frame.view.x[slot] ?? 0) * 1000);
    if (across < 0 || across > 1 || across - last < SIGN_ACROSS_MIN) return [];
    last = across;
    return [{ across, count }];
  });
  return places.map(({ across, count }, index) => {
    const room = (places[index + 1]?.across ?? 1) - across;
    return { across, text: room < WORD_ACROSS_MIN ? "▲" : `▲ ${formatNumber(count)} late` };
  });
}

function pointOf(frame: Frame, slot: number, value: number): string {
  const x = acrossOf(frame, (frame.view.x[slot] ?? 0) * 1000) * BOX_WIDTH;
  return `${x.toFixed(1)} ${(downOf(frame, value) * BOX_HEIGHT).toFixed(1)}`;
}
