/**
 * ANALYZE leaves the arrays out: it fetched and sorted every element of its sample, over a minute of
 * a core for 50 million readings, at every tenth of growth, while no plan asks what is in them. And
 * the widest tier that chunks wait for is found at once, so that none is looked for where none is.
 */
const ARRAYS = [
  "at_ms",
  "record_offset",
  "host_key",
  "temp_c",
  "cpu_load",
  "voltage",
  "power_watts",
  "flags",
];

function leaveOut(table: string, columns: readonly string[]): string {
  const each = columns.map((column) => `alter column ${column} set statistics 0`);
  return `alter table rackwatch.${table} ${each.join(", ")}`;
}

export const CHUNK_STATISTICS: readonly string[] = [
  leaveOut("chunks", ARRAYS),
  leaveOut("chunks_staged", ARRAYS),
  leaveOut("rollups", ["temp_bins"]),
  `create index chunks_region_tiers on rackwatch.chunks (region_tier_s) where region_tier_s > 10`,
  `create index chunks_host_tiers on rackwatch.chunks (host_tier_s) where host_tier_s > 60`,
];
