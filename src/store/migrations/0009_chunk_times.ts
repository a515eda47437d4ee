/**
 * Finding chunks by time, wherever in the history: by the beginning, and the few that span long apart.
 * By their ends alone, everything newer than the range was looked through.
 */
export const LONG_CHUNK_MS = 60_000;

export const CHUNK_TIMES: readonly string[] = [
  `drop index rackwatch.chunks_time`,
  `create index chunks_begin on rackwatch.chunks (first_ms, last_ms)`,
  `create index chunks_long on rackwatch.chunks (last_ms, first_ms)
    where last_ms - first_ms >= ${LONG_CHUNK_MS}`,
];
