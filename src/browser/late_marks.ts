/** Which slots of a chart by region hold readings that came late, as it marks and says them. Pure. */
import type { ChartView } from "./chart_columns.ts";
import { formatNumber } from "./format.ts";

export interface LateMark {
  readonly slot: number;
  /** Readings, at least one. */
  readonly count: number;
}

/** By time, of all regions of the view together, or of one. */
export function lateMarks({ x, regions }: ChartView, only: string | null): LateMark[] {
  const columns = regions.filter(({ region }) => only === null || region === only);
  return x.map((_, slot) => ({
    slot,
    count: columns.reduce((sum, { late }) => sum + (late?.[slot] ?? 0), 0),
  })).filter(({ count }) => count > 0);
}

/** `India 12, USA 3`: at a slot, or null: in the whole view. Empty where nothing came late. */
export function lateText({ regions }: ChartView, slot: number | null): string {
  return regions.flatMap(({ region, late }) => {
    const count = slot === null ? late?.reduce((sum, each) => sum + each, 0) : late?.[slot];
    return count ? [`${region} ${formatNumber(count)}`] : [];
  }).join(", ");
}
