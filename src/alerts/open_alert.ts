/**
 * One alert while it is open. Owns its moving parts and how a picture of it is taken; the engine
 * decides when it moves.
 */
import type { Alert, AlertLevel, AlertRule, Severity } from "../model/alert.ts";
import type { Reading } from "../model/reading.ts";

export class OpenAlert {
  readonly #opened: Alert;
  #severity: Severity;
  #peakSeverity: Severity;
  #limit: number;
  #value: number;
  #peakValue: number;
  #updatedAtMs: number;

  constructor(alert: Alert) {
    this.#opened = alert;
    this.#severity = alert.severity;
    this.#peakSeverity = alert.peakSeverity;
    this.#limit = alert.limit;
    this.#value = alert.value;
    this.#peakValue = alert.peakValue;
    this.#updatedAtMs = alert.updatedAtMs;
  }

  static opening(rule: AlertRule, level: AlertLevel, reading: Reading, value: number): OpenAlert {
    return new OpenAlert({
      id: `${rule.name}/${reading.region}/${reading.host_id}/${reading.atMs}`,
      rule: rule.name,
      metric: rule.metric,
      hostId: reading.host_id,
      region: reading.region,
      severity: level.severity,
      peakSeverity: level.severity,
      value,
      peakValue: value,
      limit: level.above,
      openedAtMs: reading.atMs,
      updatedAtMs: reading.atMs,
      closedAtMs: null,
      closedBy: null,
      acknowledgedAtMs: null,
      acknowledgedNote: null,
    });
  }

  /** The name of the rule that opened it. */
  get rule(): string {
    return this.#opened.rule;
  }

  get severity(): Severity {
    return this.#severity;
  }

  get updatedAtMs(): number {
    return this.#updatedAtMs;
  }

  see(atMs: number, value: number): void {
    this.#updatedAtMs = atMs;
    this.#value = value;
    if (value > this.#peakValue) this.#peakValue = value;
  }

  setLevel(level: AlertLevel): void {
    this.#severity = level.severity;
    this.#limit = level.above;
    if (level.severity === "critical") this.#peakSeverity = "critical";
  }

  snapshot(): Alert {
    return {
      ...this.#opened,
      severity: this.#severity,
      peakSeverity: this.#peakSeverity,
      value: this.#value,
      peakValue: this.#peakValue,
      limit: this.#limit,
      updatedAtMs: this.#updatedAtMs,
    };
  }

  close(atMs: number, closedBy: "cleared" | "data_ended"): Alert {
    return { ...this.snapshot(), closedAtMs: atMs, closedBy };
  }
}
