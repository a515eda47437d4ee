/**
 * Folds what the store knows (history, in buckets) and what the stream brings (live seconds) into
 * the columns a chart draws: x ascending in seconds, one column a region.
 *
 * ```
 * history   |  bucket  |  bucket  |  bucket  |  bucket  |          step H, from /api/series
 * live                        s s s s s s s s s s s s s s s s s    1 s each, whole, replaced whole
 * grid      |  .  |  . |  .  |  . |  .  |  . |  .  |  . |  .  |    step G, H is a multiple of G
 * ```
 *
 * Both may hold the same readings. For each history bucket the side that counted more wins, and
 * live wins a tie: the store sees batch files and late readings, the stream sees what the store
 * does not have yet. A slot without a value is `undefined` where the line goes across it and `null`
 * where it breaks (uPlot's own distinction). Memory is bounded: rings, and the last history given.
 */
import type { RegionSecond } from "../model/live_event.ts";
import type { Metric } from "../model/reading.ts";
import { markGaps } from "./chart_gaps.ts";
import { liveStepMs } from "./live_step.ts";
import { DEFAULT_RANGE, type Range } from "./ranges.ts";
import { compareNames } from "./regions.ts";
import { RING_SECONDS, SecondsRing } from "./seconds_ring.ts";
import { trendOf } from "./trend.ts";

/** One region's answer of `/api/series`: equal lengths, `t` epoch ms of bucket starts. */
export interface HistorySeries {
  readonly region: string;
  readonly stepMs: number;
  readonly t: readonly number[];
  readonly mean: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  readonly count: readonly number[];
  /** Readings of the bucket that came late; left out where that was not asked. */
  readonly late?: readonly number[];
}

export type Cell = number | null | undefined;

export interface RegionColumn {
  readonly region: string;
  readonly mean: Cell[];
  readonly min: Cell[];
  readonly max: Cell[];
  readonly count: number[];
  /** Readings that came late, as the store knows them; null: none. */
  readonly late?: readonly number[] | null;
}

export interface ChartView {
  readonly stepMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Epoch seconds, the middle of each slot. */
  readonly x: number[];
  /** In the order of the regions' names. */
  readonly regions: readonly RegionColumn[];
}

/** More lines than this can't be told apart, and cost memory; the rest is named in the legend. */
export const CHART_REGIONS_MAX = 24;
const SLOTS_MAX = 4_000;
const AHEAD_MS_MAX = 120_000;

export class ChartColumns {
  readonly #rings = new Map<string, SecondsRing>();
  #history = new Map<string, HistorySeries>();
  #stepMs = 5_000;

  /** Replaces the history behind the live seconds. */
  setHistory(series: readonly HistorySeries[]): void {
    this.#history = byRegion(series);
  }

  /**
   * Whole seconds; each replaces its own. Order does not matter. Seconds from a clock that runs far
   * ahead are left out: they would push every true one out of the ring.
   */
  addSeconds(seconds: readonly RegionSecond[], nowMs: number): void {
    for (const second of seconds) {
      if (second.atMs > nowMs + AHEAD_MS_MAX) continue;
      let ring = this.#rings.get(second.region);
      if (ring === undefined) {
        if (this.#rings.size >= CHART_REGIONS_MAX) continue;
        this.#rings.set(second.region, ring = new SecondsRing());
      }
      ring.put(second);
    }
  }

  /** Forgets the live seconds: the stream starts anew after a gap it could not fill. */
  clearSeconds(): void {
    this.#rings.clear();
  }

  /** @param series another history than the one that was set, of this metric and range */
  view(
    range: Range,
    metric: Metric,
    toMs: number,
    series?: readonly HistorySeries[],
  ): ChartView {
    const history = series === undefined ? this.#history : byRegion(series);
    const fromMs = toMs - range.ms;
    const historyStepMs = stepMsOf(history) ?? range.ms / range.points;
    const gridMs = this.#gridMs(range, historyStepMs, toMs);
    const first = Math.floor(fromMs / historyStepMs) * Math.round(historyStepMs / gridMs);
    const slots = Math.min(SLOTS_MAX, Math.floor(toMs / gridMs) - first + 1);
    const grid: Grid = { first, slots, stepMs: gridMs };
    // Which regions are drawn, where there are too many, is for whoever asked for the history.
    const names = [...new Set([...history.keys(), ...this.#rings.keys()])]
      .slice(0, CHART_REGIONS_MAX).sort(compareNames);
    const regions = names.map((region) =>
      regionColumn(region, grid, { ring: this.#rings.get(region), metric }, history.get(region))
    );
    const x = Array.from(
      { length: slots },
      (_, slot) => Math.min((first + slot + 0.5) * gridMs, toMs) / 1000,
    );
    return { stepMs: gridMs, fromMs, toMs, x, regions };
  }

  /** All regions' live readings of the last five minutes, see `trend.ts`. */
  trend(metric: Metric, toMs: number): (number | null)[] {
    return trendOf(this.#rings.values(), metric, toMs);
  }

  /** The shortest range shows the seconds themselves; longer ones the history's own steps. */
  #gridMs(range: Range, historyStepMs: number, toMs: number): number {
    if (range.ms > DEFAULT_RANGE.ms || this.#rings.size === 0) return historyStepMs;
    this.#stepMs = liveStepMs(this.#rings.values(), toMs, this.#stepMs);
    return historyStepMs % this.#stepMs === 0 ? this.#stepMs : historyStepMs;
  }
}

/** An earlier stretch in the slots of `view`, as if it had been `laterMs` later. */
export function ghostColumns(
  view: ChartView,
  series: readonly HistorySeries[],
  laterMs: number,
): RegionColumn[] {
  const first = Math.floor((view.x[0] ?? 0) * 1000 / view.stepMs);
  const grid: Grid = { first, slots: view.x.length, stepMs: view.stepMs };
  const drawn = new Set(view.regions.map((each) => each.region));
  return series.filter(({ region }) => drawn.has(region)).map((each) => {
    const moved = { ...each, t: each.t.map((atMs) => atMs + laterMs) };
    return regionColumn(each.region, grid, null, moved);
  });
}

/** The regions that a chart asks for, in order: the first ones, and always the one that is chosen. */
export function chartRegions(names: readonly string[], chosen: string | null): readonly string[] {
  const first = names.slice(0, CHART_REGIONS_MAX);
  if (chosen === null || first.includes(chosen) || !names.includes(chosen)) return first;
  return [...first.slice(0, -1), chosen];
}

/** The view of one region alone; of all where that is null or has no column. */
export function onlyRegion(view: ChartView, region: string | null): ChartView {
  const only = view.regions.filter((each) => each.region === region);
  return only.length === 0 ? view : { ...view, regions: only };
}

/** Where a slot begins, epoch ms. */
export function slotStartMs(view: ChartView, slot: number): number {
  return Math.floor((view.x[slot] ?? 0) * 1000 / view.stepMs) * view.stepMs;
}

function byRegion(series: readonly HistorySeries[]): Map<string, HistorySeries> {
  return new Map(series.slice(0, CHART_REGIONS_MAX).map((each) => [each.region, each]));
}

function stepMsOf(history: ReadonlyMap<string, HistorySeries>): number | null {
  let step: number | null = null;
  for (const series of history.values()) step = Math.max(step ?? 0, series.stepMs);
  return step;
}

interface Grid {
  /** Number of the first slot: its start is first · stepMs. */
  readonly first: number;
  readonly slots: number;
  readonly stepMs: number;
}

/** Sums per slot, before means are taken. */
interface Sums {
  readonly count: number[];
  readonly sum: number[];
  readonly min: number[];
  readonly max: number[];
}

function regionColumn(
  region: string,
  grid: Grid,
  live: { readonly ring: SecondsRing | undefined; readonly metric: Metric } | null,
  history: HistorySeries | undefined,
): RegionColumn {
  const sums: Sums = {
    count: new Array<number>(grid.slots).fill(0),
    sum: new Array<number>(grid.slots).fill(0),
    min: new Array<number>(grid.slots).fill(Infinity),
    max: new Array<number>(grid.slots).fill(-Infinity),
  };
  if (live?.ring !== undefined) addRing(sums, grid, live.metric, live.ring);
  if (history !== undefined) addHistory(sums, grid, history);
  const filled = (at: (slot: number) => number): Cell[] =>
    sums.count.map((count, slot) => count > 0 ? at(slot) : undefined);
  const mean = filled((slot) => (sums.sum[slot] ?? 0) / (sums.count[slot] ?? 1));
  const min = filled((slot) => sums.min[slot] ?? 0);
  const max = filled((slot) => sums.max[slot] ?? 0);
  const unripe = unripeSlot(sums.count, grid.stepMs);
  if (unripe !== null) mean[unripe] = min[unripe] = max[unripe] = undefined;
  const gaps = markGaps(mean, grid.stepMs);
  for (const slot of gaps) mean[slot] = min[slot] = max[slot] = null;
  return { region, mean, min, max, count: sums.count, late: lateOf(grid, history) };
}

/** In the middle of their buckets, where their values stand as well. */
function lateOf(grid: Grid, history: HistorySeries | undefined): number[] | null {
  if (!history?.late?.some((readings) => readings > 0)) return null;
  const half = Math.round(history.stepMs / grid.stepMs) >> 1;
  const late = new Array<number>(grid.slots).fill(0);
  history.late.forEach((readings, index) => {
    const start = Math.floor((history.t[index] ?? 0) / grid.stepMs) - grid.first;
    if (start < 0 || start >= grid.slots) return;
    const slot = Math.min(grid.slots - 1, start + half);
    late[slot] = (late[slot] ?? 0) + readings;
  });
  return late;
}

/** Longer steps fill for minutes: their newest point is better early than ripe. */
const RIPE_STEP_MS_MAX = 10_000;

/**
 * The newest slot while it holds less than half of what the one before it does: the mean of the
 * first one or two hosts of a step would make the line's end twitch with every frame.
 */
function unripeSlot(count: readonly number[], stepMs: number): number | null {
  const newest = count.findLastIndex((readings) => readings > 0);
  if (stepMs > RIPE_STEP_MS_MAX || newest < count.length - 2) return null;
  return (count[newest] ?? 0) < (count[newest - 1] ?? 0) / 2 ? newest : null;
}

function addRing(sums: Sums, grid: Grid, metric: Metric, ring: SecondsRing): void {
  const columns = ring.columns(metric);
  for (let index = 0; index < RING_SECONDS; index++) {
    const second = ring.seconds[index] ?? -1;
    const count = columns.count[index] ?? 0;
    if (second < 0 || count === 0 || second <= ring.newest - RING_SECONDS) continue;
    const slot = Math.floor((second * 1000) / grid.stepMs) - grid.first;
    if (slot < 0 || slot >= grid.slots) continue;
    addTo(
      sums,
      slot,
      count,
      columns.sum[index] ?? 0,
      columns.min[index] ?? 0,
      columns.max[index] ?? 0,
    );
  }
}

function addTo(sums: Sums, slot: number, count: number, sum: number, min: number, max: number) {
  sums.count[slot] = (sums.count[slot] ?? 0) + count;
  sums.sum[slot] = (sums.sum[slot] ?? 0) + sum;
  sums.min[slot] = Math.min(sums.min[slot] ?? Infinity, min);
  sums.max[slot] = Math.max(sums.max[slot] ?? -Infinity, max);
}

function addHistory(sums: Sums, grid: Grid, history: HistorySeries): void {
  const width = Math.max(1, Math.round(history.stepMs / grid.stepMs));
  for (let index = 0; index < history.t.length; index++) {
    const count = history.count[index] ?? 0;
    const mean = history.mean[index];
    if (count === 0 || mean === null || mean === undefined) continue;
    const start = Math.floor((history.t[index] ?? 0) / grid.stepMs) - grid.first;
    if (start < 0 || start >= grid.slots) continue;
    const end = Math.min(grid.slots, start + width);
    if (liveCount(sums, start, end) >= count) continue;
    for (let slot = start; slot < end; slot++) clearSlot(sums, slot);
    const middle = Math.min(grid.slots - 1, start + (width >> 1));
    addTo(
      sums,
      middle,
      count,
      mean * count,
      history.min[index] ?? mean,
      history.max[index] ?? mean,
    );
  }
}

function liveCount(sums: Sums, start: number, end: number): number {
  let count = 0;
  for (let slot = start; slot < end; slot++) count += sums.count[slot] ?? 0;
  return count;
}

function clearSlot(sums: Sums, slot: number): void {
  sums.count[slot] = 0;
  sums.sum[slot] = 0;
  sums.min[slot] = Infinity;
  sums.max[slot] = -Infinity;
}
