/**
 * The readings of a few hosts, as a relation with columns of `rackwatch.readings`. A chunk is
 * ordered by host, so a host's readings lie together: a binary search finds the slice, and only that
 * is made into rows. As a condition on the view, all readings of every chunk would be.
 */
import { METRICS } from "../../model/reading.ts";

/** Columns of a chunk with an element a reading, but for the host. */
export type ChunkColumn = "at_ms" | "record_offset" | "flags" | (typeof METRICS)[number];
const ALL: readonly ChunkColumn[] = ["at_ms", "record_offset", ...METRICS, "flags"];

/**
 * Besides the columns asked for: `at`, `host_key` and what all readings of a chunk share. Each column
 * is an array to be fetched a chunk, so ask for few.
 * @param hostKeys SQL of an int[].
 */
export function rowsOfHosts(hostKeys: string, columns: readonly ChunkColumn[] = ALL): string {
  // `offset 0`: else the planner has the search repeated for every column.
  const taken = ALL.filter((name) => name === "at_ms" || columns.includes(name));
  return `(
    select to_timestamp((c.first_ms + s.at_ms)::float8 / 1000) as at, k.host_key, c.origin_key,
      c.region_key, c.first_ms as chunk_first_ms, c.last_ms as chunk_last_ms
      ${columns.filter((name) => name !== "at_ms").map((name) => `, ${valueOf(name)}`).join("")}
    from rackwatch.chunks c
    join unnest(${hostKeys}) as k(host_key)
      on c.first_host <= k.host_key and c.last_host >= k.host_key
    cross join lateral (
      select ${FIRST_OF_HOST} as first, ${LAST_OF_HOST} as last
      offset 0
    ) as p
    cross join lateral unnest(${taken.map((name) => `c.${name}[p.first:p.last]`).join(", ")})
      as s(${taken.join(", ")})
    where p.first <= p.last
  )`;
}

/** SQL: how many readings of host `k` are in chunk `c`. */
export const READINGS_OF_HOST =
  "width_bucket(k.host_key, c.host_key) - width_bucket(k.host_key - 1, c.host_key)";
const FIRST_OF_HOST = "width_bucket(k.host_key - 1, c.host_key) + 1";
const LAST_OF_HOST = "width_bucket(k.host_key, c.host_key)";

function valueOf(name: ChunkColumn): string {
  if (name === "record_offset") return "c.first_offset + s.record_offset as record_offset";
  if (name === "flags") return "coalesce(s.flags, 0::smallint) as flags";
  return `s.${name}`;
}
