/**
 * Rollups: one row a tier, series and bucket. A series is a host, or with host_key 0 a whole region.
 *
 * The temperature histogram is a list of pairs {bin, count, bin, count, …} in no order, in which a
 * bin may stand more than once: merging is appending, which costs nothing, and `compact_bins` sums
 * it up once it has grown to 256 numbers. Readers sum by bin.
 */
import { forMetrics } from "../metric_columns.ts";

export const ROLLUPS: readonly string[] = [
  `create table rackwatch.rollups (
    bucket timestamptz not null,
    readings bigint not null,
    ${
    forMetrics((metric) =>
      `${metric}_count bigint not null, ${metric}_sum_micro bigint not null,
       ${metric}_min double precision, ${metric}_max double precision`
    )
  },
    step_s int not null,
    region_key int not null,
    host_key int not null,
    temp_bins bigint[] not null,
    primary key (step_s, region_key, host_key, bucket)
  ) with (fillfactor = 70)`,
  // Which hours of which regions a swap of history files must derive anew; empty between swaps.
  `create table rackwatch.touched_hours (
    region_key int not null,
    hour timestamptz not null,
    primary key (region_key, hour)
  )`,
  `create function rackwatch.compact_bins(pairs bigint[]) returns bigint[]
    language sql immutable parallel safe as $$
      select coalesce(array_agg(item order by bin, place), '{}')
      from (
        select pairs[i] as bin, sum(pairs[i + 1])::bigint as readings
        from generate_series(1, cardinality(pairs), 2) as i group by 1
      ) as summed,
      lateral (values (1, bin), (2, readings)) as flat(place, item)
    $$`,
  `create function rackwatch.merge_bins(a bigint[], b bigint[]) returns bigint[]
    language sql immutable parallel safe as $$
      select case when cardinality(a) + cardinality(b) <= 256 then a || b
        else rackwatch.compact_bins(a || b) end
    $$`,
];
