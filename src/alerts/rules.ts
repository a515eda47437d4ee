/**
 * Alert rules from configuration: `[[alert]]` tables of `rackwatch.toml`, already read from TOML.
 *
 *     [[alert]]
 *     name = "temperature"
 *     metric = "temp_c"
 *     warning = { above = 80, clear = 75 }
 *     critical = { above = 90, clear = 85 }
 *
 * or, the same written out, `levels = [{ severity = "warning", above = 80, clear = 75 }, …]`; or
 * `sensors = true` in place of levels: each sensor by its own limits.
 * Promises rules whose levels nest: a critical value is also a warning one. So one severity is the
 * whole state of an alert, and a stored alert is enough to go on from after a restart.
 */
import { type AlertLevel, type AlertRule, DEFAULT_ALERT_RULES } from "../model/alert.ts";
import type { Severity } from "../model/alert.ts";
import { type Metric, METRICS } from "../model/reading.ts";
import { isObject } from "../model/record.ts";
import { LIMITS } from "../limits.ts";

const SEVERITIES: readonly Severity[] = ["warning", "critical"];
const RULE_KEYS = ["name", "metric", "sensors", "levels", ...SEVERITIES];
/** Quantities that sensors are told of. */
const SENSED: readonly Metric[] = ["temp_c", "voltage", "power_watts"];
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/**
 * `where` names the file in messages. No tables at all give DEFAULT_ALERT_RULES; as soon as there
 * is one, the tables are all the rules there are.
 * @throws {TypeError} what stands there is of the wrong kind, missing or unknown
 * @throws {RangeError} it is of the right kind and breaks a rule
 */
export function parseAlertRules(raw: unknown, where: string): readonly AlertRule[] {
  if (raw === undefined || raw === null) return DEFAULT_ALERT_RULES;
  if (!Array.isArray(raw)) {
    throw new TypeError(`${where}: write [[alert]] with double brackets, one table a rule`);
  }
  if (raw.length === 0) return DEFAULT_ALERT_RULES;
  if (raw.length > LIMITS.alertRulesMax) {
    throw new RangeError(
      `${where}: at most ${LIMITS.alertRulesMax} [[alert]] tables, got ${raw.length}`,
    );
  }
  const rules = raw.map((table: unknown, index) => parseRule(table, `${where}: [[alert]]`, index));
  const names = new Set<string>();
  for (const { name } of rules) {
    if (names.has(name)) {
      throw new RangeError(`${where}: two [[alert]] tables are named "${name}"; names tell apart`);
    }
    names.add(name);
  }
  return rules;
}

function parseRule(raw: unknown, where: string, index: number): AlertRule {
  const table = asTable(raw, `${where} number ${index + 1}`);
  const name = table["name"];
  if (typeof name !== "string" || !NAME.test(name)) {
    throw new TypeError(
      `${where} number ${index + 1}: name must be 1–64 letters, digits, "-", "_" or ".", ` +
        `like name = "temperature", got ${shown(name)}`,
    );
  }
  const named = `${where} "${name}"`;
  checkKeys(table, RULE_KEYS, named);
  const metric = parseMetric(table["metric"], named);
  if (isOfSensors(table, metric, named)) return { name, metric, levels: [], sensors: true };
  return { name, metric, levels: parseLevels(table, named) };
}

/** Whether the rule judges sensors by their own limits, and then has none itself. */
function isOfSensors(table: Table, metric: Metric, where: string): boolean {
  const { sensors = false, levels = [] } = table;
  if (typeof sensors !== "boolean") {
    throw new TypeError(`${where}: sensors must be true or false, got ${shown(sensors)}`);
  }
  if (!sensors) return false;
  const own = SEVERITIES.find((severity) => table[severity] !== undefined);
  if (own !== undefined || !Array.isArray(levels) || levels.length > 0) {
    throw new TypeError(
      `${where}: with sensors = true each sensor has limits of its own; leave out ` +
        `${own ?? "levels"}, or write a rule of its own for it`,
    );
  }
  if (!SENSED.includes(metric)) {
    throw new RangeError(
      `${where}: with sensors = true metric must be one of ${SENSED.join(", ")}, got "${metric}"`,
    );
  }
  return true;
}

function parseMetric(raw: unknown, where: string): Metric {
  const metric = METRICS.find((known) => known === raw);
  if (metric !== undefined) return metric;
  throw new TypeError(`${where}: metric must be one of ${METRICS.join(", ")}, got ${shown(raw)}`);
}

function parseLevels(table: Table, where: string): readonly AlertLevel[] {
  const short = SEVERITIES.filter((severity) => table[severity] !== undefined);
  const long = table["levels"];
  if (long !== undefined && short.length > 0) {
    throw new TypeError(`${where}: give either levels or ${short.join(" and ")}, not both`);
  }
  const levels = long === undefined
    ? short.map((severity) => parseLevel(table[severity], severity, `${where}: ${severity}`))
    : parseLongLevels(long, where);
  if (levels.length === 0) {
    throw new TypeError(
      `${where}: a level is missing; give warning, critical or both, ` +
        `like warning = { above = 80, clear = 75 }`,
    );
  }
  checkNesting(levels, where);
  return levels;
}

function parseLongLevels(raw: unknown, where: string): AlertLevel[] {
  if (!Array.isArray(raw)) {
    throw new TypeError(
      `${where}: levels must be a list like ` +
        `[{ severity = "warning", above = 80, clear = 75 }], got ${shown(raw)}`,
    );
  }
  const levels = raw.map((each: unknown, index) => {
    const place = `${where}: level ${index + 1}`;
    const severity = SEVERITIES.find((known) => known === asTable(each, place)["severity"]);
    if (severity !== undefined) return parseLevel(each, severity, place);
    throw new TypeError(
      `${place}: severity must be ${SEVERITIES.join(" or ")}, got ${
        shown(asTable(each, place)["severity"])
      }`,
    );
  });
  for (const severity of SEVERITIES) {
    if (levels.filter((level) => level.severity === severity).length > 1) {
      throw new RangeError(`${where}: at most one ${severity} level a rule`);
    }
  }
  return levels.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}

function parseLevel(raw: unknown, severity: Severity, where: string): AlertLevel {
  const table = asTable(raw, where);
  checkKeys(table, ["severity", "above", "clear"], where);
  const above = parseLimit(table["above"], "above", where);
  const clear = parseLimit(table["clear"], "clear", where);
  if (clear >= above) {
    throw new RangeError(
      `${where}: clear must lie below above, so that an alert does not flap, ` +
        `got above = ${above}, clear = ${clear}`,
    );
  }
  return { severity, above, clear };
}

function parseLimit(raw: unknown, key: string, where: string): number {
  const value = typeof raw === "bigint" ? Number(raw) : raw;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new TypeError(`${where}: ${key} must be a number, like ${key} = 80, got ${shown(raw)}`);
}

function checkNesting(levels: readonly AlertLevel[], where: string): void {
  const [warning, critical] = levels;
  if (warning === undefined || critical === undefined) return;
  if (critical.above <= warning.above) {
    throw new RangeError(
      `${where}: critical must begin above warning, ` +
        `got critical above ${critical.above}, warning above ${warning.above}`,
    );
  }
  if (critical.clear < warning.clear) {
    throw new RangeError(
      `${where}: critical must clear no lower than warning, ` +
        `got critical clear ${critical.clear}, warning clear ${warning.clear}`,
    );
  }
}

type Table = Readonly<Record<string, unknown>>;

function asTable(raw: unknown, where: string): Table {
  if (isObject(raw)) return raw;
  throw new TypeError(`${where} must be a table, got ${shown(raw)}`);
}

function checkKeys(table: Table, known: readonly string[], where: string): void {
  const unknown = Object.keys(table).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new TypeError(`${where}: unknown key "${unknown}"; keys are ${known.join(", ")}`);
}

function shown(raw: unknown): string {
  if (raw === undefined) return "nothing";
  const text = typeof raw === "bigint" || typeof raw === "number"
    ? String(raw)
    : JSON.stringify(raw) ?? String(raw);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
