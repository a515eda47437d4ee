/** All measures by region over one stretch, and the same stretch so much earlier: the charts view. */
import type { Metric } from "../model/reading.ts";
import { type GhostName, GHOSTS } from "./address.ts";
import { seriesOf } from "./api.ts";
import type { Ask } from "./ask.ts";
import { METRIC_ORDER } from "./chart_axes.ts";
import { CHART_REGIONS_MAX, type HistorySeries } from "./chart_columns.ts";
import type { Range } from "./ranges.ts";

export type SeriesByMetric = Readonly<Record<Metric, readonly HistorySeries[]>>;

export interface ChartsWish {
  readonly names: readonly string[];
  readonly range: Range;
  readonly toMs: number;
  readonly isLive: boolean;
  readonly ghost: GhostName | null;
  /** The server's clock. */
  readonly nowMs: number;
}

export interface ChartsAnswer extends ChartsWish {
  readonly series: SeriesByMetric;
  readonly ghostSeries: SeriesByMetric | null;
  /** How much earlier the ghost's stretch is; less than 0: later. */
  readonly earlierMs: number;
}

/** While live the stretch moves on until it is asked for again; a ghost must be there by then. */
const AHEAD_MS = 60_000;

export async function askCharts(ask: Ask, wish: ChartsWish): Promise<ChartsAnswer> {
  const { range, toMs, isLive } = wish;
  // Live is now already.
  const ghost = isLive && wish.ghost === "now" ? null : wish.ghost;
  const fromMs = toMs - range.ms;
  const earlierMs = ghost === null ? 0 : ghostMs(ghost, wish);
  const spanMs = range.ms + (isLive ? AHEAD_MS : 0);
  const [series, ghostSeries] = await Promise.all([
    ofAllMetrics(ask, wish.names, fromMs, toMs, range.points),
    ghost === null ? null : ofAllMetrics(
      ask,
      wish.names,
      fromMs - earlierMs,
      fromMs - earlierMs + spanMs,
      // As many more, so that the step stays the same.
      Math.ceil(range.points * spanMs / range.ms),
    ),
  ]);
  return { ...wish, ghost, series, ghostSeries, earlierMs };
}

/** Whole buckets, so that those of the ghost fall on those of the chart. */
function ghostMs(ghost: GhostName, { range, toMs, nowMs }: ChartsWish): number {
  const stepMs = range.ms / range.points;
  return GHOSTS[ghost] ?? Math.round((toMs - nowMs) / stepMs) * stepMs;
}

async function ofAllMetrics(
  { get }: Ask,
  names: readonly string[],
  fromMs: number,
  toMs: number,
  points: number,
): Promise<SeriesByMetric> {
  const window = { from: Math.max(0, Math.floor(fromMs)), to: Math.floor(toMs), points };
  const ofMetric = (metric: Metric) =>
    Promise.all(
      names.slice(0, CHART_REGIONS_MAX).map(async (region) =>
        seriesOf(region, await get("/api/series", { metric, region, ...window }))
      ),
    );
  const asked = await Promise.all(METRIC_ORDER.map(ofMetric));
  const byMetric = {} as Record<Metric, readonly HistorySeries[]>;
  METRIC_ORDER.forEach((metric, index) => byMetric[metric] = asked[index] ?? []);
  return byMetric;
}
