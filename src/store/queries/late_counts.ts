/**
 * How many readings of whole regions came late: by bucket, or in all of a range. Few rows whatever
 * the range, by the primary key: buckets without any have none.
 */
import { REGION_TIERS_S } from "../../model/rollup.ts";
import type { Database } from "../database.ts";
import type { Range } from "./series_step.ts";
import { type Stretch, stretchColumns } from "./tier_cover.ts";

/** By the begin of the bucket, epoch ms. */
type LateCounts = ReadonlyMap<number, number>;

/**
 * Of all these regions together.
 * @param stepS Width of the buckets; a multiple of the finest tier.
 * @param range Whole buckets.
 */
export async function lateByBucket(
  database: Database,
  regionKeys: readonly number[],
  stepS: number,
  range: Range,
): Promise<LateCounts> {
  const all = new Map<number, number>();
  for (const counts of (await lateOfRegions(database, regionKeys, stepS, range)).values()) {
    for (const [atMs, late] of counts) all.set(atMs, (all.get(atMs) ?? 0) + late);
  }
  return all;
}

/** As `lateByBucket`, of each region by its key; those without any are not there. */
export async function lateOfRegions(
  database: Database,
  regionKeys: readonly number[],
  stepS: number,
  { fromMs, toMs }: Range,
): Promise<ReadonlyMap<number, LateCounts>> {
  const tierS = REGION_TIERS_S.findLast((tier) => stepS % tier === 0) ?? REGION_TIERS_S[0];
  const stepMs = `(${stepS} * 1000::bigint)`;
  const rows = await database.query<{ region_key: number; at_ms: number; late: number }>(
    `select l.region_key, l.bucket_ms / ${stepMs} * ${stepMs} as at_ms,
      sum(l.readings)::bigint as late
    from rackwatch.late_readings l
    where l.step_s = $1::int and l.region_key = any($2::int[])
      and l.bucket_ms >= $3::bigint and l.bucket_ms < $4::bigint
    group by 1, 2`,
    [tierS, regionKeys, fromMs, toMs],
  );
  const found = new Map<number, Map<number, number>>();
  for (const { region_key, at_ms, late } of rows) {
    const counts = found.get(region_key);
    if (counts === undefined) found.set(region_key, new Map([[at_ms, late]]));
    else counts.set(at_ms, late);
  }
  return found;
}

/** By region, of those that have any. */
export async function lateByRegion(
  database: Database,
  regionKeys: readonly number[],
  stretches: readonly Stretch[],
): Promise<Record<string, number>> {
  const rows = await database.query<{ region: string; late: number }>(
    // Added up stretch by stretch: joined with them, the planner reads the whole table.
    `select g.region, sum(l.readings)::bigint as late
    from unnest($2::int[], $3::float8[], $4::float8[]) as t(step_s, from_ms, to_ms)
    cross join lateral (
      select r.region_key, sum(r.readings) as readings from rackwatch.late_readings r
      where r.step_s = t.step_s and r.region_key = any($1::int[])
        and r.bucket_ms >= t.from_ms::bigint and r.bucket_ms < t.to_ms::bigint
      group by r.region_key
    ) l
    join rackwatch.regions g on g.region_key = l.region_key
    group by 1 order by 1`,
    [regionKeys, ...stretchColumns(stretches)],
  );
  return Object.fromEntries(rows.map(({ region, late }) => [region, late]));
}
