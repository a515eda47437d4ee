/** A declaration as the `[[source]]` block that a user would write; reading it back gives the same. */
import { METRICS } from "../model/reading.ts";
import { DEFAULT_BOUNDS } from "./bounds.ts";
import type {
  HostRule,
  MetricRule,
  RegionRule,
  SourceDeclaration,
  TimeRule,
} from "./declaration.ts";
import type { When } from "./when.ts";

type Entry = readonly [key: string, value: string];

export function declarationToml(source: SourceDeclaration): string {
  const entries: (Entry | null)[] = [
    ["name", tomlText(source.name)],
    source.paths.length > 0 ? ["path", oneOrList(source.paths.map(tomlText))] : null,
    source.connect ? ["connect", "true"] : null,
    source.listen ? ["listen", "true"] : null,
    whenEntry(source),
    source.others === "refuse" ? null : ["others", tomlText(source.others)],
    source.format === null ? null : ["format", tomlText(source.format)],
    csvEntry(source),
    source.region === null ? null : ["region", oneOrList(source.region.map(regionText))],
    source.hostId === null ? null : ["host_id", oneOrList(source.hostId.map(hostText))],
    source.timezone === null ? null : ["timezone", tomlText(source.timezone)],
    source.timestamp === null ? null : ["timestamp", oneOrList(source.timestamp.map(timeText))],
    ...METRICS.map((metric): Entry | null => {
      const rules = source.metrics[metric];
      if (rules === null) return null;
      return [metric, rules.length === 0 ? "false" : oneOrList(rules.map(metricText))];
    }),
    source.missing.length > 0 ? ["missing", list(source.missing.map(scalar))] : null,
    source.decimalComma ? ["decimal", tomlText(",")] : null,
    boundsEntry(source),
    source.ignore.length > 0 ? ["ignore", list(source.ignore.map(tomlText))] : null,
    source.sensors === undefined ? null : ["sensors", tomlText(source.sensors)],
  ];
  const lines = entries.filter((entry) => entry !== null).map(([key, value]) =>
    `${key} = ${value}`
  );
  return ["[[source]]", ...lines, ""].join("\n");
}

function whenEntry({ when }: SourceDeclaration): Entry | null {
  const written = whenText(when);
  return written === null ? null : ["when", written];
}

function csvEntry({ csv }: SourceDeclaration): Entry | null {
  const entries: Entry[] = [];
  if (csv.header !== null) entries.push(["header", list(csv.header.map(tomlText))]);
  if (csv.delimiter !== null) entries.push(["delimiter", tomlText(csv.delimiter)]);
  if (csv.encoding !== "auto") entries.push(["encoding", tomlText(csv.encoding)]);
  if (csv.quote !== undefined) entries.push(["quote", tomlText(csv.quote)]);
  return entries.length === 0 ? null : ["csv", table(entries)];
}

function boundsEntry({ bounds }: SourceDeclaration): Entry | null {
  const own = METRICS.filter((metric) => bounds[metric] !== DEFAULT_BOUNDS[metric]);
  const entries = own.map((metric): Entry => [
    metric,
    list([bounds[metric].min, bounds[metric].max].map(scalar)),
  ]);
  return entries.length === 0 ? null : ["bounds", table(entries)];
}

function hostText(rule: HostRule): string {
  if ("column" in rule) return tomlText(rule.column);
  return table(["path" in rule ? ["path", tomlText(rule.path)] : ["value", tomlText(rule.value)]]);
}

function regionText(rule: RegionRule): string {
  if ("value" in rule) return tomlText(rule.value);
  const entries: Entry[] = [];
  if ("path" in rule) entries.push(["path", tomlText(rule.path)]);
  else if (rule.column !== null) entries.push(["column", tomlText(rule.column)]);
  if (rule.prefixes !== null) {
    entries.push([
      "prefixes",
      table(
        Object.entries(rule.prefixes).map((
          [prefix, region],
        ) => [tomlText(prefix), tomlText(region)]),
      ),
    ]);
  }
  if (rule.fallback !== null) entries.push(["default", tomlText(rule.fallback)]);
  return table(entries);
}

function timeText(rule: TimeRule): string {
  const entries: Entry[] = [["column", tomlText(rule.column)]];
  if (rule.format !== "auto") entries.push(["format", tomlText(rule.format)]);
  if (rule.timezone !== null) entries.push(["timezone", tomlText(rule.timezone)]);
  if (rule.occurrence !== "earlier") entries.push(["prefer", tomlText(rule.occurrence)]);
  return entries.length === 1 ? tomlText(rule.column) : table(entries);
}

function metricText(rule: MetricRule): string {
  const entries: Entry[] = [["column", tomlText(rule.column)]];
  if (rule.unit !== null) entries.push(["unit", tomlText(rule.unit)]);
  if (rule.missing.length > 0) entries.push(["missing", list(rule.missing.map(scalar))]);
  const when = whenText(rule.when);
  if (when !== null) entries.push(["when", when]);
  return entries.length === 1 ? tomlText(rule.column) : table(entries);
}

function whenText(when: When): string | null {
  const entries = Object.entries(when).map(([column, wanted]): Entry => [
    tomlText(column),
    typeof wanted === "object" ? list(wanted.map(scalar)) : scalar(wanted),
  ]);
  return entries.length === 0 ? null : table(entries);
}

/** A basic string of TOML escapes like JSON, but wants DEL escaped too. */
export function tomlText(value: string): string {
  return JSON.stringify(value).replaceAll("\u007f", "\\u007f");
}

function scalar(value: string | number): string {
  return typeof value === "string" ? tomlText(value) : String(value);
}

function list(items: readonly string[]): string {
  return `[${items.join(", ")}]`;
}

function oneOrList(items: readonly string[]): string {
  return items.length === 1 ? items[0]! : list(items);
}

function table(entries: readonly Entry[]): string {
  return entries.length === 0
    ? "{}"
    : `{ ${entries.map((entry) => entry.join(" = ")).join(", ")} }`;
}
