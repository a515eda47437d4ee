/** The distribution by region as bars and figures, pure. */
import type { Histogram } from "./page_state.ts";
import type { CountScale } from "./preferences.ts";
import { compareNames } from "./regions.ts";

export interface HistogramRow {
  readonly region: string;
  readonly counts: readonly number[];
  /** 0–1 of the row's own highest bin: regions of any size can be compared in shape. */
  readonly heights: readonly number[];
  readonly total: number;
  /** Readings that came late. */
  readonly late: number;
  /** Interpolated within its bin; null where nothing was counted. */
  readonly median: number | null;
  readonly highest: number | null;
}

export function histogramRows(
  histogram: Histogram,
  scale: CountScale = "linear",
): HistogramRow[] {
  return Object.entries(histogram.counts)
    .sort(([a], [b]) => compareNames(a, b))
    .map(([region, counts]) => {
      const peak = Math.max(1, ...counts);
      const total = counts.reduce((sum, count) => sum + count, 0);
      return {
        region,
        counts,
        heights: counts.map((count) => heightOf(count, peak, scale)),
        total,
        late: histogram.late?.[region] ?? 0,
        median: medianOf(histogram.edges, counts, total),
        highest: highestOf(histogram.edges, counts),
      };
    });
}

/** By the logarithm a single reading among 10,000 is 8 % high. */
function heightOf(count: number, peak: number, scale: CountScale): number {
  return scale === "linear" ? count / peak : Math.log1p(count) / Math.log1p(peak);
}

function medianOf(edges: readonly number[], counts: readonly number[], total: number) {
  let below = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    const count = counts[bin] ?? 0;
    if (count > 0 && below + count >= total / 2) {
      const low = edges[bin] ?? 0, high = edges[bin + 1] ?? low;
      return low + (high - low) * ((total / 2 - below) / count);
    }
    below += count;
  }
  return null;
}

/** Upper edge of the highest bin that holds anything. */
function highestOf(edges: readonly number[], counts: readonly number[]): number | null {
  for (let bin = counts.length - 1; bin >= 0; bin--) {
    if ((counts[bin] ?? 0) > 0) return edges[bin + 1] ?? null;
  }
  return null;
}

/** About five evenly spread edges, each with the bin it starts; null for the bins between. */
export function edgeLabels(edges: readonly number[]): (number | null)[] {
  const every = Math.max(1, Math.ceil((edges.length - 1) / 5));
  return edges.slice(0, -1).map((edge, bin) => bin % every === 0 ? edge : null);
}
