/** Alerts as the API shows them, and as the layers load them at start. */
import type { Alert, Severity } from "../../model/alert.ts";
import { isoUtc } from "../../model/iso_time.ts";
import type { Metric } from "../../model/reading.ts";
import type { Database, SqlValue } from "../database.ts";

/** An alert as JSON; times are ISO UTC, null where it did not happen yet. */
export interface AlertJson {
  readonly id: string;
  readonly rule: string;
  readonly metric: Metric;
  readonly region: string;
  readonly host_id: string;
  readonly severity: Severity;
  readonly peak_severity: Severity;
  readonly value: number;
  readonly peak_value: number;
  readonly limit: number;
  readonly opened: string;
  readonly updated: string;
  readonly closed: string | null;
  readonly closed_by: Alert["closedBy"];
  readonly acknowledged: string | null;
  readonly acknowledged_note: string | null;
}

/** Of alerts in one state. */
export const NEWEST_FIRST = "order by opened_at desc, alert_id";

/**
 * Every open alert of the live feed: what its engine goes on from, and what a fresh picture shows.
 * One of a history file that is being loaded is that load's own to close.
 */
export function loadOpenAlerts(database: Database): Promise<Alert[]> {
  return selectAlerts(
    database,
    `where closed_at is null
      and origin_key in (select origin_key from rackwatch.origins where layer = 'speed')
      order by opened_at, alert_id`,
    [],
  );
}

/** Of these hosts, the open ones; or, with a limit, all of them, the newest first. */
export function alertsOfHosts(
  database: Database,
  hosts: readonly { readonly region: string; readonly host_id: string }[],
  limit: number | null = null,
): Promise<Alert[]> {
  return selectAlerts(
    database,
    `where (region, host_id) in (select * from unnest($1::text[], $2::text[]))
      ${limit === null ? "and closed_at is null" : ""}
      order by opened_at desc, alert_id ${limit === null ? "" : "limit $3::int"}`,
    [
      hosts.map((one) => one.region),
      hosts.map((one) => one.host_id),
      ...(limit === null ? [] : [limit]),
    ],
  );
}

/** Those of these ids that there are. */
export function alertsById(database: Database, ids: readonly string[]): Promise<Alert[]> {
  return selectAlerts(database, "where alert_id = any($1::text[]) order by alert_id", [ids]);
}

/**
 * Marks an alert as seen by an operator; the first time counts. Null: there is no such alert.
 *
 * @param note Takes the place of the one before, and empty takes it away; null leaves it.
 */
export async function acknowledgeAlert(
  database: Database,
  id: string,
  nowMs: number,
  note: string | null = null,
): Promise<AlertJson | null> {
  const rows = await database.query<AlertRow>(
    `update rackwatch.alerts
      set acknowledged_at = coalesce(acknowledged_at, to_timestamp($2::float8 / 1000)),
        acknowledged_note = nullif(coalesce($3::text, acknowledged_note), '')
    where alert_id = $1::text returning ${COLUMNS}`,
    [id, nowMs, note],
  );
  return rows[0] === undefined ? null : alertToJson(fromRow(rows[0]));
}

export function alertToJson(alert: Alert): AlertJson {
  const iso = (atMs: number | null) => atMs === null ? null : isoUtc(atMs);
  return {
    id: alert.id,
    rule: alert.rule,
    metric: alert.metric,
    region: alert.region,
    host_id: alert.hostId,
    severity: alert.severity,
    peak_severity: alert.peakSeverity,
    value: alert.value,
    peak_value: alert.peakValue,
    limit: alert.limit,
    opened: isoUtc(alert.openedAtMs),
    updated: isoUtc(alert.updatedAtMs),
    closed: iso(alert.closedAtMs),
    closed_by: alert.closedBy,
    acknowledged: iso(alert.acknowledgedAtMs),
    acknowledged_note: alert.acknowledgedNote,
  };
}

const COLUMNS = `alert_id, rule, metric, region, host_id, severity, peak_severity, value,
  peak_value, limit_value, opened_at, updated_at, closed_at, closed_by, acknowledged_at,
  acknowledged_note`;

type AlertRow = {
  alert_id: string;
  rule: string;
  metric: Metric;
  region: string;
  host_id: string;
  severity: Severity;
  peak_severity: Severity;
  value: number;
  peak_value: number;
  limit_value: number;
  opened_at: number;
  updated_at: number;
  closed_at: number | null;
  closed_by: Alert["closedBy"];
  acknowledged_at: number | null;
  acknowledged_note: string | null;
};

/** Alerts as the store has them; `rest` is what follows the table. */
export async function selectAlerts(
  database: Database,
  rest: string,
  values: readonly SqlValue[],
): Promise<Alert[]> {
  const rows = await database.query<AlertRow>(
    `select ${COLUMNS} from rackwatch.alerts ${rest}`,
    values,
  );
  return rows.map(fromRow);
}

function fromRow(row: AlertRow): Alert {
  return {
    id: row.alert_id,
    rule: row.rule,
    metric: row.metric,
    hostId: row.host_id,
    region: row.region,
    severity: row.severity,
    peakSeverity: row.peak_severity,
    value: row.value,
    peakValue: row.peak_value,
    limit: row.limit_value,
    openedAtMs: row.opened_at,
    updatedAtMs: row.updated_at,
    closedAtMs: row.closed_at,
    closedBy: row.closed_by,
    acknowledgedAtMs: row.acknowledged_at,
    acknowledgedNote: row.acknowledged_note,
  };
}
