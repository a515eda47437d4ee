/**
 * How many of a region's readings came late, by bucket, in the tiers that rollups have. Only buckets
 * with any have a row, so a month of them is found at once, and where nothing comes late, nothing is
 * written. History is never late: what a file replaces changes nothing here.
 */
import { FLAG_LATE } from "../../model/reading.ts";
import { REGION_TIERS_S } from "../../model/rollup.ts";

export const LATE_READINGS: readonly string[] = [
  `create table rackwatch.late_readings (
    step_s int not null,
    region_key int not null,
    bucket_ms bigint not null,
    readings bigint not null,
    primary key (step_s, region_key, bucket_ms)
  )`,
  `insert into rackwatch.late_readings
    select t.step_s, c.region_key,
      (c.first_ms + r.at_ms) / (t.step_s * 1000::bigint) * (t.step_s * 1000::bigint), count(*)
    from rackwatch.chunks c
    cross join lateral unnest(c.at_ms, c.flags) as r(at_ms, flags)
    cross join unnest(array[${REGION_TIERS_S.join(", ")}]) as t(step_s)
    where c.flags is not null and r.flags & ${FLAG_LATE} <> 0
    group by 1, 2, 3`,
];
