/**
 * How often which values occurred, by region. Temperatures come from the rollups' histograms in
 * whole °C, whatever the range; the other metrics from the rows, of which a sample is read where
 * they are very many. Edges are round numbers that cover what occurred.
 */
import type { Metric } from "../../model/reading.ts";
import { REGION_TIERS_S } from "../../model/rollup.ts";
import type { Database } from "../database.ts";
import { SAMPLE_OF, SAMPLE_PLACE } from "../migrations/0009_chunk_times.ts";
import { binCounts } from "./bin_counts.ts";
import { chunksWithin } from "./chunk_bounds.ts";
import { lateByRegion } from "./late_counts.ts";
import { seriesKeys } from "./series_keys.ts";
import { rollupColumns, thinRowsOfRegions } from "./thin_rows.ts";
import { coverRange, type Stretch, stretchColumns } from "./tier_cover.ts";

export interface HistogramQuery {
  readonly metric: Metric;
  /** Null: every region. */
  readonly region: string | null;
  readonly fromMs: number;
  readonly toMs: number;
  /** At most so many bins. */
  readonly bins: number;
  /** Regions say how many of their readings came late. */
  readonly withLate?: boolean;
}

/** Bin i holds edges[i] ≤ value < edges[i + 1]. Nothing occurred: no edges, no regions. */
export interface HistogramJson {
  readonly edges: readonly number[];
  readonly counts: Readonly<Record<string, readonly number[]>>;
  /** Part of the rows that was read, where it was not all; counts are scaled up by it. */
  readonly sampled?: number;
  /** Readings that came late, whatever they measure, of the regions that have any. */
  readonly late?: Readonly<Record<string, number>>;
}

const THIN = {
  stepS: "t.step_s",
  from: "t.from_ms",
  to: "t.to_ms",
  regionKeys: "array[k.region_key]",
};

/** Stretch by stretch and region by region: as one join, the planner read every rollup there is. */
const rollups = (metric: Metric) => {
  const isTemperature = metric === "temp_c";
  return `unnest($3::int[], $4::float8[], $5::float8[]) as t(step_s, from_ms, to_ms)
  cross join unnest($1::int[]) as k(region_key)
  cross join lateral (
    select ${rollupColumns([metric], isTemperature)} from rackwatch.rollups r
    where r.step_s = t.step_s and r.region_key = k.region_key and r.host_key = any($2::int[])
      and r.bucket >= to_timestamp(t.from_ms / 1000) and r.bucket < to_timestamp(t.to_ms / 1000)
    union all ${thinRowsOfRegions(THIN, [metric], isTemperature)}
    offset 0
  ) as r`;
};
/** Of the rows: 20 ms. A bin that holds a twentieth of them is right to some 4 % of itself. */
const ROWS_READ_MAX = 50_000;
const BUCKETS_READ_MAX = 2_000;

export async function queryHistogram(
  database: Database,
  query: HistogramQuery,
): Promise<HistogramJson> {
  const [histogram, late] = await Promise.all([
    query.metric === "temp_c"
      ? temperatureHistogram(database, query)
      : rowsHistogram(database, query),
    query.withLate ? lateIn(database, query) : null,
  ]);
  return late === null ? histogram : { ...histogram, late };
}

async function lateIn(database: Database, query: HistogramQuery): Promise<Record<string, number>> {
  const keys = await seriesKeys(database, query.region, null);
  return await lateByRegion(database, keys.region_keys, bucketsOf(query));
}

async function temperatureHistogram(
  database: Database,
  query: HistogramQuery,
): Promise<HistogramJson> {
  const keys = await seriesKeys(database, query.region, null);
  const rows = await database.query<{ region: string; bins: string | null }>(
    `select g.region, found.bins from (
      select r.region_key, string_agg(array_to_string(r.temp_bins, ','), ',') as bins
      from ${rollups("temp_c")} where r.temp_c_count > 0 group by r.region_key
    ) as found join rackwatch.regions g using (region_key)`,
    [keys.region_keys, keys.host_keys, ...stretchColumns(bucketsOf(query))],
  );
  const bins = rows.map(({ region, bins }) => ({ region, counts: binCounts(bins ?? "") }))
    .filter(({ counts }) => counts.size > 0);
  if (bins.length === 0) return { edges: [], counts: {} };
  const occurring = bins.flatMap(({ counts }) => [...counts.keys()]);
  const edges = roundEdges(Math.min(...occurring), Math.max(...occurring), query.bins, 1);
  const width = edges[1]! - edges[0]!;
  const counts = new Counts(edges);
  for (const { region, counts: readingsOfBin } of bins) {
    for (const [bin, readings] of readingsOfBin) {
      counts.add(region, Math.floor((bin - edges[0]!) / width), readings);
    }
  }
  return { edges, counts: counts.byRegion() };
}

/** Of the finest tier that covers the range in few buckets, those that begin within it. */
function bucketsOf({ fromMs, toMs }: HistogramQuery): Stretch[] {
  const isFew = (stepS: number) => (toMs - fromMs) / 1000 / stepS <= BUCKETS_READ_MAX;
  const finest = REGION_TIERS_S.findIndex(isFew);
  return coverRange({ fromMs, toMs }, REGION_TIERS_S.slice(finest));
}

async function rowsHistogram(database: Database, query: HistogramQuery): Promise<HistogramJson> {
  const { metric, region } = query;
  const keys = await seriesKeys(database, region, null);
  const [bounds] = await database.query<Bounds>(
    `select min(r.${metric}_min) as low, max(r.${metric}_max) as high,
      coalesce(sum(r.readings), 0)::bigint as readings
    from ${rollups(metric)}`,
    [keys.region_keys, keys.host_keys, ...stretchColumns(bucketsOf(query))],
  );
  if (bounds === undefined || bounds.low === null || bounds.high === null) {
    return { edges: [], counts: {} };
  }
  const edges = roundEdges(bounds.low, bounds.high, query.bins, 0);
  const sample = Math.ceil(Math.min(1, ROWS_READ_MAX / Math.max(1, bounds.readings)) * SAMPLE_OF);
  const part = sample / SAMPLE_OF;
  const rows = await database.query<{ region: string; bin: number; readings: number }>(
    `select g.region, width_bucket(v.value, $2::float8[]) as bin, count(*)::bigint as readings
    from (
      select c.region_key, unnest(c.${metric}) as value from rackwatch.chunks c
      where ${WITHIN} and c.first_ms >= $3::float8 and c.last_ms < $4::float8
      union all
      select c.region_key, v.value from rackwatch.chunks c
      cross join lateral unnest(c.at_ms, c.${metric}) as v(at_ms, value)
      where ${WITHIN} and not (c.first_ms >= $3::float8 and c.last_ms < $4::float8)
        and c.first_ms + v.at_ms >= $3::float8 and c.first_ms + v.at_ms < $4::float8
    ) as v
    join rackwatch.regions g on g.region_key = v.region_key
    where v.value is not null
    group by 1, 2`,
    [keys.region_keys, edges, query.fromMs, query.toMs, sample],
  );
  const counts = new Counts(edges);
  for (const { region, bin, readings } of rows) {
    counts.add(region, bin - 1, Math.round(readings / part));
  }
  const answer = { edges, counts: counts.byRegion() };
  return part === 1 ? answer : { ...answer, sampled: part };
}

/** Chunks that the range touches, or of very many a sample: the same ones whenever it is asked. */
const WITHIN = `c.region_key = any($1::int[])
  and ${chunksWithin("$3::float8", "$4::float8").replaceAll("r.chunk_", "c.")}
  and ${SAMPLE_PLACE} < $5::int`;

type Bounds = { low: number | null; high: number | null; readings: number };

class Counts {
  readonly #byRegion = new Map<string, number[]>();
  constructor(readonly edges: readonly number[]) {}

  add(region: string, bin: number, readings: number): void {
    let counts = this.#byRegion.get(region);
    if (counts === undefined) {
      counts = new Array<number>(this.edges.length - 1).fill(0);
      this.#byRegion.set(region, counts);
    }
    const index = Math.max(0, Math.min(counts.length - 1, bin));
    counts[index]! += readings;
  }

  byRegion(): Record<string, number[]> {
    return Object.fromEntries([...this.#byRegion].sort(([a], [b]) => a < b ? -1 : 1));
  }
}

/** Mantissas of a bin's width: what people read without effort. */
const ROUND = [1, 2, 2.5, 3, 4, 5, 6, 8, 10];

/**
 * Edges of at most `bins` bins of one round width that hold everything from low to high.
 * `widthMin` 1 keeps them whole numbers.
 */
export function roundEdges(low: number, high: number, bins: number, widthMin: number): number[] {
  if (bins === 1) {
    // One round bin cannot hold both sides of zero; two can, and are then one.
    const two = roundEdges(low, high, 2, widthMin);
    return [two[0]!, two.at(-1)!];
  }
  const rawWidth = Math.max(widthMin, (high - low) / bins);
  if (!(rawWidth > 0)) return [Math.floor(low), Math.floor(low) + 1];
  for (let exponent = Math.floor(Math.log10(rawWidth));; exponent++) {
    for (const mantissa of ROUND) {
      const width = rounded(mantissa * 10 ** exponent);
      if (width < widthMin || (widthMin === 1 && !Number.isInteger(width))) continue;
      const first = Math.floor(low / width + 1e-9);
      const count = Math.floor(high / width + 1e-9) - first + 1;
      if (width < rawWidth * (1 - 1e-9) || count > bins) continue;
      return Array.from({ length: count + 1 }, (_, index) => rounded((first + index) * width));
    }
  }
}

/** Without the dust of binary fractions: 0.30000000000000004 → 0.3. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}
