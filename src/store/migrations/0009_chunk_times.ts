/**
 * Finding chunks by time, wherever in the history: by the beginning, and the few that span long apart.
 * By their ends alone, everything newer than the range was looked through. And finding a sample of
 * them without looking at the others.
 */
export const LONG_CHUNK_MS = 60_000;

/** A place of each chunk `c` by no order: those below some number are a sample of all. */
export const SAMPLE_OF = 65_536;
export const SAMPLE_PLACE = `(hashint8(c.first_offset # c.last_ms) & ${SAMPLE_OF - 1})`;

export const CHUNK_TIMES: readonly string[] = [
  `drop index rackwatch.chunks_time`,
  `create index chunks_begin on rackwatch.chunks (first_ms, last_ms)`,
  `create index chunks_long on rackwatch.chunks (last_ms, first_ms)
    where last_ms - first_ms >= ${LONG_CHUNK_MS}`,
  `create index chunks_sample on rackwatch.chunks (${SAMPLE_PLACE.replaceAll("c.", "")})`,
];
