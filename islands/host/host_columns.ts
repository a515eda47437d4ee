/** What a host's chart says at a slot; a column of the view is a measure under its name. */
import { lastValue } from "../../src/browser/chart_axes.ts";
import type { ChartView, RegionColumn } from "../../src/browser/chart_columns.ts";
import { formatMetric } from "../../src/browser/format.ts";
import type { Metric } from "../../src/model/reading.ts";

export function columnOf(view: ChartView, metric: Metric): RegionColumn | undefined {
  return view.regions.find((each) => each.region === metric);
}

export function lastOf(view: ChartView, metric: Metric) {
  return lastValue(columnOf(view, metric)?.mean ?? []);
}

export function valueWords(metric: Metric, { mean, min, max }: RegionColumn, slot: number): string {
  const value = mean[slot] ?? null, low = min[slot] ?? null, high = max[slot] ?? null;
  if (value === null) return "no reading";
  const range = low === high
    ? ""
    : ` (${formatMetric(metric, low)} to ${formatMetric(metric, high)})`;
  return formatMetric(metric, value) + range;
}
