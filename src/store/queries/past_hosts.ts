/**
 * What was known at a moment of hosts whose readings are not read for it: of what they measured the
 * last time before those readings, the newest values; of hosts that came back later, the means of
 * their newest bucket then.
 */
import type { HostNow } from "../../model/live_event.ts";
import { type Metric, METRICS } from "../../model/reading.ts";
import type { Database } from "../database.ts";
import { forMetrics } from "../metric_columns.ts";
import { HOST_TIERS_S } from "../../model/rollup.ts";

/** A host with the newest values that it has, by now, and when they were measured, epoch ms. */
export type KnownHost = {
  readonly host_key: number;
  readonly region: string;
  readonly host_id: string;
  readonly newest_ms: number;
  /** As of a chunk that was opened. */
  readonly hosts_table: number;
} & { readonly [metric in Metric | `${Metric}_ms`]: number | null };

/** At most `limit`, by key. */
export async function knownHosts(database: Database, limit: number): Promise<KnownHost[]> {
  return await database.query<KnownHost>(
    `select h.host_key, g.region, h.host_id, l.newest_ms, h.tableoid::bigint as hosts_table,
      ${forMetrics((one) => `l.${one}, l.${one}_ms`)}
    from rackwatch.latest l
    join rackwatch.hosts h on h.host_key = l.host_key
    join rackwatch.regions g on g.region_key = h.region_key
    order by h.host_key limit $1::int`,
    [limit],
  );
}

/** The metrics whose newest value lies before; null where there are none. */
export function valuesBefore(host: KnownHost, beforeMs: number): HostNow | null {
  const { region, host_id, newest_ms } = host;
  const isBefore = (metric: Metric) => (host[`${metric}_ms`] ?? Infinity) < beforeMs;
  const metrics = METRICS.filter(isBefore);
  if (newest_ms >= beforeMs && metrics.length === 0) return null;
  const value = (metric: Metric) => isBefore(metric) ? host[metric] : null;
  return {
    region,
    host_id,
    atMs: newest_ms < beforeMs
      ? newest_ms
      : Math.max(...metrics.map((metric) => host[`${metric}_ms`]!)),
    temp_c: value("temp_c"),
    cpu_load: value("cpu_load"),
    voltage: value("voltage"),
    power_watts: value("power_watts"),
  };
}

/**
 * Of some hosts, the means of the finest bucket that ended up to `atMs`, as of its end, but before
 * `beforeMs`. A host that came for the first time in a bucket of its own that had not ended is left
 * out.
 */
export async function newestBuckets(
  database: Database,
  { atMs, beforeMs }: { readonly atMs: number; readonly beforeMs: number },
  hostKeys: readonly number[],
): Promise<HostNow[]> {
  if (hostKeys.length === 0) return [];
  const rows = await database.query<HostNow & { end_ms: number } & Record<string, unknown>>(
    `select g.region, h.host_id, f.end_ms, ${forMetrics((one) => `f.${one}`)}
    from unnest($1::int[]) as k(host_key)
    join rackwatch.hosts h on h.host_key = k.host_key
    join rackwatch.regions g on g.region_key = h.region_key
    cross join lateral (${NEWEST_BUCKET}) as f`,
    [hostKeys, atMs],
  );
  return rows.map(({ end_ms, ...rest }) => ({ ...rest, atMs: Math.min(end_ms, beforeMs) - 1 }));
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
