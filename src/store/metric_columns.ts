/** The rollups' columns, four a metric, and the SQL that is the same for each: written once. */
import { type Metric, METRICS } from "../model/reading.ts";

/** Every metric's part of a list, joined by commas: `forMetrics((m) => \`${m}_min\`)`. */
export function forMetrics(part: (metric: Metric) => string): string {
  return METRICS.map(part).join(", ");
}

/** The four columns of each metric, in order, as `merge_rollups` and the inserts list them. */
export const SUMMARY_COLUMNS: string = forMetrics((metric) =>
  `${metric}_count, ${metric}_sum_micro, ${metric}_min, ${metric}_max`
);

/** Merging two summaries of one bucket, exact in any order: `on conflict … do update set` this. */
export const MERGE_SUMMARIES: string = forMetrics((metric) =>
  `${metric}_count = r.${metric}_count + excluded.${metric}_count,
   ${metric}_sum_micro = r.${metric}_sum_micro + excluded.${metric}_sum_micro,
   ${metric}_min = least(r.${metric}_min, excluded.${metric}_min),
   ${metric}_max = greatest(r.${metric}_max, excluded.${metric}_max)`
);

/** Columns of `rackwatch.latest`; times are epoch ms. */
export const LATEST_COLUMNS: string = `host_key, newest_ms, ${
  forMetrics((metric) => `${metric}, ${metric}_ms`)
}`;

/** The newer value, of two at one time the greater: exact in any order. */
export const MERGE_LATEST_VALUES: string =
  `newest_ms = greatest(r.newest_ms, excluded.newest_ms), ${
    forMetrics((metric) =>
      `${metric} = case when r.${metric}_ms is null or excluded.${metric}_ms > r.${metric}_ms
        or (excluded.${metric}_ms = r.${metric}_ms and excluded.${metric} > r.${metric})
      then excluded.${metric} else r.${metric} end,
     ${metric}_ms = greatest(r.${metric}_ms, excluded.${metric}_ms)`
    )
  }`;
