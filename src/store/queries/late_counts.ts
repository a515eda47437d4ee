/**
 * How many readings of whole regions came late: by bucket, or in all of a range. Few rows whatever
 * the range, by the primary key: buckets without any have none.
 */
import { REGION_TIERS_S } from "../../model/rollup.ts";
import type { Database } from "../database.ts";
import type { Range } from "./series_step.ts";
import { type Stretch, stretchColumns } from "./tier_cover.ts";

/**
 * Of all these regions together, by the begin of the bucket, epoch ms.
 * @param stepS Width of the buckets; a multiple of the finest tier.
 * @param range Whole buckets.
 */
export async function lateByBucket(
  database: Database,
  regionKeys: readonly number[],
  stepS: number,
  { fromMs, toMs }: Range,
): Promise<ReadonlyMap<number, number>> {
  const tierS = REGION_TIERS_S.findLast((tier) => stepS % tier === 0) ?? REGION_TIERS_S[0];
  const stepMs = `(${stepS} * 1000::bigint)`;
  const rows = await database.query<{ at_ms: number; late: number }>(
    `select l.bucket_ms / ${stepMs} * ${stepMs} as at_ms, sum(l.readings)::bigint as late
    from rackwatch.late_readings l
    where l.step_s = $1::int and l.region_key = any($2::int[])
      and l.bucket_ms >= $3::bigint and l.bucket_ms < $4::bigint
    group by 1`,
    [tierS, regionKeys, fromMs, toMs],
  );
  return new Map(rows.map(({ at_ms, late }) => [at_ms, late]));
}

/** By region, of those that have any. */
export async function lateByRegion(
  database: Database,
  regionKeys: readonly number[],
  stretches: readonly Stretch[],
): Promise<Record<string, number>> {
  const rows = await database.query<{ region: string; late: number }>(
    `select g.region, sum(l.readings)::bigint as late
    from unnest($2::int[], $3::float8[], $4::float8[]) as t(step_s, from_ms, to_ms)
    join rackwatch.late_readings l on l.step_s = t.step_s and l.region_key = any($1::int[])
      and l.bucket_ms >= t.from_ms::bigint and l.bucket_ms < t.to_ms::bigint
    join rackwatch.regions g on g.region_key = l.region_key
    group by 1 order by 1`,
    [regionKeys, ...stretchColumns(stretches)],
  );
  return Object.fromEntries(rows.map(({ region, late }) => [region, late]));
}
