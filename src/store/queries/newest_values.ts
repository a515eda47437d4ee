/**
 * A host's newest values, as SQL: time of its newest reading and, for each metric, the newest value
 * among its last few readings, so that a reading without a metric does not hide the one before.
 * Readings that were in the future when they came are left out: written `flags & 2 <> 2` and not
 * `= 0`, since the planner takes an equality for rare and would then read all of a host's rows.
 */
import { FLAG_FUTURE, METRICS } from "../../model/reading.ts";

const READINGS_LOOKED_AT = 8;

/** A lateral relation of one row with `newest_at` and the metrics; `newest_at` null: no reading. */
export function newestOf(hostKey: string): string {
  const merged = METRICS.map((metric) =>
    `(array_agg(${metric} order by at desc) filter (where ${metric} is not null))[1] as ${metric}`
  );
  return `lateral (
    select max(at) as newest_at, ${merged.join(", ")}
    from (
      select at, ${METRICS.join(", ")} from rackwatch.readings r
      where r.host_key = ${hostKey} and r.flags & ${FLAG_FUTURE} <> ${FLAG_FUTURE}
      order by at desc limit ${READINGS_LOOKED_AT}
    ) as last_few
  )`;
}
