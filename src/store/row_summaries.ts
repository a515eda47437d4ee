/**
 * Folding readings in SQL, bit for bit as in TypeScript: sums are floor(value · 10⁶ + 0.5) added as
 * integers. First by bin, then by bucket, so that one pass gives summaries and histogram.
 */
import { METRICS } from "../model/reading.ts";
import { TEMPERATURE_BIN_MAX, TEMPERATURE_BIN_MIN } from "../model/rollup.ts";
import { forMetrics } from "./metric_columns.ts";

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
