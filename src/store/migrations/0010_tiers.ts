/**
 * The finest tiers that a chunk's readings are in: of those that were there before, all that there
 * were. There is one of 300 s more for hosts, and one of a day for all. Histograms of hosts, which
 * nobody reads, are written no more; what stands there already stays until its hour is derived anew.
 */
import { SUMMARY_COLUMNS } from "../metric_columns.ts";
import { EPOCH, SUMMARIES_MERGED } from "../row_summaries.ts";
import { readingsView } from "./0006_chunks.ts";

const addTiers = (table: string) =>
  `alter table rackwatch.${table}
    add column region_tier_s int not null default 10,
    add column host_tier_s int not null default 60`;

const MERGED_BINS = `rackwatch.compact_bins(coalesce(string_to_array(
  string_agg(nullif(array_to_string(temp_bins, ','), ''), ','), ',')::bigint[], '{}'))`;

/** A tier from a finer one. */
function widen(fromS: number, toS: number, series: string, bins: string): string {
  return `insert into rackwatch.rollups
    (step_s, region_key, host_key, bucket, readings, temp_bins, ${SUMMARY_COLUMNS})
    select ${toS}, region_key, host_key, date_bin('${toS} seconds', bucket, ${EPOCH}),
      sum(readings)::bigint, ${bins}, ${SUMMARIES_MERGED}
    from rackwatch.rollups r where step_s = ${fromS} and ${series}
    group by 2, 3, 4`;
}

export const TIERS: readonly string[] = [
  addTiers("chunks"),
  addTiers("chunks_staged"),
  `create or replace ${readingsView(", c.region_tier_s, c.host_tier_s")}`,
  `create index chunks_thin_regions on rackwatch.chunks (first_ms, last_ms)
    where region_tier_s > 10`,
  `create index chunks_thin_hosts on rackwatch.chunks (first_ms, last_ms) where host_tier_s > 60`,
  widen(60, 300, "host_key <> 0", "'{}'"),
  widen(3600, 86_400, "host_key <> 0", "'{}'"),
  widen(3600, 86_400, "host_key = 0", MERGED_BINS),
];
