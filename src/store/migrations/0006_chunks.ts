/**
 * Readings by column: one row is a chunk, up to a thousand readings of one origin and one region,
 * ordered by host, each column an array. A row a reading cost 92 bytes and two index entries of some
 * 40, and the index halved the rate at which rows went in; a chunk costs some 50 bytes a reading and
 * a few index entries in all (decision 11).
 *
 * `rackwatch.readings` is a view with the columns that the table had. Its columns `chunk_*` are the
 * bounds of the chunk a reading lies in: a condition on them, beside the one that is meant, keeps
 * the other chunks from being opened.
 */
const COLUMNS = `
    first_ms bigint not null,
    last_ms bigint not null,
    first_offset bigint not null,
    last_offset bigint not null,
    origin_key int not null,
    region_key int not null,
    first_host int not null,
    last_host int not null,
    readings int not null,
    -- From here on one element a reading; times and offsets count from the chunk's first.
    at_ms int[] not null,
    record_offset int[] not null,
    host_key int[] not null,
    temp_c double precision[] not null,
    cpu_load double precision[] not null,
    voltage double precision[] not null,
    power_watts double precision[] not null,
    -- Null where all are 0.
    flags smallint[],
    -- What timestamptz holds; refused here, since no query could read it later.
    check (first_ms >= -210866803200000 and last_ms < 9224318016000000)`;

const ARRAYS = [
  "at_ms",
  "record_offset",
  "host_key",
  "temp_c",
  "cpu_load",
  "voltage",
  "power_watts",
  "flags",
];

/** Rows of the old table, cut as `chunks.ts` cuts; no chunk spans more than 20 days. */
const MOVE_ROWS = `insert into rackwatch.chunks
  select min(ms), max(ms), min(record_offset), max(record_offset), origin_key, region_key,
    min(host_key), max(host_key), count(*),
    array_agg((ms - first_ms)::int order by host_key, record_offset),
    array_agg((record_offset - first_offset)::int order by host_key, record_offset),
    array_agg(host_key order by host_key, record_offset),
    array_agg(temp_c order by host_key, record_offset),
    array_agg(cpu_load order by host_key, record_offset),
    array_agg(voltage order by host_key, record_offset),
    array_agg(power_watts order by host_key, record_offset),
    case when max(flags) > 0 then array_agg(flags order by host_key, record_offset) end
  from (
    select *, min(ms) over chunk as first_ms, min(record_offset) over chunk as first_offset
    from (
      select *, (row_number() over (
          partition by origin_key, region_key, span order by record_offset) - 1) / 1000 as number
      from (
        select r.*, h.region_key, (extract(epoch from r.at) * 1000)::bigint as ms,
          floor(extract(epoch from r.at) / 1728000) as span
        from rackwatch.readings r join rackwatch.hosts h using (host_key)
      ) as timed
    ) as numbered
    window chunk as (partition by origin_key, region_key, span, number)
  ) as cut
  group by origin_key, region_key, span, number`;

/** @param more Further columns of the chunk. */
export const readingsView = (more = ""): string =>
  `view rackwatch.readings as
  select to_timestamp((c.first_ms + r.at_ms)::double precision / 1000) as at,
    r.temp_c, r.cpu_load, r.voltage, r.power_watts,
    c.first_offset + r.record_offset as record_offset,
    r.host_key, c.origin_key, coalesce(r.flags, 0::smallint) as flags, c.region_key,
    c.first_ms as chunk_first_ms, c.last_ms as chunk_last_ms,
    c.first_offset as chunk_first_offset, c.last_offset as chunk_last_offset,
    c.first_host as chunk_first_host, c.last_host as chunk_last_host${more}
  from rackwatch.chunks c
  cross join lateral unnest(${ARRAYS.map((name) => `c.${name}`).join(", ")})
    as r(${ARRAYS.join(", ")})`;

export const CHUNKS: readonly string[] = [
  `create table rackwatch.chunks (${COLUMNS})`,
  // Numbers of many digits do not compress worth the time: 0.4 µs a reading.
  ...ARRAYS.map((name) => `alter table rackwatch.chunks alter column ${name} set storage external`),
  `create index chunks_origin on rackwatch.chunks (origin_key, first_offset)`,
  `create index chunks_time on rackwatch.chunks (last_ms, first_ms)`,
  `create table rackwatch.chunks_staged (like rackwatch.chunks including storage including constraints)`,
  `create index chunks_staged_origin on rackwatch.chunks_staged (origin_key)`,
  MOVE_ROWS,
  // The view that others hold on to goes with it, and is made anew at the end of every start.
  `drop table rackwatch.readings cascade`,
  `drop table rackwatch.readings_staged`,
  `drop function rackwatch.ensure_weeks(timestamptz[])`,
  `create ${readingsView()}`,
];
