/**
 * Alerts page by page, now or as they were at a moment: open ones first, then closed ones, each the
 * newest first. Every part is read in the order of an index and no further than the page; only a
 * rare rule or severity makes it walk past others.
 */
import type { Severity } from "../../model/alert.ts";
import type { Database, SqlValue } from "../database.ts";
import { type AlertJson, alertToJson, NEWEST_FIRST, selectAlerts } from "./alerts.ts";
import { alertAt, OPEN_AT } from "./past_alerts.ts";

type AlertState = "open" | "closed";

/** Where a page ended: its last alert, as it was then. */
export interface AlertPlace {
  readonly state: AlertState;
  readonly openedMs: number;
  readonly id: string;
}

export interface AlertPageQuery {
  /** Null: both; so for each of the following. */
  readonly state: AlertState | null;
  /** As it is shown: of a closed alert its worst. */
  readonly severity: Severity | null;
  readonly region: string | null;
  readonly rule: string | null;
  /** Part of a host's name, in any case. */
  readonly host: string | null;
  /** Epoch ms; null: now. */
  readonly atMs: number | null;
  readonly after: AlertPlace | null;
  readonly limit: number;
}

/** The first page of all there are, without a filter. */
export const EVERY_ALERT: Omit<AlertPageQuery, "limit"> = {
  state: null,
  severity: null,
  region: null,
  rule: null,
  host: null,
  atMs: null,
  after: null,
};

/** A page shorter than `limit` is the last one. */
export async function queryAlertPage(
  database: Database,
  query: AlertPageQuery,
): Promise<AlertJson[]> {
  const { state, after, atMs, limit } = query;
  const hosts = query.host === null ? null : await hostsNamedLike(database, query.host);
  if (hosts?.length === 0) return [];
  const found: AlertJson[] = [];
  for (const part of ["open", "closed"] as const) {
    const isWanted = state === null || state === part;
    const isPassed = part === "open" && after?.state === "closed";
    if (!isWanted || isPassed || found.length >= limit) continue;
    const select = selection(query, part, hosts, limit - found.length);
    const alerts = await selectAlerts(database, select.text, select.values);
    found.push(
      ...alerts.map((one) => alertToJson(atMs === null ? one : alertAt(one, atMs))),
    );
  }
  return found;
}

interface HostName {
  readonly region: string;
  readonly host_id: string;
}

/** Up to so many hosts are gone through one by one. */
const HOSTS_MAX = 200;

/** Null where they are so many that any stretch of alerts has some of them. */
async function hostsNamedLike(database: Database, part: string): Promise<HostName[] | null> {
  const rows = await database.query<HostName & Record<string, unknown>>(
    `select g.region, h.host_id
    from rackwatch.hosts h join rackwatch.regions g on g.region_key = h.region_key
    where position(lower($1::text) in lower(h.host_id)) > 0 limit ${HOSTS_MAX + 1}`,
    [part],
  );
  return rows.length > HOSTS_MAX ? null : rows;
}

interface Selection {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

function selection(
  query: AlertPageQuery,
  part: AlertState,
  hosts: readonly HostName[] | null,
  limit: number,
): Selection {
  const values: SqlValue[] = [];
  const bind = (value: SqlValue, type: string) => `$${values.push(value)}::${type}`;
  // First: OPEN_AT takes its moment as $1.
  const at = query.atMs === null ? null : bind(query.atMs, "float8");
  const conditions = [partCondition(part, at)];
  const { severity, region, rule, host, after } = query;
  if (severity !== null) {
    conditions.push(`${severityShown(part, at)} = ${bind(severity, "text")}`);
  }
  if (region !== null) conditions.push(`region = ${bind(region, "text")}`);
  if (rule !== null) conditions.push(`rule = ${bind(rule, "text")}`);
  if (host !== null && hosts === null) {
    conditions.push(`position(lower(${bind(host, "text")}) in lower(host_id)) > 0`);
  }
  if (after?.state === part) {
    const opened = `to_timestamp(${bind(after.openedMs, "float8")} / 1000)`;
    conditions.push(
      `opened_at <= ${opened} and (opened_at < ${opened} or alert_id > ${bind(after.id, "text")})`,
    );
  }
  const rest = `${NEWEST_FIRST} limit ${bind(limit, "int")}`;
  const where = `where ${conditions.join(" and ")}`;
  if (hosts === null) return { text: `${where} ${rest}`, values };
  const names = [
    bind(hosts.map((one) => one.region), "text[]"),
    bind(hosts.map((one) => one.host_id), "text[]"),
  ];
  const ofHost = `select a.alert_id from rackwatch.alerts a ${where}
    and a.region = n.of_region and a.host_id = n.of_host ${rest}`;
  return {
    text: `where alert_id in (
      select found.alert_id from unnest(${names.join(", ")}) as n(of_region, of_host)
      cross join lateral (${ofHost}) as found
    ) ${rest}`,
    values,
  };
}

function partCondition(part: AlertState, at: string | null): string {
  if (at === null) return part === "open" ? "closed_at is null" : "closed_at is not null";
  if (part === "open") return `(${OPEN_AT})`;
  const moment = `to_timestamp(${at} / 1000)`;
  return `opened_at <= ${moment} and closed_at <= ${moment}`;
}

/** As `alertAt` gives it: of one that changed after the moment its worst. */
function severityShown(part: AlertState, at: string | null): string {
  if (part === "closed") return "peak_severity";
  if (at === null) return "severity";
  return `case when closed_at is null and updated_at <= to_timestamp(${at} / 1000)
    then severity else peak_severity end`;
}
