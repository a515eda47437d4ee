/**
 * One metric over time, as columns. The step follows from the points asked for; the numbers come
 * from the coarsest rollup tier that divides it, with the rows of what is too thin for that tier, or
 * from the rows alone where the step is finer than any tier and the rows are few. Buckets are whole:
 * the first one holds `from`, the last one ends at or after `to`.
 */
import { FLAG_LATE, type Metric } from "../../model/reading.ts";
import { HOST_TIERS_S, REGION_TIERS_S } from "../../model/rollup.ts";
import type { Database, Row } from "../database.ts";
import { chunksWithin } from "./chunk_bounds.ts";
import { rowsOfHosts } from "./host_rows.ts";
import { lateByBucket } from "./late_counts.ts";
import { rollupColumns, thinRowsOfHosts, thinRowsOfRegions } from "./thin_rows.ts";
import { type SeriesKeys, seriesKeys } from "./series_keys.ts";
import { chooseStep, IN_TIER, type Range, wholeBuckets } from "./series_step.ts";

export interface SeriesQuery {
  readonly metric: Metric;
  /** Null: all regions, or the host in whatever region. */
  readonly region: string | null;
  readonly hostId: string | null;
  readonly fromMs: number;
  readonly toMs: number;
  /** At most so many buckets, and one for the range's ends not lying on a bucket's. */
  readonly points: number;
  /** Each bucket says how many of its readings came late; of whole regions only. */
  readonly withLate?: boolean;
}

/** Lists of equal length; `t` is each bucket's start, epoch ms. Nothing measured: null, count 0. */
export interface SeriesJson {
  readonly step_ms: number;
  readonly t: readonly number[];
  readonly mean: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  readonly count: readonly number[];
  /** Readings of the bucket that came late, whatever they measure. */
  readonly late?: readonly number[];
}

export async function querySeries(database: Database, query: SeriesQuery): Promise<SeriesJson> {
  const tiers = query.hostId === null ? REGION_TIERS_S : HOST_TIERS_S;
  const keys = await seriesKeys(database, query.region, query.hostId);
  const { stepS, fromRows } = await chooseStep(database, keys, query);
  const range = wholeBuckets(query, stepS);
  const tier = tiers.findLast((tierS) => stepS % tierS === 0);
  if (fromRows || tier === undefined) {
    const rows = await readRows(database, query, keys, stepS, range);
    const late = new Map(rows.map((row) => [row["at_ms"] as number, row["late"] as number]));
    return asColumns(rows, stepS * 1000, range, query.withLate ? late : null);
  }
  const [rows, late] = await Promise.all([
    readRollups(database, query, keys, stepS, tier, range),
    query.withLate ? lateByBucket(database, keys.region_keys, stepS, range) : null,
  ]);
  return asColumns(rows, stepS * 1000, range, late);
}

/** Of a tier by rollups, and of what is too thin for it by rows. */
function readRollups(
  database: Database,
  { metric, hostId }: SeriesQuery,
  keys: SeriesKeys,
  stepS: number,
  tierS: number,
  range: Range,
): Promise<Row[]> {
  return database.query(
    `select ${bucketMs("r.bucket", stepS)} as at_ms, sum(r.${metric}_count)::bigint as readings,
      (sum(r.${metric}_sum_micro) / 1e6 / sum(r.${metric}_count))::float8 as mean,
      min(r.${metric}_min) as min, max(r.${metric}_max) as max
    from (
      select ${rollupColumns([metric], false)} from rackwatch.rollups r where ${IN_TIER}
      union all ${thinRows(metric, hostId !== null)}
    ) as r
    where r.${metric}_count > 0
    group by 1`,
    [keys.region_keys, keys.host_keys, tierS, range.fromMs, range.toMs],
  );
}

function thinRows(metric: Metric, isHost: boolean): string {
  const thin = {
    stepS: "$3::int",
    from: "$4::float8",
    to: "$5::float8",
    regionKeys: "$1::int[]",
  };
  return isHost
    ? thinRowsOfHosts(thin, "$2::int[]", [metric])
    : thinRowsOfRegions(thin, [metric], false);
}

function readRows(
  database: Database,
  { metric, withLate }: SeriesQuery,
  keys: SeriesKeys,
  stepS: number,
  range: Range,
): Promise<Row[]> {
  const late = `count(*) filter (where r.flags & ${FLAG_LATE} <> 0)::bigint`;
  const isHost = keys.host_keys.some((key) => key !== 0);
  const relation = isHost ? rowsOfHosts("$2::int[]", [metric]) : "rackwatch.readings";
  return database.query(
    `select ${bucketMs("r.at", stepS)} as at_ms, count(r.${metric})::bigint as readings,
      avg(r.${metric}) as mean, min(r.${metric}) as min, max(r.${metric}) as max
      ${withLate ? `, ${late} as late` : ""}
    from ${relation} r
    where r.region_key = any($1::int[]) and cardinality($2::int[]) > 0
      and r.at >= to_timestamp($3::float8 / 1000) and r.at < to_timestamp($4::float8 / 1000)
      and ${chunksWithin("$3::float8", "$4::float8")}
      ${withLate ? "" : `and r.${metric} is not null`}
    group by 1`,
    [keys.region_keys, keys.host_keys, range.fromMs, range.toMs],
  );
}

function bucketMs(column: string, stepS: number): string {
  return `(floor(extract(epoch from ${column}) / ${stepS}) * ${stepS * 1000})::float8`;
}

function asColumns(
  rows: readonly Row[],
  stepMs: number,
  range: Range,
  late: ReadonlyMap<number, number> | null,
): SeriesJson {
  const length = Math.round((range.toMs - range.fromMs) / stepMs);
  const columns = {
    step_ms: stepMs,
    t: Array.from({ length }, (_, index) => range.fromMs + index * stepMs),
    mean: new Array<number | null>(length).fill(null),
    min: new Array<number | null>(length).fill(null),
    max: new Array<number | null>(length).fill(null),
    count: new Array<number>(length).fill(0),
  };
  for (const row of rows) {
    const index = Math.round(((row["at_ms"] as number) - range.fromMs) / stepMs);
    if (index < 0 || index >= length) continue;
    columns.mean[index] = row["mean"] as number | null;
    columns.min[index] = row["min"] as number | null;
    columns.max[index] = row["max"] as number | null;
    columns.count[index] = row["readings"] as number;
  }
  return late === null
    ? columns
    : { ...columns, late: columns.t.map((atMs) => late.get(atMs) ?? 0) };
}
