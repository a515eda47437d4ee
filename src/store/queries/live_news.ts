/**
 * Live readings that another process committed, told apart by their place in the archive: within a
 * part it only ever rises, so one is news where its place lies behind the last one seen. Their own
 * time would not do: several come within a second, and hosts' clocks differ.
 */
import type { Reading } from "../../model/reading.ts";
import type { Database } from "../database.ts";
import { chunksWithin } from "./chunk_bounds.ts";

/** The last place seen of each part, by the key of its origin. */
export type SeenPlaces = ReadonlyMap<number, number>;

export interface LiveNewsQuery {
  /** Reading times from here on, epoch ms, are looked at; older ones are never news. */
  readonly fromMs: number;
  readonly seen: SeenPlaces;
  readonly limit: number;
}

export type LiveNews = Reading & { readonly originKey: number };

/** The readings behind `seen`, part by part in their order; at most `limit`. */
export async function queryLiveNews(
  database: Database,
  { fromMs, seen, limit }: LiveNewsQuery,
): Promise<LiveNews[]> {
  const rows = await database.query<NewsRow>(
    `select h.host_id, g.region, r.at, r.temp_c, r.cpu_load, r.voltage, r.power_watts, r.flags,
      r.origin_key, r.record_offset
    from rackwatch.readings r
    join rackwatch.origins o on o.origin_key = r.origin_key and o.layer = 'speed'
    join rackwatch.hosts h on h.host_key = r.host_key
    join rackwatch.regions g on g.region_key = h.region_key
    left join unnest($2::int[], $3::bigint[]) as seen (origin_key, record_offset)
      on seen.origin_key = r.origin_key
    where r.at >= to_timestamp($1::float8 / 1000) and ${chunksWithin("$1::float8", null)}
      and (seen.record_offset is null or r.record_offset > seen.record_offset)
      and (seen.record_offset is null or r.chunk_last_offset > seen.record_offset)
    order by r.origin_key, r.record_offset limit $4::int`,
    [fromMs, [...seen.keys()], [...seen.values()], limit],
  );
  return rows.map(({ at, origin_key, record_offset, ...rest }) => ({
    ...rest,
    atMs: at,
    offset: record_offset,
    originKey: origin_key,
  }));
}

/**
 * Where the store's live readings from a time on end: what a look that comes later starts from. A
 * chunk that lies behind that time as a whole says so itself; only one that it cuts is opened.
 */
export async function liveEnds(database: Database, fromMs: number): Promise<Map<number, number>> {
  const rows = await database.query<{ origin_key: number; record_offset: number }>(
    `select e.origin_key, max(e.record_offset) as record_offset
    from (
      select c.origin_key, c.last_offset as record_offset from rackwatch.chunks c
      where c.first_ms >= $1::bigint
      union all
      select r.origin_key, r.record_offset from rackwatch.readings r
      where ${chunksWithin("$1::float8", null)} and r.chunk_first_ms < $1::bigint
        and r.at >= to_timestamp($1::float8 / 1000)
    ) as e
    join rackwatch.origins o on o.origin_key = e.origin_key and o.layer = 'speed'
    group by e.origin_key`,
    [Math.ceil(fromMs)],
  );
  return new Map(rows.map((row) => [row.origin_key, row.record_offset]));
}

type NewsRow = Omit<Reading, "atMs" | "offset"> & {
  at: number;
  origin_key: number;
  record_offset: number;
};
