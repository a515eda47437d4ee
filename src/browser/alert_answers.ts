/** Alerts out of the server's answers, checked for the parts that are used. */
import type { Alert } from "../model/alert.ts";
import type { Metric } from "../model/reading.ts";
import { ApiError, field, moment } from "./ask.ts";

export const ALERTS_SHOWN_MAX = 100;

export function alertsOf(body: unknown): Alert[] {
  const list = Array.isArray(body) ? body : field(body, "alerts");
  if (!Array.isArray(list)) throw new ApiError(200, "The answer holds no list of alerts.");
  return list.map(alertOf).filter((alert) => alert !== null);
}

/** Reads the contract's names (host, opened, …) as well as the model's own. */
export function alertOf(raw: unknown): Alert | null {
  const pick = (...names: string[]) => {
    for (const name of names) {
      const value = field(raw, name);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  const text = (...names: string[]) => String(pick(...names) ?? "");
  const number = (...names: string[]) => Number(pick(...names) ?? 0);
  const openedAtMs = moment(pick("openedAtMs", "opened_at", "opened"));
  if (text("id") === "" || openedAtMs === null) return null;
  const severity = text("severity") === "critical" ? "critical" : "warning";
  const note = pick("acknowledgedNote", "acknowledged_note");
  const closedBy = pick("closedBy", "closed_by");
  return {
    id: text("id"),
    rule: text("rule"),
    metric: text("metric") as Metric,
    hostId: text("hostId", "host_id", "host"),
    region: text("region"),
    severity,
    peakSeverity: text("peakSeverity", "peak_severity") === "critical" ? "critical" : severity,
    value: number("value"),
    peakValue: number("peakValue", "peak_value", "value"),
    limit: number("limit"),
    openedAtMs,
    updatedAtMs: moment(pick("updatedAtMs", "updated_at", "updated")) ?? openedAtMs,
    closedAtMs: moment(pick("closedAtMs", "closed_at", "closed")),
    closedBy: closedBy === "cleared" || closedBy === "data_ended" ? closedBy : null,
    acknowledgedAtMs: moment(pick("acknowledgedAtMs", "acknowledged_at", "acknowledged")),
    acknowledgedNote: typeof note === "string" ? note : null,
  };
}
