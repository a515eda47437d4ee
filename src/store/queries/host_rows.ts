/**
 * The readings of a few hosts, as a relation with columns of `rackwatch.readings`. A chunk is
 * ordered by host, so a host's readings lie together: a binary search finds the slice, and only that
 * is made into rows. As a condition on the view, all readings of every chunk would be.
 */
import { METRICS } from "../../model/reading.ts";
import { MAY_HOLD, wholeArray } from "./chunk_bounds.ts";

/** Columns of a chunk with an element a reading, but for the host. */
export type ChunkColumn = "at_ms" | "record_offset" | "flags" | (typeof METRICS)[number];
const ALL: readonly ChunkColumn[] = ["at_ms", "record_offset", ...METRICS, "flags"];

/**
 * Besides the columns asked for: `at`, `host_key` and what all readings of a chunk share. Each column
 * is an array to be fetched a chunk, so ask for few.
 * @param hostKeys SQL of an int[].
 * @param chunks SQL of a condition on a chunk `c`.
 */
export function rowsOfHosts(
  hostKeys: string,
  columns: readonly ChunkColumn[] = ALL,
  chunks = "true",
): string {
  // `offset 0`: else the planner has the search repeated for every column.
  const taken = ALL.filter((name) => name === "at_ms" || columns.includes(name));
  return `(
    select to_timestamp((c.first_ms + s.at_ms)::float8 / 1000) as at, k.host_key, c.origin_key,
      c.region_key, c.first_ms as chunk_first_ms, c.last_ms as chunk_last_ms,
      c.first_offset as chunk_first_offset, c.region_tier_s, c.host_tier_s
      ${columns.filter((name) => name !== "at_ms").map((name) => `, ${valueOf(name)}`).join("")}
    from rackwatch.chunks c
    join rackwatch.hosts k on k.host_key = any((${hostKeys})::int[]) and ${MAY_HOLD}
    cross join lateral (
      select width_bucket(k.host_key - 1, h.host_key) + 1 as first,
        width_bucket(k.host_key, h.host_key) as last
      from ${HOSTS_OF_CHUNK} as h
      offset 0
    ) as p
    cross join lateral unnest(${taken.map((name) => `c.${name}[p.first:p.last]`).join(", ")})
      as s(${taken.join(", ")})
    where p.first <= p.last and ${chunks}
  )`;
}

/** SQL: how many readings of hosts are in chunk `c`. `hostKeys` is SQL of an int[]. */
export function readingsOfHosts(hostKeys: string): string {
  return `(select sum(width_bucket(k.host_key, h.host_key) - width_bucket(k.host_key - 1, h.host_key))
    from ${HOSTS_OF_CHUNK} as h cross join unnest(${hostKeys}) as k(host_key))::int`;
}

/** Fetched once for all that is looked for in it. */
const HOSTS_OF_CHUNK = `(select ${wholeArray("c.host_key", "int")} as host_key offset 0)`;

function valueOf(name: ChunkColumn): string {
  if (name === "record_offset") return "c.first_offset + s.record_offset as record_offset";
  if (name === "flags") return "coalesce(s.flags, 0::smallint) as flags";
  return `s.${name}`;
}
