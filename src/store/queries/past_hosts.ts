/**
 * What was known at a moment of hosts whose readings are not read for it: of those that are silent
 * since, their newest values; of those that came back later, the means of their newest bucket then.
 */
import type { HostNow } from "../../model/live_event.ts";
import type { Database } from "../database.ts";
import { forMetrics } from "../metric_columns.ts";
import { HOST_TIERS_S } from "../../model/rollup.ts";

/** Hosts whose newest reading of all lies before; at most `limit`, by key. */
export async function silentSince(
  database: Database,
  sinceMs: number,
  limit: number,
): Promise<HostNow[]> {
  return await database.query<HostNow & Record<string, unknown>>(
    `select g.region, h.host_id, l.newest_ms as "atMs", ${forMetrics((one) => `l.${one}`)}
    from rackwatch.latest l
    join rackwatch.hosts h on h.host_key = l.host_key
    join rackwatch.regions g on g.region_key = h.region_key
    where l.newest_ms < $1::bigint
    order by h.host_key limit $2::int`,
    [Math.ceil(sinceMs), limit],
  );
}

export interface AbsentQuery {
  /** Hosts with readings from here up to `atMs` are known from those. */
  readonly sinceMs: number;
  readonly atMs: number;
  readonly limit: number;
}

/**
 * Hosts with readings after `atMs`, none of [sinceMs, atMs], and some before: with the means of the
 * finest bucket that ended by then, as of its end. A host that came for the first time in a bucket
 * of its own that had not ended is left out.
 *
 * @param present Whether a host has readings in the stretch.
 */
export async function absentAt(
  database: Database,
  { sinceMs, atMs, limit }: AbsentQuery,
  present: (region: string, hostId: string) => boolean,
): Promise<HostNow[]> {
  const later = await database.query<{ host_key: number; region: string; host_id: string }>(
    `select h.host_key, g.region, h.host_id
    from rackwatch.latest l
    join rackwatch.hosts h on h.host_key = l.host_key
    join rackwatch.regions g on g.region_key = h.region_key
    where l.newest_ms >= $1::bigint
    order by h.host_key limit $2::int`,
    [Math.ceil(sinceMs), limit],
  );
  const absent = later.filter((host) => !present(host.region, host.host_id));
  if (absent.length === 0) return [];
  const rows = await database.query<HostNow & { end_ms: number } & Record<string, unknown>>(
    `select g.region, h.host_id, f.end_ms, ${forMetrics((one) => `f.${one}`)}
    from unnest($1::int[]) as k(host_key)
    join rackwatch.hosts h on h.host_key = k.host_key
    join rackwatch.regions g on g.region_key = h.region_key
    cross join lateral (${NEWEST_BUCKET}) as f`,
    [absent.map((host) => host.host_key), atMs],
  );
  return rows.map(({ end_ms, ...rest }) => ({ ...rest, atMs: Math.min(end_ms, sinceMs) - 1 }));
}

const MEANS = forMetrics((one) =>
  `(r.${one}_sum_micro / 1e6 / nullif(r.${one}_count, 0))::float8 as ${one}`
);

/** Of host `h`: the bucket of any tier that ended the latest up to $2, of several the finest. */
const NEWEST_BUCKET = `select * from (${
  HOST_TIERS_S.map((stepS) =>
    `(select ${stepS} as step_s, (extract(epoch from r.bucket) * 1000)::float8 + ${
      stepS * 1000
    } as end_ms, ${MEANS}
    from rackwatch.rollups r
    where r.step_s = ${stepS} and r.region_key = h.region_key and r.host_key = h.host_key
      and r.bucket <= to_timestamp($2::float8 / 1000 - ${stepS})
    order by r.bucket desc limit 1)`
  ).join(" union all ")
}) as of_tiers order by end_ms desc, step_s limit 1`;

/** Every host's mean power in the minute that begins at `minuteMs`, as of its end. */
export async function powerOfMinute(database: Database, minuteMs: number): Promise<HostNow[]> {
  return await database.query<HostNow & Record<string, unknown>>(
    `select g.region, h.host_id, null as temp_c, null as cpu_load, null as voltage,
      (r.power_watts_sum_micro / 1e6 / r.power_watts_count)::float8 as power_watts,
      $1::float8 + 59999 as "atMs"
    from rackwatch.hosts h
    join rackwatch.regions g on g.region_key = h.region_key
    join rackwatch.rollups r on r.step_s = 60 and r.region_key = h.region_key
      and r.host_key = h.host_key and r.bucket = to_timestamp($1::float8 / 1000)
    where r.power_watts_count > 0`,
    [minuteMs],
  );
}
