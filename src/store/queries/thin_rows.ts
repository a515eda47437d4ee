/**
 * Readings that are in no rollup of a tier, since they come too thinly for it (`Tiers`), as if each
 * were a rollup row of its own. With the rollups of that tier they give what all readings would.
 */
import { type Metric, METRICS } from "../../model/reading.ts";
import { FINEST_TIERS, type Tiers } from "../../model/rollup.ts";
import { BIN_OF_ROW } from "../row_summaries.ts";
import { chunksWithin, mayHoldHosts } from "./chunk_bounds.ts";
import { rowsOfHosts } from "./host_rows.ts";

/** All of it SQL. */
export interface ThinRows {
  /** Width of the tier's buckets, an int. */
  readonly stepS: string;
  /** Readings of [from, to), epoch ms as float8. */
  readonly from: string;
  readonly to: string;
  /** An int[]. */
  readonly regionKeys: string;
}

/** The columns of `rackwatch.rollups` that are told, for these metrics: of regions `temp_bins` too. */
export function rollupColumns(metrics: readonly Metric[], bins: boolean): string {
  const summaries = metrics.map((m) => `r.${m}_count, r.${m}_sum_micro, r.${m}_min, r.${m}_max`);
  return ["r.region_key, r.bucket, r.readings", ...(bins ? ["r.temp_bins"] : []), ...summaries]
    .join(", ");
}

/** A select of `rollupColumns`; `bucket` is the reading's own time. */
export function thinRowsOfRegions(
  thin: ThinRows,
  metrics: readonly Metric[],
  bins: boolean,
): string {
  const taken = METRICS.filter((metric) => metrics.includes(metric) || bins && metric === "temp_c");
  const rows = `(
    select c.region_key, to_timestamp((c.first_ms + v.at_ms)::float8 / 1000) as at,
      ${["at_ms", ...taken].map((name) => `v.${name}`).join(", ")}
    from rackwatch.chunks c
    cross join lateral unnest(${["at_ms", ...taken].map((name) => `c.${name}`).join(", ")})
      as v(${["at_ms", ...taken].join(", ")})
    where ${isThin("c.region_tier_s", FINEST_TIERS.regionS, thin)}
      and ${chunksWithin(thin.from, thin.to).replaceAll("r.chunk_", "c.")}
  )`;
  return select(rows, thin, metrics, bins);
}

/** As `thinRowsOfRegions`, of hosts. @param hostKeys SQL of an int[]. */
export function thinRowsOfHosts(
  thin: ThinRows,
  hostKeys: string,
  metrics: readonly Metric[],
): string {
  return `${select(rowsOfHosts(hostKeys, metrics), thin, metrics, false)}
    and ${isThin("r.host_tier_s", FINEST_TIERS.hostS, thin)}
    and ${chunksWithin(thin.from, thin.to)}`;
}

/** A select of the chunks, without columns, that `thinRowsOfHosts` would open. */
export function thinChunksOfHosts(thin: Omit<ThinRows, "regionKeys">, hostKeys: string): string {
  return `select from rackwatch.chunks c
    where ${isThin("c.host_tier_s", FINEST_TIERS.hostS, thin)}
      and ${chunksWithin(thin.from, thin.to).replaceAll("r.chunk_", "c.")}
      and ${mayHoldHosts(hostKeys)}`;
}

/**
 * The first condition follows from the second, and is what the index of thin chunks asks for; the
 * third is told once, by the end of an index: where no chunk is so thin, none is looked at.
 */
function isThin(
  column: `${"c" | "r"}.${"region" | "host"}_tier_s`,
  finestS: Tiers[keyof Tiers],
  { stepS }: Pick<ThinRows, "stepS">,
): string {
  const widest = `select max(w.${column.slice(2)}) from rackwatch.chunks w
    where w.${column.slice(2)} > ${finestS}`;
  return `${column} > ${finestS} and ${column} > ${stepS} and (${widest}) > ${stepS}`;
}

function select(
  rows: string,
  { from, to, regionKeys }: ThinRows,
  metrics: readonly Metric[],
  bins: boolean,
): string {
  const bin = `case when r.temp_c is null then '{}' else array[${BIN_OF_ROW}, 1]::bigint[] end`;
  const summary = (m: Metric) =>
    `(r.${m} is not null)::int::bigint, coalesce(floor(r.${m} * 1e6 + 0.5)::bigint, 0),
      r.${m} + 0, r.${m} + 0`;
  return `select r.region_key, r.at, 1::bigint, ${bins ? `${bin}, ` : ""}
      ${metrics.map(summary).join(", ")}
    from ${rows} as r
    where r.region_key = any(${regionKeys})
      and r.at >= to_timestamp(${from} / 1000) and r.at < to_timestamp(${to} / 1000)`;
}
