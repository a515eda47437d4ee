/**
 * The alerts' state machine, one per (rule, region, host). With warning 80/75 and critical 90/85:
 *
 *              >80                >90
 *     normal ──────▶ warning ──────────▶ critical      normal ──▶ critical in one step where a
 *       ▲    ◀──────    ◀────────────────              value jumps over both; critical ──▶ normal
 *              ≤75                ≤85                  where it falls under both.
 *
 * Promises: the same readings in the same order give the same alerts and ids, so a replay or a
 * rebuild writes what was there. A null metric changes nothing; neither does a FLAG_FUTURE reading,
 * nor one older than the last judged of that rule and host (equally old ones count, in their order).
 * An alert that closed at an instant does not open again within that same instant: its id is taken.
 *
 * A rule of sensors has no limits of its own: each sensor that a reading brings is judged by the
 * sensor's, in an alert of its own, and they may be others in each reading. A sensor that is not
 * told changes nothing.
 *
 * Memory: times of last judgement are kept for the LIMITS.hostsMax hosts heard most recently (see
 * recent_hosts.ts) and for every host in alert. A quiet host forgotten there loses only its guard
 * against readings out of order. Open alerts are bounded by LIMITS.alertsOpenMax.
 */
import type { Alert, AlertChange, AlertLevel, AlertRule, Severity } from "../model/alert.ts";
import { FLAG_FUTURE, type Reading } from "../model/reading.ts";
import { sensorOfRule, sensorRuleName } from "../model/sensor.ts";
import { LIMITS } from "../limits.ts";
import { OpenAlert } from "./open_alert.ts";
import {
  type HostSensors,
  type Judgement,
  newJudgement,
  type RulesOfHosts,
  rulesOfHosts,
  type SensorsOfHosts,
  sensorsOfHosts,
} from "./judgement.ts";
import { ruleOfSensor } from "./sensor_levels.ts";

export interface AlertEngineOptions {
  /** Hosts whose last judgement is remembered. Default LIMITS.hostsMax. */
  readonly hostsMax?: number;
  /** Alerts open at once. Default LIMITS.alertsOpenMax. */
  readonly openMax?: number;
}

const NONE: readonly AlertChange[] = Object.freeze([]);

export class AlertEngine {
  readonly #rules: readonly AlertRule[];
  readonly #hosts: RulesOfHosts;
  readonly #sensorRules: readonly AlertRule[];
  readonly #sensors: SensorsOfHosts;
  readonly #openMax: number;
  #openCount = 0;
  /** Of them, sensors'. */
  #sensorsOpen = 0;
  #notOpened = 0;

  constructor(rules: readonly AlertRule[], options: AlertEngineOptions = {}) {
    const { hostsMax = LIMITS.hostsMax } = options;
    this.#rules = rules.filter(({ sensors }) => sensors !== true);
    this.#hosts = rulesOfHosts(hostsMax, this.#rules.length);
    this.#sensorRules = rules.filter(({ sensors }) => sensors === true);
    this.#sensors = sensorsOfHosts(hostsMax);
    this.#openMax = options.openMax ?? LIMITS.alertsOpenMax;
  }

  /** Readings that would have opened an alert beyond the limit, since start. */
  get notOpened(): number {
    return this.#notOpened;
  }

  /** What the reading changes; mostly the same empty array, which is not to be written to. */
  judge(reading: Reading): readonly AlertChange[] {
    if ((reading.flags & FLAG_FUTURE) !== 0) return NONE;
    let judgements: readonly Judgement[] | null = null;
    let changes: AlertChange[] | null = null;
    for (let index = 0; index < this.#rules.length; index++) {
      const rule = this.#rules[index]!;
      const value = reading[rule.metric];
      if (value === null) continue;
      judgements ??= this.#hosts.get(reading.region, reading.host_id, reading.series);
      const judgement = judgements[index]!;
      if (reading.atMs < judgement.judgedMs) continue;
      judgement.judgedMs = reading.atMs;
      const change = judgement.open === null
        ? this.#open(rule, judgement, reading, value)
        : this.#move(rule, judgement, judgement.open, reading.atMs, value);
      if (change !== null) (changes ??= []).push(change);
    }
    if (reading.sensors !== undefined && this.#sensorRules.length > 0) {
      changes = [...changes ?? NONE, ...this.#judgeSensors(reading)];
    }
    return changes ?? NONE;
  }

  /**
   * Goes on from alerts that were open when the program stopped. One whose rule is gone, or watches
   * another metric, or has lost its level, can't be judged any more: it is closed as `data_ended`.
   */
  load(openAlerts: readonly Alert[]): readonly AlertChange[] {
    const changes: AlertChange[] = [];
    for (const alert of openAlerts) {
      if (alert.closedAtMs !== null) continue;
      const open = new OpenAlert(alert);
      if (this.#sensorRules.some((rule) => isOfSensor(rule, alert))) {
        this.#goOn(this.#sensors.get(alert.region, alert.hostId), open, alert);
        continue;
      }
      const index = this.#rules.findIndex((rule) => rule.name === alert.rule);
      const rule = this.#rules[index];
      const level = rule?.levels.findIndex((each) => each.severity === alert.severity) ?? -1;
      if (rule === undefined || rule.metric !== alert.metric || level < 0) {
        changes.push({ kind: "closed", alert: open.close(open.updatedAtMs, "data_ended") });
        continue;
      }
      const judgement = this.#hosts.get(alert.region, alert.hostId)[index]!;
      if (judgement.open === null) this.#count(open, 1);
      judgement.open = open;
      judgement.judgedMs = Math.max(judgement.judgedMs, alert.updatedAtMs);
    }
    return changes;
  }

  #goOn(host: HostSensors, open: OpenAlert, { rule, updatedAtMs }: Alert): void {
    const judgement = host.byRule.get(rule) ?? newJudgement();
    host.byRule.set(rule, judgement);
    if (judgement.open === null) this.#count(open, 1);
    judgement.open = open;
    host.judgedMs = Math.max(host.judgedMs, updatedAtMs);
  }

  /** Every open alert with its newest value, in no promised order. */
  open(): Alert[] {
    const alerts: Alert[] = [];
    for (const { open } of this.#openJudgements()) alerts.push(open.snapshot());
    return alerts;
  }

  /** A history file ended: closes what is open, or of it what the filter picks. */
  endOfData(filter: (alert: Alert) => boolean = () => true): readonly AlertChange[] {
    const changes: AlertChange[] = [];
    for (const { judgement, open } of [...this.#openJudgements()]) {
      if (!filter(open.snapshot())) continue;
      changes.push(this.#close(judgement, open, open.updatedAtMs, "data_ended"));
    }
    return changes;
  }

  #judgeSensors(reading: Reading): readonly AlertChange[] {
    const { sensors = [], region, host_id, atMs } = reading;
    const host = this.#sensors.get(region, host_id);
    if (atMs < host.judgedMs) return NONE;
    host.judgedMs = atMs;
    const changes: AlertChange[] = [];
    let openHere = openOf(host);
    for (const rule of this.#sensorRules) {
      for (const sensor of sensors) {
        if (sensor.metric !== rule.metric) continue;
        const own = ruleOfSensor(rule, sensor);
        const judgement = host.byRule.get(own.name) ?? newJudgement();
        const isFull = openHere >= LIMITS.alertsOfSensorsMax ||
          this.#sensorsOpen >= this.#openMax / 2;
        const change = judgement.open === null
          ? this.#open(own, judgement, reading, sensor.value, isFull)
          : this.#move(own, judgement, judgement.open, atMs, sensor.value);
        if (change === null) continue;
        if (change.kind === "opened") openHere++;
        else if (change.kind === "closed") openHere--;
        host.byRule.set(own.name, judgement);
        changes.push(change);
      }
    }
    for (const [name, { open, closedMs }] of host.byRule) {
      if (open === null && closedMs < atMs) host.byRule.delete(name);
    }
    return changes;
  }

  #open(
    rule: AlertRule,
    judgement: Judgement,
    reading: Reading,
    value: number,
    isFull = false,
  ): AlertChange | null {
    const level = highestAbove(rule.levels, value);
    if (level === null || reading.atMs === judgement.closedMs) return null;
    if (isFull || this.#openCount >= this.#openMax) {
      this.#notOpened++;
      return null;
    }
    judgement.open = OpenAlert.opening(rule, level, reading, value);
    this.#count(judgement.open, 1);
    return { kind: "opened", alert: judgement.open.snapshot() };
  }

  #move(
    rule: AlertRule,
    judgement: Judgement,
    open: OpenAlert,
    atMs: number,
    value: number,
  ): AlertChange | null {
    open.see(atMs, value);
    const { levels } = rule;
    const before = rankOf(open.severity);
    // A sensor's limits may change: then the level itself is gone, and the one below it counts.
    let now = levels.findLastIndex(({ severity }) => rankOf(severity) <= before);
    while (now >= 0 && value <= levels[now]!.clear) now--;
    while (now + 1 < levels.length && value > levels[now + 1]!.above) now++;
    const level = levels[now];
    if (level === undefined) return this.#close(judgement, open, atMs, "cleared");
    open.setLevel(level);
    const rank = rankOf(level.severity);
    if (rank === before) return null;
    return { kind: rank > before ? "escalated" : "lowered", alert: open.snapshot() };
  }

  #close(
    judgement: Judgement,
    open: OpenAlert,
    atMs: number,
    closedBy: "cleared" | "data_ended",
  ): AlertChange {
    judgement.open = null;
    judgement.closedMs = atMs;
    this.#count(open, -1);
    return { kind: "closed", alert: open.close(atMs, closedBy) };
  }

  #count({ rule }: OpenAlert, more: 1 | -1): void {
    this.#openCount += more;
    if (sensorOfRule(rule) !== null) this.#sensorsOpen += more;
  }

  *#openJudgements(): Generator<{ judgement: Judgement; open: OpenAlert }> {
    for (const judgements of this.#hosts.all()) {
      for (const judgement of judgements) {
        if (judgement.open !== null) yield { judgement, open: judgement.open };
      }
    }
    for (const { byRule } of this.#sensors.all()) {
      for (const judgement of byRule.values()) {
        if (judgement.open !== null) yield { judgement, open: judgement.open };
      }
    }
  }
}

function openOf({ byRule }: HostSensors): number {
  let open = 0;
  for (const judgement of byRule.values()) if (judgement.open !== null) open++;
  return open;
}

function isOfSensor(rule: AlertRule, alert: Alert): boolean {
  return rule.metric === alert.metric && alert.rule.startsWith(sensorRuleName(rule.name, ""));
}

function rankOf(severity: Severity): number {
  return severity === "critical" ? 1 : 0;
}

function highestAbove(levels: readonly AlertLevel[], value: number): AlertLevel | null {
  for (let index = levels.length - 1; index >= 0; index--) {
    if (value > levels[index]!.above) return levels[index]!;
  }
  return null;
}
