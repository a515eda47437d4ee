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
import { lateByBucket, lateOfRegions } from "./late_counts.ts";
import { rollupColumns, thinRowsOfHosts, thinRowsOfRegions } from "./thin_rows.ts";
import { type SeriesKeys, seriesKeys } from "./series_keys.ts";
import { chooseStep, IN_TIER, type Range, stepFor, wholeBuckets } from "./series_step.ts";

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
  const buckets = { keys, stepS, range: wholeBuckets(query, stepS) };
  const tierS = tiers.findLast((one) => stepS % one === 0);
  if (fromRows || tierS === undefined) {
    const rows = await readRows(database, query, buckets);
    const late = query.withLate
      ? new Map(rows.map((row) => [row["at_ms"] as number, row["late"] as number]))
      : null;
    return asColumns(rows, buckets, late);
  }
  const [rows, late] = await Promise.all([
    readRollups(database, query, { ...buckets, tierS }),
    query.withLate ? lateByBucket(database, keys.region_keys, stepS, buckets.range) : null,
  ]);
  return asColumns(rows, buckets, late);
}

/** Of each region what `querySeries` gives, in a few questions for all of them. */
export async function queryRegionSeries(
  database: Database,
  query: Omit<SeriesQuery, "region" | "hostId">,
  regions: readonly string[],
): Promise<SeriesJson[]> {
  const stepS = stepFor(query.toMs - query.fromMs, query.points);
  const tierS = REGION_TIERS_S.findLast((one) => stepS % one === 0);
  if (tierS === undefined) {
    const one = (region: string) => querySeries(database, { ...query, region, hostId: null });
    return await Promise.all(regions.map(one));
  }
  const found = await database.query<{ region: string; region_key: number }>(
    "select region, region_key from rackwatch.regions where region = any($1::text[])",
    [regions],
  );
  const keys = { region_keys: found.map(({ region_key }) => region_key), host_keys: [0] };
  const buckets = { keys, stepS, range: wholeBuckets(query, stepS) };
  const whole = { ...query, hostId: null };
  const [rows, late] = await Promise.all([
    readRollups(database, whole, { ...buckets, tierS, byRegion: true }),
    query.withLate ? lateOfRegions(database, keys.region_keys, stepS, buckets.range) : null,
  ]);
  const byKey = Map.groupBy(rows, (row) => row["region_key"] as number);
  const keyOf = new Map(found.map(({ region, region_key }) => [region, region_key]));
  return regions.map((region) => {
    const key = keyOf.get(region) ?? NaN;
    return asColumns(byKey.get(key) ?? [], buckets, late && (late.get(key) ?? new Map()));
  });
}

interface Buckets {
  readonly keys: SeriesKeys;
  readonly stepS: number;
  readonly range: Range;
}

interface TierBuckets extends Buckets {
  readonly tierS: number;
  /** Rows of each region; else of all together. */
  readonly byRegion?: boolean;
}

/** Of a tier by rollups, and of what is too thin for it by rows. */
function readRollups(
  database: Database,
  { metric, hostId }: Pick<SeriesQuery, "metric" | "hostId">,
  { keys, stepS, tierS, range, byRegion = false }: TierBuckets,
): Promise<Row[]> {
  return database.query(
    `select ${bucketMs("r.bucket", stepS)} as at_ms, sum(r.${metric}_count)::bigint as readings,
      (sum(r.${metric}_sum_micro) / 1e6 / sum(r.${metric}_count))::float8 as mean,
      min(r.${metric}_min) as min, max(r.${metric}_max) as max${byRegion ? ", r.region_key" : ""}
    from (
      select ${rollupColumns([metric], false)} from rackwatch.rollups r where ${IN_TIER}
      union all ${thinRows(metric, hostId !== null)}
    ) as r
    where r.${metric}_count > 0
    group by 1${byRegion ? ", r.region_key" : ""}`,
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
  { keys, stepS, range }: Buckets,
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
  { stepS, range }: Buckets,
  late: ReadonlyMap<number, number> | null,
): SeriesJson {
  const stepMs = stepS * 1000;
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
