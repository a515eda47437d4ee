/** Hosts as the API lists them: newest values, state and open alerts; and one host in detail. */
import { LIMITS } from "../../limits.ts";
import type { HostState } from "../../model/live_event.ts";
import { isoUtc } from "../../model/iso_time.ts";
import { type Metric, METRICS } from "../../model/reading.ts";
import { COARSEST_TIER_S } from "../../model/rollup.ts";
import type { Database, Row, SqlValue } from "../database.ts";
import { forMetrics } from "../metric_columns.ts";
import { type AlertJson, alertsOfHosts, alertToJson } from "./alerts.ts";

/** `host_id`: by region and name; the others: the highest, the worst or the newest first. */
export const HOST_SORTS = ["host_id", "state", "newest", ...METRICS] as const;
export type HostSort = (typeof HOST_SORTS)[number];

export interface HostsQuery {
  readonly region: string | null;
  /** Only hosts whose name holds this, in letters of any size; null: all. */
  readonly part: string | null;
  readonly sort: HostSort;
  readonly limit: number;
  /** `next` of the page before; null: the first page. */
  readonly after: string | null;
  readonly nowMs: number;
}

export interface HostJson extends Readonly<Record<Metric, number | null>> {
  readonly host_id: string;
  readonly region: string;
  /** Of the newest reading, ISO UTC. */
  readonly timestamp: string;
  /** `stale` comes before all: of a host that is silent nothing is known. */
  readonly state: HostState;
  /** Open ones. */
  readonly alerts: readonly AlertJson[];
}

export interface HostsPage {
  readonly hosts: readonly HostJson[];
  /** To be given as `after` for the next page; null at the end. */
  readonly next: string | null;
}

/** @throws RangeError when `after` is not a `next` that this sort gave. */
export async function queryHosts(database: Database, query: HostsQuery): Promise<HostsPage> {
  const after = query.after === null ? null : readCursor(query.after, query.sort);
  const rows = await database.query(hostsText(query.sort), [
    query.region,
    query.nowMs - LIMITS.staleAfterMs,
    query.limit + 1,
    after?.region ?? null,
    after?.hostId ?? null,
    after?.value ?? null,
    query.part,
  ]);
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    hosts: await withAlerts(database, page),
    next: rows.length > query.limit && last !== undefined ? writeCursor(last, query.sort) : null,
  };
}

export interface HostDetailJson extends HostJson {
  /** The newest alerts, open and closed. */
  readonly recent_alerts: readonly AlertJson[];
  /** Readings stored. */
  readonly rows: number;
}

/** The host of that name in each region that has one; empty where there is none. */
export async function queryHost(
  database: Database,
  hostId: string,
  region: string | null,
  nowMs: number,
): Promise<HostDetailJson[]> {
  const rows = await database.query(
    `select host.*, (select coalesce(sum(readings), 0)::bigint from rackwatch.rollups r
        where r.step_s = ${COARSEST_TIER_S} and r.region_key = host.region_key and r.host_key = host.host_key
      ) as readings
    from (${hostsRelation("and h.host_id = $3::text")}) as host order by region`,
    [region, nowMs - LIMITS.staleAfterMs, hostId],
  );
  const hosts = await withAlerts(database, rows);
  return await Promise.all(hosts.map(async (host, index) => ({
    ...host,
    rows: rows[index]!["readings"] as number,
    recent_alerts: (await alertsOfHosts(database, [host], 20)).map(alertToJson),
  })));
}

/** $1 region or null, $2 epoch ms before which a host is stale. */
function hostsRelation(condition: string): string {
  const severity = `(select max(case a.severity when 'critical' then 3 else 2 end)
    from rackwatch.alerts a
    where a.region = g.region and a.host_id = h.host_id and a.closed_at is null)`;
  return `select h.host_key, g.region_key, g.region, h.host_id, ${forMetrics((one) => `l.${one}`)},
      l.newest_ms, case when l.newest_ms < $2::float8 then 0
        else coalesce(${severity}, 1) end as state
    from rackwatch.hosts h
    join rackwatch.regions g on g.region_key = h.region_key
    join rackwatch.latest l on l.host_key = h.host_key
    where ($1::text is null or g.region = $1::text) ${condition}`;
}

/** By state number. */
const STATES: readonly HostState[] = ["stale", "ok", "warning", "critical"];

/** Keyset paging: $3 rows, after the row with ($6 sort value, $4 region, $5 host); $7 in the name. */
function hostsText(sort: HostSort): string {
  const named = "and ($7::text is null or strpos(lower(h.host_id), lower($7::text)) > 0)";
  const byName = "(region, host_id) > ($4::text, $5::text)";
  if (sort === "host_id") {
    // Names alone decide, so that a page looks up the newest values of its own hosts only.
    const after = "and ($4::text is null or (g.region, h.host_id) > ($4::text, $5::text))";
    return `${hostsRelation(`${named} ${after} and $6::float8 is null`)}
      order by g.region, h.host_id limit $3::int`;
  }
  const value = `coalesce(${sortColumn(sort)}::float8, '-infinity')`;
  return `select * from (
      select host.*, ${value} as sort_value from (${hostsRelation(named)}) as host
    ) as sorted
    where $4::text is null or sort_value < $6::float8 or (sort_value = $6::float8 and ${byName})
    order by sort_value desc, region, host_id limit $3::int`;
}

function sortColumn(sort: Exclude<HostSort, "host_id">): string {
  return sort === "newest" ? "newest_ms" : sort;
}

async function withAlerts(database: Database, rows: readonly Row[]): Promise<HostJson[]> {
  const named = rows.map((row) => ({
    region: row["region"] as string,
    host_id: row["host_id"] as string,
  }));
  const alerts = named.length === 0 ? [] : await alertsOfHosts(database, named);
  return rows.map((row, index) => ({
    ...named[index]!,
    timestamp: isoUtc(row["newest_ms"] as number),
    temp_c: row["temp_c"] as number | null,
    cpu_load: row["cpu_load"] as number | null,
    voltage: row["voltage"] as number | null,
    power_watts: row["power_watts"] as number | null,
    state: STATES[row["state"] as number]!,
    alerts: alerts
      .filter((one) => one.hostId === row["host_id"] && one.region === row["region"])
      .map(alertToJson),
  }));
}

interface Cursor {
  readonly region: string;
  readonly hostId: string;
  readonly value: SqlValue;
}

function writeCursor(row: Row, sort: HostSort): string {
  const value = row["sort_value"];
  const parts = [sort, row["region"], row["host_id"], value === undefined ? null : String(value)];
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

function readCursor(text: string, sort: HostSort): Cursor {
  let parts: unknown = null;
  try {
    parts = JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    // Said below, as for any other text.
  }
  if (Array.isArray(parts) && parts.length === 4 && parts[0] === sort) {
    const [, region, hostId, value] = parts;
    if (typeof region === "string" && typeof hostId === "string" && isSortValue(value)) {
      return { region, hostId, value };
    }
  }
  throw new RangeError(
    `Cannot go on after ${
      text.slice(0, 40)
    }: give the "next" of the page before, with the same sort`,
  );
}

function isSortValue(value: unknown): value is string | null {
  return value === null || (typeof value === "string" && !Number.isNaN(Number(value)));
}
