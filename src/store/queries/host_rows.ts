/**
 * The readings of a few hosts, as a relation with the columns of `rackwatch.readings`. A chunk is
 * ordered by host, so a host's readings lie together: the slice is taken out and only that is made
 * into rows. As a condition on the view, all readings of every chunk would be.
 */
import { METRICS } from "../../model/reading.ts";

const COLUMNS = ["at_ms", "record_offset", ...METRICS, "flags"];

/** @param hostKeys SQL of an int[]. */
export function rowsOfHosts(hostKeys: string): string {
  return `(
    select to_timestamp((c.first_ms + s.at_ms)::float8 / 1000) as at, ${
    METRICS.map((metric) => `s.${metric}`).join(", ")
  },
      c.first_offset + s.record_offset as record_offset, k.host_key, c.origin_key,
      coalesce(s.flags, 0::smallint) as flags, c.region_key,
      c.first_ms as chunk_first_ms, c.last_ms as chunk_last_ms
    from rackwatch.chunks c
    join unnest(${hostKeys}) as k(host_key)
      on c.first_host <= k.host_key and c.last_host >= k.host_key
    cross join lateral (
      select array_position(c.host_key, k.host_key) as first,
        cardinality(array_positions(c.host_key, k.host_key)) as readings
    ) as p
    cross join lateral unnest(${
    COLUMNS.map((name) => `c.${name}[p.first:p.first + p.readings - 1]`).join(", ")
  }) as s(${COLUMNS.join(", ")})
    where p.readings > 0
  )`;
}
