/** Alerts: what a rule says, and one alert's life from opening to closing. */
import type { Metric } from "./reading.ts";

export type Severity = "warning" | "critical";

/** Raised when value > above; lowered when value ≤ clear. clear < above: hysteresis. */
export interface AlertLevel {
  readonly severity: Severity;
  readonly above: number;
  readonly clear: number;
}

/** One rule watches one metric; levels in rising order, at most one of each severity. */
export interface AlertRule {
  readonly name: string;
  readonly metric: Metric;
  readonly levels: readonly AlertLevel[];
  /**
   * It has no levels: of sensors of this metric's quantity each is judged by its own limits, which
   * records bring along. Its alerts' rule is `<name>:<sensor>`.
   */
  readonly sensors?: true;
}

export const DEFAULT_ALERT_RULES: readonly AlertRule[] = [
  {
    name: "temperature",
    metric: "temp_c",
    levels: [
      { severity: "warning", above: 80, clear: 75 },
      { severity: "critical", above: 90, clear: 85 },
    ],
  },
  {
    name: "cpu",
    metric: "cpu_load",
    levels: [{ severity: "warning", above: 90, clear: 85 }],
  },
  { name: "sensor", metric: "temp_c", levels: [], sensors: true },
];

/**
 * At most one open alert a host and rule, of a rule of sensors one a sensor. The id is a function of
 * what opened it.
 */
export interface Alert {
  /** `<rule>/<region>/<host_id>/<openedAtMs>`: the same input gives the same id on every replay. */
  readonly id: string;
  /** Of one sensor `<rule>:<sensor>`. */
  readonly rule: string;
  readonly metric: Metric;
  readonly hostId: string;
  readonly region: string;
  /** The present severity while open; the last one once closed. */
  readonly severity: Severity;
  /** The worst it ever was. */
  readonly peakSeverity: Severity;
  /** Newest value judged, the highest, and the limit of the present severity. */
  readonly value: number;
  readonly peakValue: number;
  readonly limit: number;
  /** Reading times, epoch ms. */
  readonly openedAtMs: number;
  readonly updatedAtMs: number;
  readonly closedAtMs: number | null;
  /** `cleared`: the value fell; `data_ended`: a history file ended while it was open. */
  readonly closedBy: "cleared" | "data_ended" | null;
  readonly acknowledgedAtMs: number | null;
  /** What the operator wrote then; null: nothing. */
  readonly acknowledgedNote: string | null;
}

/** What happened to an alert; `alert` is its state after. */
export interface AlertChange {
  readonly kind: "opened" | "escalated" | "lowered" | "closed";
  readonly alert: Alert;
}
