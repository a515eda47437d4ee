/**
 * Which chunks a condition on readings can be met in, as SQL on the view `rackwatch.readings`. Says
 * nothing new beside the condition itself, and keeps all other chunks from being opened.
 */

/** Readings `r` of [from, to); both are SQL of epoch ms as float8, null: open. */
export function chunksWithin(fromMs: string | null, toMs: string | null): string {
  const conditions = [
    ...(fromMs === null ? [] : [`r.chunk_last_ms >= floor(${fromMs})::bigint`]),
    ...(toMs === null ? [] : [`r.chunk_first_ms < ceil(${toMs})::bigint`]),
  ];
  return conditions.length === 0 ? "true" : conditions.join(" and ");
}

/** Readings `r` of one host, by its key in SQL. */
export function chunksOfHost(hostKey: string): string {
  return `r.chunk_first_host <= ${hostKey} and r.chunk_last_host >= ${hostKey}`;
}

/** Readings `r` at offsets [from, to) of an origin, as SQL of bigint. */
export function chunksAtOffsets(from: string, to: string): string {
  return `r.chunk_last_offset >= ${from} and r.chunk_first_offset < ${to}`;
}
