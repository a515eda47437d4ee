/**
 * Names to the keys of rollup rows. Asked first and bound as lists: joined by name, the planner read
 * every host's rollups (1.6 s of a day with 300 hosts) where the primary key finds them in 2 ms.
 */
import type { Database } from "../database.ts";

/** `host_keys` is {0} for whole regions. Empty lists: nothing of that name. */
export type SeriesKeys = {
  readonly region_keys: readonly number[];
  readonly host_keys: readonly number[];
};

/**
 * `r` must be `rackwatch.rollups`; bind the lists as the placeholders named. Not `= any (…)`: the
 * planner multiplies how common each key is on its own, and where half of all rows are of whole
 * regions it expects so many of a tier, too, that it reads the whole table (0.8 s with 1.7 million
 * rollups, for 720 of them). By a join it expects what the primary key gives (5 ms).
 */
export function ofSeries(regionKeys: string, hostKeys: string): string {
  return `(r.region_key, r.host_key) in (
    select region_key, host_key
    from unnest(${regionKeys}::int[]) as region_key, unnest(${hostKeys}::int[]) as host_key)`;
}

/** Null: every region; whole regions rather than one host. */
export async function seriesKeys(
  database: Database,
  region: string | null,
  hostId: string | null,
): Promise<SeriesKeys> {
  const rows = await database.query<{ region_key: number; host_key: number }>(
    hostId === null
      ? `select region_key, 0 as host_key from rackwatch.regions g
        where ($1::text is null or g.region = $1::text) and $2::text is null`
      : `select h.region_key, h.host_key from rackwatch.hosts h
        join rackwatch.regions g on g.region_key = h.region_key
        where ($1::text is null or g.region = $1::text) and h.host_id = $2::text`,
    [region, hostId],
  );
  return {
    region_keys: rows.map((row) => row.region_key),
    host_keys: [...new Set(rows.map((row) => row.host_key))],
  };
}
