/** The rules of one field each: what may stand right of `host_id =`, `region =`, `temp_c =`, … */
import { type Metric, METRICS } from "../model/reading.ts";
import { findUnit, unitsOf } from "../units/catalogue.ts";
import { TimeReader } from "../units/time_format.ts";
import { TimeZone } from "../units/time_zone.ts";
import { type Bounds, DEFAULT_BOUNDS, METRIC_QUANTITIES } from "./bounds.ts";
import { fail, isTable, listOf, oneOf, onlyKeys, textOf } from "./declaration_check.ts";
import type { HostRule, MetricRule, RegionRule, TimeRule } from "./declaration.ts";
import { hostIdFault, regionFault } from "./names.ts";
import type { When } from "./when.ts";

export function columnName(value: unknown, where: string): string {
  return textOf(value, where, `a column's name, like "temp_celsius"`);
}

export function hostRule(value: unknown, where: string): HostRule {
  if (!isTable(value)) return { column: columnName(value, where) };
  onlyKeys(value, ["column", "value", "path"], where);
  if (Object.keys(value).length > 1) {
    fail(where, "has one of column, value and path", value, `{ value = "cluster-1" }`);
  }
  if (value["path"] !== undefined) return { path: partName(value["path"], `${where}.path`) };
  if (value["value"] === undefined) return { column: columnName(value["column"], where) };
  const text = textOf(value["value"], where, `a host's name, like "cluster-1"`).trim();
  const fault = hostIdFault(text);
  return fault === null ? { value: text } : fail(where, fault, text, "a shorter, plain name");
}

export function regionRule(value: unknown, where: string): RegionRule {
  if (!isTable(value)) return { value: regionName(value, where) };
  onlyKeys(value, ["value", "column", "path", "prefixes", "default"], where);
  if (value["value"] !== undefined) {
    onlyKeys(value, ["value"], where);
    return { value: regionName(value["value"], where) };
  }
  const { column, path, prefixes } = value;
  if (path !== undefined && column !== undefined) {
    fail(where, "has a column or a path, not both", value, `{ path = "region" }`);
  }
  if (column === undefined && path === undefined && prefixes === undefined) {
    fail(where, "needs a column or prefixes", value, `{ prefixes = { "IND-" = "India" } }`);
  }
  const fallback = value["default"];
  const rest = {
    prefixes: prefixes === undefined ? null : prefixesOf(prefixes, `${where}.prefixes`),
    fallback: fallback === undefined ? null : regionName(fallback, `${where}.default`),
  };
  if (path !== undefined) return { path: partName(path, `${where}.path`), ...rest };
  return { column: column === undefined ? null : columnName(column, where), ...rest };
}

function partName(value: unknown, where: string): string {
  return textOf(value, where, `a directory's key or a name in braces, like "host"`);
}

function prefixesOf(value: unknown, where: string): Readonly<Record<string, string>> {
  if (!isTable(value)) fail(where, "must be a table", value, `{ "IND-" = "India" }`);
  return Object.fromEntries(
    Object.entries(value).map(([prefix, region]) => [
      prefix,
      regionName(region, `${where}.${JSON.stringify(prefix)}`),
    ]),
  );
}

function regionName(value: unknown, where: string): string {
  const text = textOf(value, where, `a region's name, like "India"`).trim();
  const fault = regionFault(text);
  return fault === null ? text : fail(where, fault, text, "a shorter, plain name");
}

export function timezoneOf(value: unknown, where: string): string {
  const text = textOf(value, where, `an IANA name, like "Asia/Kolkata"`);
  try {
    TimeZone.named(text);
  } catch {
    fail(where, "must be an IANA time zone or an offset", text, `"Asia/Kolkata" or "+05:30"`);
  }
  return text;
}

export function timeRule(value: unknown, where: string): TimeRule {
  if (!isTable(value)) {
    const column = columnName(value, where);
    return { column, format: "auto", timezone: null, occurrence: "earlier" };
  }
  onlyKeys(value, ["column", "format", "timezone", "prefer"], where);
  const format = value["format"] === undefined
    ? "auto"
    : textOf(value["format"], `${where}.format`, `"YYYY-MM-DD HH:mm:ss", "iso" or "epoch_s"`);
  try {
    new TimeReader({ format, zone: "UTC", occurrence: "earlier" });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    fail(`${where}.format`, why, format, `"YYYY-MM-DD HH:mm:ss", "iso" or "epoch_s"`);
  }
  return {
    column: columnName(value["column"], `${where}.column`),
    format,
    timezone: value["timezone"] === undefined
      ? null
      : timezoneOf(value["timezone"], `${where}.timezone`),
    occurrence: value["prefer"] === undefined
      ? "earlier"
      : oneOf(value["prefer"], ["earlier", "later"], `${where}.prefer`),
  };
}

/** `false` declares a metric as not measured: then nothing is inferred for it. */
export function metricRules(metric: Metric, value: unknown, where: string): MetricRule[] {
  if (value === false) return [];
  return listOf(value, where, (each, at) => metricRule(metric, each, at));
}

function metricRule(metric: Metric, value: unknown, where: string): MetricRule {
  if (!isTable(value)) {
    return { column: columnName(value, where), unit: null, missing: [], when: {} };
  }
  onlyKeys(value, ["column", "unit", "missing", "when"], where);
  const { unit, missing, when } = value;
  return {
    column: columnName(value["column"], `${where}.column`),
    unit: unit === undefined ? null : unitName(metric, unit, `${where}.unit`),
    missing: missing === undefined ? [] : missingOf(missing, `${where}.missing`),
    when: when === undefined ? {} : whenOf(when, `${where}.when`),
  };
}

function unitName(metric: Metric, value: unknown, where: string): string {
  const quantity = METRIC_QUANTITIES[metric];
  const names = unitsOf(quantity).map((unit) => unit.name);
  const unit = typeof value === "string" ? findUnit(quantity, value) : null;
  return unit?.name ?? oneOf(value, names, where);
}

export function missingOf(value: unknown, where: string): (string | number)[] {
  return listOf(
    value,
    where,
    (each, at) =>
      typeof each === "number" || typeof each === "string"
        ? each
        : fail(at, "must be a number or a text", each, `missing = [0, "N/A"]`),
  );
}

/** `{ plugin = "cpu", type_instance = ["idle", "active"] }`; see when.ts. */
export function whenOf(value: unknown, where: string): When {
  if (!isTable(value)) fail(where, "must be a table", value, `{ plugin = "cpu" }`);
  const wantedOf = (wanted: unknown, at: string) =>
    typeof wanted === "number" || wanted === "" ? wanted : textOf(
      wanted,
      at,
      `"cpu", "*" for whatever it holds, or "" for a column that is not there`,
    );
  return Object.fromEntries(
    Object.entries(value).map(([column, wanted]) => [
      column,
      Array.isArray(wanted)
        ? listOf(wanted, `${where}.${column}`, wantedOf)
        : wantedOf(wanted, `${where}.${column}`),
    ]),
  );
}

/** `{ power_watts = [0, 50000] }` over the built-in bounds; a bound declared has no slack. */
export function boundsOf(value: unknown, where: string): Bounds {
  if (!isTable(value)) fail(where, "must be a table", value, "{ power_watts = [0, 50000] }");
  onlyKeys(value, METRICS, where);
  const bounds = { ...DEFAULT_BOUNDS };
  for (const metric of METRICS) {
    const pair = value[metric];
    if (pair === undefined) continue;
    const [min, max] = Array.isArray(pair) && pair.length === 2 ? pair : [NaN, NaN];
    if (!(Number.isFinite(min) && Number.isFinite(max) && min < max)) {
      fail(`${where}.${metric}`, "must be two numbers, the lower first", pair, "[0, 50000]");
    }
    if (metric === "cpu_load" && (min < 0 || max > 100)) {
      fail(
        `${where}.${metric}`,
        "lies within 0 and 100 percent",
        pair,
        "[0, 100], or another unit",
      );
    }
    if (Math.abs(min) > BOUND_MAX || Math.abs(max) > BOUND_MAX) {
      fail(`${where}.${metric}`, `must lie within ±${BOUND_MAX}`, pair, "[0, 50000]");
    }
    bounds[metric] = { min, max, slack: 0 };
  }
  return bounds;
}

/** Sums are kept in millionths (model/rollup.ts): 10⁹ leaves them exact in a 64-bit integer. */
const BOUND_MAX = 1e9;
