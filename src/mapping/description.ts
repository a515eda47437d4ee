/** A mapping in words, and the hash that says whether two mappings mean the same. */
import { type Metric, METRICS } from "../model/reading.ts";
import type {
  HostRule,
  MetricRule,
  RegionRule,
  SourceDeclaration,
  TimeRule,
} from "./declaration.ts";
import { unitOfRule } from "./metric_field.ts";
import { describeWhen } from "./when.ts";

export interface FieldDescription {
  /** `host_id`, `region`, `timestamp` or a metric. */
  readonly field: string;
  /** The columns in the order they are tried, or the constant in quotes. */
  readonly from: string;
  /** Unit or time format; empty where there is none. */
  readonly unit: string;
  readonly rule: string;
}

/** Raised where this room's own rules change, so that the same declaration means something new. */
const RULES_VERSION = 1;

export function describeMapping(source: SourceDeclaration): readonly FieldDescription[] {
  const region = source.region ?? [{ value: source.name }];
  return [
    ...(source.hostId ?? []).map(describeHost),
    ...region.map(describeRegion),
    ...(source.timestamp ?? []).map((rule) => describeTime(rule, source)),
    ...METRICS.flatMap((metric) => {
      const rules = source.metrics[metric] ?? [];
      if (rules.length === 0) {
        return [{ field: metric, from: "—", unit: "", rule: "not measured: null" }];
      }
      return rules.map((rule) => describeMetric(metric, rule, source));
    }),
  ];
}

function describeHost(rule: HostRule): FieldDescription {
  if ("path" in rule) {
    return { field: "host_id", from: `{${rule.path}}`, unit: "", rule: "part of the file's path" };
  }
  return "column" in rule
    ? { field: "host_id", from: rule.column, unit: "", rule: "trimmed" }
    : { field: "host_id", from: JSON.stringify(rule.value), unit: "", rule: "constant" };
}

function describeRegion(rule: RegionRule): FieldDescription {
  if ("value" in rule) {
    return { field: "region", from: JSON.stringify(rule.value), unit: "", rule: "constant" };
  }
  const prefixes = Object.entries(rule.prefixes ?? {})
    .map(([prefix, region]) => `${prefix}… → ${region}`);
  const rules = prefixes.length > 0 ? prefixes : ["as it is"];
  if (rule.fallback !== null) rules.push(`else ${rule.fallback}`);
  const from = "path" in rule ? `{${rule.path}}` : rule.column ?? "host_id";
  if ("path" in rule) rules.unshift("part of the file's path");
  return { field: "region", from, unit: "", rule: rules.join(", ") };
}

function describeTime(rule: TimeRule, source: SourceDeclaration): FieldDescription {
  const zone = rule.timezone ?? source.timezone ?? "UTC";
  const local = rule.format.startsWith("epoch_")
    ? "since 1970 UTC"
    : `without an offset: local in ${zone}` +
      (zone === "UTC" ? "" : `, the ${rule.occurrence} of a repeated time`);
  return { field: "timestamp", from: rule.column, unit: rule.format, rule: local };
}

function describeMetric(
  metric: Metric,
  rule: MetricRule,
  source: SourceDeclaration,
): FieldDescription {
  const unit = unitOfRule(metric, rule);
  const { min, max } = source.bounds[metric];
  const missing = [...source.missing, ...rule.missing].map((each) => JSON.stringify(each));
  const when = describeWhen(rule.when);
  const rules = [
    unit.rule,
    ...(missing.length > 0 ? [`${missing.join(", ")} is null`] : []),
    ...(when === "" ? [] : [`where ${when}`]),
    `within ${min}…${max}`,
  ];
  return { field: metric, from: rule.column, unit: unit.name, rule: rules.join("; ") };
}

/** sha256 (hex) of everything in a declaration that decides what a record becomes. */
export function mappingVersion(source: SourceDeclaration): string {
  // Where the records are found, and how often they come, does not change what they mean.
  const {
    paths: _paths,
    connect: _connect,
    listen: _listen,
    format: _format,
    when,
    others,
    silentAfterMs: _silentAfterMs,
    // Of no reading, but of alerts.
    sensors: _sensors,
    ...meaning
  } = source;
  // What a declaration does not say leaves the version as it was before it could be said.
  const live = {
    ...(Object.keys(when).length > 0 ? { when } : {}),
    ...(others === "refuse" ? {} : { others }),
  };
  const text = JSON.stringify({ rules: RULES_VERSION, ...live, ...meaning }, sortedKeys);
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}

/** Keys in one order: how a table was written does not matter, but a list's order does. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0));
}
