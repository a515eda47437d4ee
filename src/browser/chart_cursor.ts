/** The crosshair: which slot of a chart a moment is in, what stands there, and where keys take it. */
import { type ChartView, type RegionColumn } from "./chart_columns.ts";
import { staleRegions } from "./chart_freshness.ts";
import type { TableCell } from "./chart_axes.ts";

/** The slot of a moment; null where the chart does not show it. */
export function slotAt(view: ChartView, atMs: number): number | null {
  const first = Math.floor((view.x[0] ?? 0) * 1000 / view.stepMs);
  const slot = Math.floor(atMs / view.stepMs) - first;
  if (view.x.length === 0 || atMs < view.fromMs || atMs > view.toMs) return null;
  return Math.min(view.x.length - 1, Math.max(0, slot));
}

/** The moment of a slot, epoch ms: its middle. */
export function momentOf(view: ChartView, slot: number): number {
  return (view.x[slot] ?? 0) * 1000;
}

/**
 * What a region's line says at a slot, null in a gap. A slot that the line only crosses has what
 * was measured last before it.
 */
export function cellAt(column: RegionColumn, slot: number): TableCell | null {
  for (let at = slot; at >= 0; at--) {
    const mean = column.mean[at];
    if (mean === null) return null;
    if (mean === undefined) continue;
    return { mean, min: column.min[at] ?? mean, max: column.max[at] ?? mean };
  }
  return null;
}

export interface RegionValue {
  readonly region: string;
  readonly cell: TableCell | null;
}

/** What each region's line says at a moment; the newest where that is null. */
export function valuesAt(view: ChartView, atMs: number | null): RegionValue[] {
  const slot = atMs === null ? view.x.length - 1 : slotAt(view, atMs);
  const ends = new Map(staleRegions(view).map((each) => [each.region, each.slot]));
  return view.regions.map((column) => {
    const { region } = column;
    if (slot === null) return { region, cell: null };
    const end = ends.get(region);
    // Behind the end of an old line there is nothing; without a crosshair its end is the newest.
    const isOver = atMs !== null && end !== undefined && slot > end;
    return { region, cell: isOver ? null : cellAt(column, slot) };
  });
}

export type CursorStep = "back" | "forth" | "pageBack" | "pageForth" | "first" | "last";

const PAGE_SLOTS = 10;

/**
 * Where a key takes the crosshair: to the next slot in which any region has a value. From nowhere
 * it starts at the newest. Null where there is none.
 */
export function steppedMs(view: ChartView, atMs: number | null, step: CursorStep): number | null {
  const slots = filledSlots(view);
  const last = slots.length - 1;
  if (last < 0) return null;
  const now = atMs === null ? null : slotAt(view, atMs);
  const nearest = now === null ? last : nearestIndex(slots, now);
  const by = { back: -1, forth: 1, pageBack: -PAGE_SLOTS, pageForth: PAGE_SLOTS };
  const wanted = step === "first"
    ? 0
    : step === "last" || now === null
    ? last
    : Math.min(last, Math.max(0, nearest + by[step]));
  return momentOf(view, slots[wanted] ?? 0);
}

/** Those that lie in the chart and in which any region was measured, or any reading came late. */
function filledSlots(view: ChartView): number[] {
  const slots: number[] = [];
  for (let slot = 0; slot < view.x.length; slot++) {
    const isIn = momentOf(view, slot) >= view.fromMs;
    const isFilled = view.regions.some(({ mean, late }) =>
      typeof mean[slot] === "number" || late?.[slot]
    );
    if (isIn && isFilled) slots.push(slot);
  }
  return slots;
}

function nearestIndex(slots: readonly number[], slot: number): number {
  let nearest = 0;
  slots.forEach((each, index) => {
    if (Math.abs(each - slot) < Math.abs((slots[nearest] ?? 0) - slot)) nearest = index;
  });
  return nearest;
}
