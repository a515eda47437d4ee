/**
 * Which chunks a condition on readings can be met in, as SQL on the view `rackwatch.readings`. Says
 * nothing new beside the condition itself, and keeps all other chunks from being opened. And how the
 * arrays of one are opened.
 */
import { LONG_CHUNK_MS } from "../migrations/0009_chunk_times.ts";

/**
 * Readings `r` of [from, to); both are SQL of epoch ms as float8, null: open. Nearly all chunks span
 * less than a minute, and of those the beginning says where they end; the others have an index of
 * their own. So whatever lies before or after the range costs nothing.
 */
export function chunksWithin(fromMs: string | null, toMs: string | null): string {
  const before = toMs === null ? [] : [`r.chunk_first_ms < ceil(${toMs})::bigint`];
  if (fromMs === null) return before[0] ?? "true";
  const from = `floor(${fromMs})::bigint`;
  const touching = [`r.chunk_last_ms >= ${from}`, ...before].join(" and ");
  return `(r.chunk_first_ms >= ${from} - ${LONG_CHUNK_MS} and ${touching}
    or r.chunk_last_ms - r.chunk_first_ms >= ${LONG_CHUNK_MS} and ${touching})`;
}

/** Readings `r` at offsets [from, to) of an origin, as SQL of bigint. */
export function chunksAtOffsets(from: string, to: string): string {
  return `r.chunk_last_offset >= ${from} and r.chunk_first_offset < ${to}`;
}

/**
 * Chunk `c` can hold readings of host `k`, a row of `rackwatch.hosts`. By its region, too: keys are
 * given as hosts come, so those of one region lie between another one's.
 */
export const MAY_HOLD =
  "c.region_key = k.region_key and c.first_host <= k.host_key and c.last_host >= k.host_key";

/** Chunk `c` can hold readings of one of these hosts; SQL of an int[]. */
export function mayHoldHosts(hostKeys: string): string {
  return `exists (select from rackwatch.hosts k
    where k.host_key = any((${hostKeys})::int[]) and ${MAY_HOLD})`;
}

/**
 * A chunk's array fetched once for all that is looked up in it, as SQL; else it is for each element.
 * Not by a slice of everything, which copies element by element and takes three to five times as long.
 */
export function wholeArray(column: string, type: "int" | "float8" | "smallint"): string {
  return `${column} || '{}'::${type}[]`;
}
