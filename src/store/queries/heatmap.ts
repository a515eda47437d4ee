/**
 * Temperature over time: how many readings of each bucket lay in which bin of whole °C. From the
 * regions' histograms of the coarsest rollup tier that divides the step, with the rows of what is
 * too thin for that tier, so the answer is the same whatever the tiers. Buckets are whole, as those
 * of a series are.
 */
import { REGION_TIERS_S } from "../../model/rollup.ts";
import type { Database } from "../database.ts";
import { binCounts } from "./bin_counts.ts";
import { roundEdges } from "./histogram.ts";
import { lateByBucket } from "./late_counts.ts";
import { stepFor, wholeBuckets } from "./series_step.ts";
import { ofSeries, type SeriesKeys, seriesKeys } from "./series_keys.ts";
import { rollupColumns, thinRowsOfRegions } from "./thin_rows.ts";

export interface HeatmapQuery {
  /** Null: all regions together. */
  readonly region: string | null;
  readonly fromMs: number;
  readonly toMs: number;
  /** At most so many buckets, and one for the range's ends not lying on a bucket's. */
  readonly points: number;
  /** At most so many bins. */
  readonly bins: number;
  /** Each bucket says how many of its readings came late. */
  readonly withLate?: boolean;
}

/**
 * `counts[i][j]`: readings of the bucket that starts at `t[i]`, epoch ms, with
 * `edges[j]` ≤ value < `edges[j + 1]`. Nothing occurred: no edges, and no counts in any bucket.
 */
export interface HeatmapJson {
  readonly step_ms: number;
  readonly t: readonly number[];
  readonly edges: readonly number[];
  readonly counts: readonly (readonly number[])[];
  /** Readings of the bucket that came late, whatever they measure. */
  readonly late?: readonly number[];
}

export async function queryHeatmap(
  database: Database,
  query: HeatmapQuery,
): Promise<HeatmapJson> {
  const stepS = Math.max(stepFor(query.toMs - query.fromMs, query.points), REGION_TIERS_S[0]);
  const stepMs = stepS * 1000;
  const { fromMs, toMs } = wholeBuckets(query, stepS);
  const keys = await seriesKeys(database, query.region, null);
  const [columns, late] = await Promise.all([
    readColumns(database, keys, stepS, fromMs, toMs),
    query.withLate ? lateByBucket(database, keys.region_keys, stepS, { fromMs, toMs }) : null,
  ]);
  const occurring = columns.flatMap(({ counts }) => [...counts.keys()]);
  const edges = occurring.length === 0
    ? []
    : roundEdges(lowest(occurring), highest(occurring), query.bins, 1);
  const t = Array.from({ length: (toMs - fromMs) / stepMs }, (_, index) => fromMs + index * stepMs);
  const counts = t.map(() => new Array<number>(Math.max(0, edges.length - 1)).fill(0));
  const width = (edges[1] ?? 1) - (edges[0] ?? 0);
  for (const column of columns) {
    const cells = counts[Math.round((column.atMs - fromMs) / stepMs)];
    if (cells === undefined) continue;
    for (const [bin, readings] of column.counts) {
      cells[Math.floor((bin - edges[0]!) / width)]! += readings;
    }
  }
  const answer = { step_ms: stepMs, t, edges, counts };
  return late === null ? answer : { ...answer, late: t.map((atMs) => late.get(atMs) ?? 0) };
}

interface Column {
  readonly atMs: number;
  readonly counts: ReadonlyMap<number, number>;
}

const THIN = {
  stepS: "$3::int",
  from: "$4::float8",
  to: "$5::float8",
  regionKeys: "$1::int[]",
};

/** The buckets in which anything was measured. */
async function readColumns(
  database: Database,
  keys: SeriesKeys,
  stepS: number,
  fromMs: number,
  toMs: number,
): Promise<Column[]> {
  const tierS = REGION_TIERS_S.findLast((tier) => stepS % tier === 0) ?? REGION_TIERS_S[0];
  const rows = await database.query<{ at_ms: number; bins: string }>(
    `select (floor(extract(epoch from r.bucket) / ${stepS}) * ${stepS * 1000})::float8 as at_ms,
      string_agg(array_to_string(r.temp_bins, ','), ',') as bins
    from (
      select ${rollupColumns(["temp_c"], true)} from rackwatch.rollups r
      where r.step_s = $3::int and ${ofSeries("$1", "$2")}
        and r.bucket >= to_timestamp($4::float8 / 1000)
        and r.bucket < to_timestamp($5::float8 / 1000)
      union all ${thinRowsOfRegions(THIN, ["temp_c"], true)}
    ) as r
    where r.temp_c_count > 0
    group by 1`,
    [keys.region_keys, keys.host_keys, tierS, fromMs, toMs],
  );
  return rows.map(({ at_ms, bins }) => ({ atMs: at_ms, counts: binCounts(bins) }));
}

function lowest(values: readonly number[]): number {
  return values.reduce((least, each) => Math.min(least, each), Infinity);
}

function highest(values: readonly number[]): number {
  return values.reduce((most, each) => Math.max(most, each), -Infinity);
}
