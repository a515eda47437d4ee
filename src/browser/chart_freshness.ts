/** Regions whose line ended a while before the chart does: their newest value is old, not now's. */
import { type Cell, type ChartView } from "./chart_columns.ts";
import { formatSpan } from "./format.ts";

export interface StaleRegion {
  readonly region: string;
  /** The slot of its newest value. */
  readonly slot: number;
  readonly ageMs: number;
}

/** As for hosts: what has been silent for a minute is no longer fresh. */
const FRESH_MS_MAX = 60_000;

/** Older than a minute, than three slots, and than three of the region's own last steps. */
export function staleRegions(view: ChartView): StaleRegion[] {
  return view.regions.flatMap(({ region, mean }) => {
    const newest = filledBefore(mean, mean.length);
    if (newest === null) return [];
    const before = filledBefore(mean, newest);
    const paceMs = before === null ? 0 : (newest - before) * view.stepMs;
    const endMs = (view.x[newest] ?? 0) * 1000 + view.stepMs / 2;
    const ageMs = Math.max(0, view.toMs - endMs);
    const limitMs = Math.max(FRESH_MS_MAX, 3 * view.stepMs, 3 * paceMs);
    return ageMs > limitMs ? [{ region, slot: newest, ageMs }] : [];
  });
}

/** `India: newest 12 min ago` */
export function stalenessText({ region, ageMs }: StaleRegion): string {
  return `${region}: newest ${ageText(ageMs)}`;
}

/** `12 min ago`: whole minutes from the first one on, so that it does not change every second. */
export function ageText(ageMs: number): string {
  return `${formatSpan(Math.floor(ageMs / 60_000) * 60_000)} ago`;
}

function filledBefore(cells: readonly Cell[], end: number): number | null {
  for (let slot = end - 1; slot >= 0; slot--) {
    const value = cells[slot];
    if (value !== null && value !== undefined) return slot;
  }
  return null;
}
