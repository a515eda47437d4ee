/**
 * Alerts as they were at a moment. The store has an alert's present state, not its history: of one
 * that changed after the moment, its worst stands for what it was.
 */
import type { Alert } from "../../model/alert.ts";
import type { Database } from "../database.ts";
import { ALERT_SPAN } from "../migrations/0011_past_alerts.ts";
import { type AlertJson, alertToJson, selectAlerts } from "./alerts.ts";

/** Open at $1. One that a history file under way has open may still be closed as that file ends. */
export const OPEN_AT = `${ALERT_SPAN} @> to_timestamp($1::float8 / 1000) and (closed_at is not null
  or origin_key in (select origin_key from rackwatch.origins where layer = 'speed'))`;

/** The newest first; at most `limit`. */
export async function openAlertsAt(
  database: Database,
  atMs: number,
  limit: number,
): Promise<Alert[]> {
  const alerts = await selectAlerts(
    database,
    `where ${OPEN_AT} order by opened_at desc, alert_id limit $2::int`,
    [atMs, limit],
  );
  return alerts.map((alert) => alertAt(alert, atMs));
}

/**
 * The first alert that opened after a moment, or the last one before it; as it is now. Null where
 * there is none. Of several that opened at one time the first by id.
 */
export async function queryAlertNear(
  database: Database,
  atMs: number,
  direction: "next" | "previous",
): Promise<AlertJson | null> {
  const [sign, order] = direction === "next" ? [">", "asc"] : ["<", "desc"];
  const [alert] = await selectAlerts(
    database,
    `where opened_at ${sign} to_timestamp($1::float8 / 1000)
    order by opened_at ${order}, alert_id limit 1`,
    [atMs],
  );
  return alert === undefined ? null : alertToJson(alert);
}

/**
 * What is known of how an alert was at a moment after it opened: not closed or acknowledged later
 * than that, and of a later change only the worst that it ever was.
 */
export function alertAt(alert: Alert, atMs: number): Alert {
  const { openedAtMs, updatedAtMs, closedAtMs, acknowledgedAtMs } = alert;
  const acknowledged = acknowledgedAtMs !== null && acknowledgedAtMs <= atMs;
  const seen = acknowledged ? alert : { ...alert, acknowledgedAtMs: null, acknowledgedNote: null };
  if (closedAtMs !== null && closedAtMs <= atMs) return seen;
  const open = { ...seen, closedAtMs: null, closedBy: null };
  if (closedAtMs === null && updatedAtMs <= atMs) return open;
  const { peakSeverity, peakValue } = alert;
  return {
    ...open,
    severity: peakSeverity,
    value: peakValue,
    updatedAtMs: Math.max(openedAtMs, Math.min(updatedAtMs, atMs)),
  };
}
