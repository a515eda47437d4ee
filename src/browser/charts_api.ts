/** All measures by region over one stretch, and the same stretch so much earlier, as a ghost. */
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
  const { range, toMs, names } = wish;
  const ghost = ghostStretch(wish);
  const window = { fromMs: toMs - range.ms, toMs, points: range.points };
  const [series, ghostSeries] = await Promise.all([
    ofAllMetrics(ask, names, window),
    ghost === null ? null : ofAllMetrics(ask, names, ghost.window),
  ]);
  return {
    ...wish,
    ghost: ghost?.name ?? null,
    series,
    ghostSeries,
    earlierMs: ghost?.earlierMs ?? 0,
  };
}

/** What one chart draws of an earlier stretch. */
export interface GhostAnswer {
  readonly name: GhostName;
  readonly metric: Metric;
  readonly earlierMs: number;
  readonly series: readonly HistorySeries[];
}

/** Null where none is wished for, or the stretch is the one that is shown already. */
export async function askGhost(
  ask: Ask,
  wish: ChartsWish,
  metric: Metric,
): Promise<GhostAnswer | null> {
  const ghost = ghostStretch(wish);
  if (ghost === null) return null;
  const { name, earlierMs, window } = ghost;
  return { name, metric, earlierMs, series: await ofMetric(ask, wish.names, window, metric) };
}

interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly points: number;
}

function ghostStretch(wish: ChartsWish) {
  const { range, toMs, isLive, ghost: name } = wish;
  // Live is now already.
  if (name === null || isLive && name === "now") return null;
  const earlierMs = ghostMs(name, wish);
  const spanMs = range.ms + (isLive ? AHEAD_MS : 0);
  const fromMs = toMs - range.ms - earlierMs;
  // As many more points, so that the step stays the same.
  const points = Math.ceil(range.points * spanMs / range.ms);
  return { name, earlierMs, window: { fromMs, toMs: fromMs + spanMs, points } };
}

/** Whole buckets, so that those of the ghost fall on those of the chart. */
function ghostMs(ghost: GhostName, { range, toMs, nowMs }: ChartsWish): number {
  const stepMs = range.ms / range.points;
  return GHOSTS[ghost] ?? Math.round((toMs - nowMs) / stepMs) * stepMs;
}

async function ofAllMetrics(
  ask: Ask,
  names: readonly string[],
  window: Stretch,
): Promise<SeriesByMetric> {
  const asked = await Promise.all(
    METRIC_ORDER.map((metric) => ofMetric(ask, names, window, metric)),
  );
  const byMetric = {} as Record<Metric, readonly HistorySeries[]>;
  METRIC_ORDER.forEach((metric, index) => byMetric[metric] = asked[index] ?? []);
  return byMetric;
}

function ofMetric(
  { get }: Ask,
  names: readonly string[],
  { fromMs, toMs, points }: Stretch,
  metric: Metric,
): Promise<HistorySeries[]> {
  const [from, to] = [Math.max(0, Math.floor(fromMs)), Math.floor(toMs)];
  const window = { from, to, points, flags: 1 };
  return Promise.all(
    names.slice(0, CHART_REGIONS_MAX).map(async (region) =>
      seriesOf(region, await get("/api/series", { metric, region, ...window }))
    ),
  );
}
