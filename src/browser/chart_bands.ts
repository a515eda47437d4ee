/** Whose lowest and highest values a chart shows as a band. */
import type { ChartView } from "./chart_columns.ts";

/** More bands than this hide one another; then only the emphasised region has one. */
const BANDS_MAX = 3;

/** Names of regions, in the view's order. */
export function bandsOf(view: ChartView, emphasis: string | null): readonly string[] {
  const names = view.regions.map((each) => each.region);
  return names.length <= BANDS_MAX ? names : names.filter((each) => each === emphasis);
}
