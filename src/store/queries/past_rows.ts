/** How many readings there were up to a moment, and what regions' rollups say of the time before. */
import type { RegionSecond } from "../../model/live_event.ts";
import { METRICS } from "../../model/reading.ts";
import { REGION_TIERS_S } from "../../model/rollup.ts";
import type { Database, Row } from "../database.ts";
import { forMetrics } from "../metric_columns.ts";
import { rollupColumns, thinRowsOfRegions } from "./thin_rows.ts";
import { coverRange, stretchColumns } from "./tier_cover.ts";

const BUCKET_S = REGION_TIERS_S[0];
/** Width of the finest buckets of regions. */
export const BUCKET_MS = BUCKET_S * 1000;

/**
 * Readings before a moment by region: exact where it is a multiple of `BUCKET_MS`; else those of the
 * bucket under way are left out.
 */
export async function countRowsBefore(
  database: Database,
  beforeMs: number,
): Promise<Record<string, number>> {
  const toMs = Math.floor(beforeMs / BUCKET_MS) * BUCKET_MS;
  // Bound, not written out: of each text a connection keeps the plan for ever.
  const rows = await database.query<{ region: string; readings: number }>(
    `select g.region, sum(c.readings)::bigint as readings
    from unnest($1::int[], $2::float8[], $3::float8[]) as t(step_s, from_ms, to_ms)
    cross join rackwatch.regions g
    cross join lateral (${READINGS_IN} offset 0) as c
    group by g.region having sum(c.readings) > 0`,
    stretchColumns(coverRange({ fromMs: 0, toMs }, REGION_TIERS_S)),
  );
  return Object.fromEntries(rows.map(({ region, readings }) => [region, readings]));
}

const THIN = {
  stepS: "t.step_s",
  from: "t.from_ms",
  to: "t.to_ms",
  regionKeys: "array[g.region_key]",
};

/** Of region `g` in stretch `t`: readings that are rolled up, and those that are too thin for it. */
const READINGS_IN = `select sum(r.readings) as readings from rackwatch.rollups r
    where r.step_s = t.step_s and r.region_key = g.region_key and r.host_key = 0
      and r.bucket >= to_timestamp(t.from_ms / 1000) and r.bucket < to_timestamp(t.to_ms / 1000)
  union all select count(*) from (${thinRowsOfRegions(THIN, ["temp_c"], false)}) as thin`;

/** Each region's buckets of `BUCKET_MS` that begin in [fromMs, toMs), as if each were a second. */
export async function regionBuckets(
  database: Database,
  fromMs: number,
  toMs: number,
): Promise<RegionSecond[]> {
  const thin = {
    stepS: String(BUCKET_S),
    from: "$1::float8",
    to: "$2::float8",
    regionKeys: "(select array_agg(region_key) from rackwatch.regions)::int[]",
  };
  const rows = await database.query(
    `select g.region, b.* from (
      select region_key, floor(extract(epoch from bucket) * 1000 / ${BUCKET_MS})::float8
          * ${BUCKET_MS} as at_ms, sum(readings)::bigint as readings,
        ${
      forMetrics((m) =>
        `sum(${m}_count)::bigint as ${m}_count, sum(${m}_sum_micro)::bigint as ${m}_sum_micro,
        min(${m}_min) as ${m}_min, max(${m}_max) as ${m}_max`
      )
    }
      from (
        select ${rollupColumns(METRICS, false)} from rackwatch.rollups r
        where r.step_s = ${BUCKET_S} and r.host_key = 0
          and r.region_key in (select region_key from rackwatch.regions)
          and r.bucket >= to_timestamp($1::float8 / 1000)
          and r.bucket < to_timestamp($2::float8 / 1000)
        union all ${thinRowsOfRegions(thin, METRICS, false)}
      ) as r
      group by 1, 2
    ) as b
    join rackwatch.regions g on g.region_key = b.region_key
    order by b.at_ms, g.region`,
    [fromMs, toMs],
  );
  return rows.map(asSecond);
}

function asSecond(row: Row): RegionSecond {
  const metrics = METRICS.map((metric) => {
    const count = row[`${metric}_count`] as number;
    if (count === 0) return [metric, null];
    return [metric, {
      count,
      sumMicro: row[`${metric}_sum_micro`] as number,
      min: row[`${metric}_min`] as number,
      max: row[`${metric}_max`] as number,
    }];
  });
  return {
    region: row["region"] as string,
    atMs: row["at_ms"] as number,
    readings: row["readings"] as number,
    metrics: Object.fromEntries(metrics),
  };
}
