/** Regions: who is in them, how much, how new, and the last minute. All from rollups, so quickly. */
import { rollupColumns, thinRowsOfRegions } from "./thin_rows.ts";
import { isoUtc } from "../../model/iso_time.ts";
import { type Metric, METRICS } from "../../model/reading.ts";
import { COARSEST_TIER_S } from "../../model/rollup.ts";
import { LIMITS } from "../../limits.ts";
import type { Database, Row } from "../database.ts";

export interface MetricStatistics {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

export interface RegionJson {
  readonly region: string;
  readonly hosts: number;
  /** Time of the newest reading that was not in the future when it came, ISO UTC. */
  readonly newest: string | null;
  readonly rows: number;
  /** The last minute, in whole 10 s buckets; null where nothing was measured. */
  readonly last_minute: Readonly<Record<Metric, MetricStatistics | null>>;
}

const BUCKET_MS = 10_000;
const LAST_MINUTE = {
  stepS: "10",
  from: "$1::float8",
  to: "$2::float8",
  regionKeys: "array[g.region_key]",
};

export async function queryRegions(database: Database, nowMs: number): Promise<RegionJson[]> {
  const fromMs = Math.floor((nowMs - 60_000) / BUCKET_MS) * BUCKET_MS;
  const rows = await database.query(
    `select g.region, g.newest_at, total.readings, minute.*, coalesce(found.hosts, 0) as hosts
    from rackwatch.regions g
    left join (${HOSTS_BY_REGION}) as found on found.region_key = g.region_key
    join lateral (
      select sum(readings)::bigint as readings from rackwatch.rollups r
      where r.step_s = ${COARSEST_TIER_S} and r.region_key = g.region_key and r.host_key = 0
    ) as total on total.readings > 0
    left join lateral (
      select ${METRICS.map(statistics).join(", ")} from (
        select ${rollupColumns(METRICS, false)} from rackwatch.rollups r
        where r.step_s = 10 and r.region_key = g.region_key and r.host_key = 0
          and r.bucket >= to_timestamp($1::float8 / 1000)
          and r.bucket < to_timestamp($2::float8 / 1000)
        union all ${thinRowsOfRegions(LAST_MINUTE, METRICS, false)}
      ) as last
    ) as minute on true
    order by g.region`,
    [fromMs, Math.floor((nowMs + LIMITS.futureAfterMs) / BUCKET_MS + 1) * BUCKET_MS],
  );
  return rows.map(regionJson);
}

/** A host that has only readings from the future has no latest values: its rollups tell. */
const HOSTS_BY_REGION = `select h.region_key, count(*) as hosts from rackwatch.hosts h
  where exists (select from rackwatch.latest l where l.host_key = h.host_key)
    or exists (
      select from rackwatch.rollups r where r.step_s = ${COARSEST_TIER_S}
        and r.region_key = h.region_key and r.host_key = h.host_key)
  group by h.region_key`;

/**
 * Readings stored in all, by region, both layers. Region by region: the planner takes the step and
 * the host for independent, expects a hundred times as many rows, and reads all rollups for a join.
 */
export async function countRowsByRegion(database: Database): Promise<Record<string, number>> {
  const rows = await database.query<{ region: string; readings: number }>(
    `select g.region, total.readings
    from rackwatch.regions g
    join lateral (
      select sum(readings)::bigint as readings from rackwatch.rollups r
      where r.step_s = ${COARSEST_TIER_S} and r.region_key = g.region_key and r.host_key = 0
    ) as total on total.readings > 0`,
  );
  return Object.fromEntries(rows.map(({ region, readings }) => [region, readings]));
}

function statistics(metric: Metric): string {
  return `(sum(${metric}_sum_micro) / 1e6 / nullif(sum(${metric}_count), 0))::float8
      as ${metric}_mean,
    min(${metric}_min) as ${metric}_min, max(${metric}_max) as ${metric}_max`;
}

function regionJson(row: Row): RegionJson {
  const newest = row["newest_at"] as number | null;
  const metrics = METRICS.map((metric): [Metric, MetricStatistics | null] => {
    const mean = row[`${metric}_mean`] as number | null;
    if (mean === null) return [metric, null];
    const min = row[`${metric}_min`] as number;
    const max = row[`${metric}_max`] as number;
    return [metric, { mean, min, max }];
  });
  return {
    region: row["region"] as string,
    hosts: row["hosts"] as number,
    newest: newest === null ? null : isoUtc(newest),
    rows: row["readings"] as number,
    last_minute: Object.fromEntries(metrics) as Record<Metric, MetricStatistics | null>,
  };
}
