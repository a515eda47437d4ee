/**
 * Folding readings in SQL, bit for bit as in TypeScript: sums are floor(value · 10⁶ + 0.5) added as
 * integers. First by bin, then by bucket, so that one pass gives summaries and histogram.
 */
import { METRICS } from "../model/reading.ts";
import {
  HOST_TIERS_S,
  REGION_TIERS_S,
  TEMPERATURE_BIN_MAX,
  TEMPERATURE_BIN_MIN,
} from "../model/rollup.ts";
import { forMetrics, SUMMARY_COLUMNS } from "./metric_columns.ts";

/** Buckets are counted from here. */
export const EPOCH = "timestamptz '1970-01-01 00:00:00+00'";

/**
 * The temperature bin of a reading `r`. `least` and `greatest` skip nulls, so a temperature that was
 * not measured needs the case.
 */
export const BIN_OF_ROW = `case when r.temp_c is not null then
    least(${TEMPERATURE_BIN_MAX}, greatest(${TEMPERATURE_BIN_MIN}, floor(r.temp_c)))::int end`;

/** The columns of the inner step, over readings `r` of one bucket and bin. */
export const SUMMARIES_OF_ROWS = forMetrics((m) =>
  `count(r.${m}) as ${m}_count,
     coalesce(sum(floor(r.${m} * 1e6 + 0.5)::bigint), 0) as ${m}_sum_micro,
     min(r.${m}) + 0 as ${m}_min, max(r.${m}) + 0 as ${m}_max`
);

/** The columns of the outer step, over summaries of the same names; in `SUMMARY_COLUMNS`' order. */
export const SUMMARIES_MERGED = METRICS.map((m) =>
  `sum(${m}_count)::bigint as ${m}_count, sum(${m}_sum_micro)::bigint as ${m}_sum_micro,
   min(${m}_min) as ${m}_min, max(${m}_max) as ${m}_max`
).join(", ");

/** The outer step's histogram, from `bin` and `readings`: `bin,count,bin,count,…`; null where empty. */
export const BINS_MERGED = `string_agg(bin || ',' || readings, ',') filter (where bin is not null)`;

/** Of a rollup row `r`, as `BINS_MERGED`. Hosts of older stores have histograms that nobody reads. */
export const BINS_OF_ROLLUP = "case when r.host_key = 0 then array_to_string(r.temp_bins, ',') end";

export const ROLLUP_COLUMNS =
  `step_s, region_key, host_key, bucket, readings, temp_bins, ${SUMMARY_COLUMNS}`;

/**
 * Of a reading `r` joined with its origin `o`: it is in the rollups. What is not, a batch of its
 * writer or `settle` brings: see settle.ts.
 */
export const IS_ROLLED_UP = "(o.rolled_up_to is null or r.chunk_first_offset < o.rolled_up_to)";

/** One tier of all regions, or of all hosts. */
export interface Tier {
  readonly series: "region" | "host";
  readonly stepS: number;
}

export const ALL_TIERS: readonly Tier[] = [
  ...REGION_TIERS_S.map((stepS): Tier => ({ series: "region", stepS })),
  ...HOST_TIERS_S.map((stepS): Tier => ({ series: "host", stepS })),
];

/** Of a reading or a chunk: the finest tier of this kind that it is in. */
export function finestColumn({ series }: Pick<Tier, "series">): "region_tier_s" | "host_tier_s" {
  return `${series}_tier_s`;
}

/**
 * One tier's rollup rows of those of some readings that are in it, as `ROLLUP_COLUMNS`. A conflict
 * clause may follow.
 * @param readings `from … where …`, with the readings as `r`.
 */
export function foldedRows(tier: Tier, readings: string): string {
  return `select ${tier.stepS}, region_key, host_key, bucket, sum(readings)::bigint,
      coalesce(string_to_array(${BINS_MERGED}, ',')::bigint[], '{}'), ${SUMMARIES_MERGED}
    from (
      select r.region_key, ${tier.series === "host" ? "r.host_key" : "0"} as host_key,
        ${tier.series === "host" ? "null::int" : BIN_OF_ROW} as bin, count(*) as readings,
        date_bin('${tier.stepS} seconds', r.at, ${EPOCH}) as bucket, ${SUMMARIES_OF_ROWS}
      ${readings} and r.${finestColumn(tier)} <= ${tier.stepS}
      group by 1, 2, 3, 5
    ) as binned
    group by region_key, host_key, bucket`;
}

const MS_OF_ROW = "(extract(epoch from r.at)::float8 * 1000)";

/**
 * The columns of `rackwatch.latest` after the key, over readings `r` of one host. Of two values at
 * one time the greater: arrays compare their elements in turn.
 */
export const LATEST_OF_ROWS = `max(${MS_OF_ROW})::bigint, ${
  forMetrics((m) =>
    `(max(array[${MS_OF_ROW}, r.${m}]) filter (where r.${m} is not null))[2],
     (max(${MS_OF_ROW}) filter (where r.${m} is not null))::bigint`
  )
}`;
