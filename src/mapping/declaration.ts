/**
 * What a source's records mean, as declared in `rackwatch.toml` under `[[source]]` or built in; one
 * form for both. A field left out is null here and inferred from the file (inference.ts).
 */
import { type Metric, METRICS } from "../model/reading.ts";
import type { Occurrence } from "../units/time_zone.ts";
import type { Bounds } from "./bounds.ts";
import {
  booleanOf,
  fail,
  isTable,
  listOf,
  oneOf,
  onlyKeys,
  silentAfterMsOf,
  type Table,
  textOf,
} from "./declaration_check.ts";
import {
  boundsOf,
  columnName,
  hostRule,
  metricRules,
  missingOf,
  regionRule,
  timeRule,
  timezoneOf,
  whenOf,
} from "./declaration_rules.ts";
import type { When } from "./when.ts";

export const FORMATS = ["csv", "ndjson", "json", "parquet"] as const;
export type Format = (typeof FORMATS)[number];

export const ENCODINGS = ["auto", "utf-8", "latin1", "utf-16le", "utf-16be"] as const;

export const QUOTES = ['"', "'"] as const;

/** Where a host's name comes from; of a list the first that is present and not blank. */
export type HostRule =
  | { readonly column: string }
  | { readonly value: string }
  /** A part of the file's path; settled per file (path_parts.ts). */
  | { readonly path: string };

/** Where a region comes from; of a list the first rule that gives one. */
export type RegionRule =
  | { readonly value: string }
  | {
    /** A part of the file's path; settled per file (path_parts.ts). */
    readonly path: string;
    readonly prefixes: Readonly<Record<string, string>> | null;
    readonly fallback: string | null;
  }
  | {
    /** Null: the prefixes are those of the host's name. */
    readonly column: string | null;
    /** Prefix → region, the longest that fits; null: the value itself is the region. */
    readonly prefixes: Readonly<Record<string, string>> | null;
    /** Where the column is absent or no prefix fits; null: the next rule, or a dead letter. */
    readonly fallback: string | null;
  };

export interface TimeRule {
  readonly column: string;
  /** `auto`, `iso`, `epoch_s`…, or a pattern. */
  readonly format: string;
  /** Of times without an offset; null: the source's. */
  readonly timezone: string | null;
  readonly occurrence: Occurrence;
}

export interface MetricRule {
  readonly column: string;
  /** A unit's name; null: told from the column's name, else the metric's own unit. */
  readonly unit: string | null;
  /** Values that mean "not measured", beside those of the source. */
  readonly missing: readonly (string | number)[];
  /** The rule holds for records in which each of these columns has this value. */
  readonly when: When;
}

export interface SourceDeclaration {
  readonly name: string;
  /** Globs relative to the data directory, `{name}` for a part; empty for a live source. */
  readonly paths: readonly string[];
  /** The mapping of the dialled feed, and of agents' lines on `--listen`. */
  readonly connect: boolean;
  readonly listen: boolean;
  /** Of live lines: the records that it reads; empty: those that have its host and its time. */
  readonly when: When;
  /** A live record that no metric's rule is of: refused as a dead letter, or counted as ignored. */
  readonly others: "refuse" | "ignore";
  /** Null: told from the bytes. */
  readonly format: Format | null;
  readonly csv: {
    /** Names for a file without a header row; null: the first row is the header. */
    readonly header: readonly string[] | null;
    readonly delimiter: string | null;
    readonly encoding: (typeof ENCODINGS)[number];
    /** Absent: told from the first row. */
    readonly quote?: (typeof QUOTES)[number];
  };
  readonly hostId: readonly HostRule[] | null;
  readonly region: readonly RegionRule[] | null;
  /** Null: none declared, and naive times are UTC unless a column's name says otherwise. */
  readonly timezone: string | null;
  readonly timestamp: readonly TimeRule[] | null;
  /** A metric's columns in order; empty: declared as not measured; null: left out. */
  readonly metrics: Readonly<Record<Metric, readonly MetricRule[] | null>>;
  readonly missing: readonly (string | number)[];
  readonly decimalComma: boolean;
  readonly bounds: Bounds;
  /** Columns known and unwanted: neither inferred from nor reported as unknown. */
  readonly ignore: readonly string[];
  /** The column that holds sensors with limits of their own; left out: none does. */
  readonly sensors?: string;
  /** For how long nothing may come before it is said to be silent; 0: never; null: the usual. */
  readonly silentAfterMs: number | null;
}

const KEYS = [
  "name",
  "path",
  "connect",
  "listen",
  "when",
  "others",
  "format",
  "csv",
  "region",
  "host_id",
  "timezone",
  "timestamp",
  ...METRICS,
  "missing",
  "decimal",
  "bounds",
  "ignore",
  "sensors",
  "silent_after_s",
] as const;

/**
 * A parsed `[[source]]` table → its declaration. `where` opens every message: `rackwatch.toml,
 * source 2`. Throws a DeclarationError that names the key, the rule, the value and what is right.
 */
export function parseDeclaration(raw: unknown, where: string): SourceDeclaration {
  if (!isTable(raw)) fail(where, "a source must be a table", raw, "[[source]] and its keys below");
  const name = sourceName(raw["name"], `${where}: name`);
  const here = `${where} "${name}"`;
  onlyKeys(raw, KEYS, here);
  const at = (key: string) => `${here}: ${key}`;
  const optional = <T>(key: string, read: (value: unknown, where: string) => T): T | null =>
    raw[key] === undefined ? null : read(raw[key], at(key));
  const timezone = optional("timezone", timezoneOf);
  return {
    name,
    ...placeOf(raw, here),
    ...liveOf(raw, here),
    format: optional("format", (value, key) => oneOf(value, FORMATS, key)),
    csv: csvOf(raw["csv"] ?? {}, at("csv")),
    hostId: optional("host_id", (value, key) => filesOnly(listOf(value, key, hostRule), raw, key)),
    region: optional("region", (value, key) => filesOnly(listOf(value, key, regionRule), raw, key)),
    timezone,
    timestamp: optional("timestamp", (value, key) => listOf(value, key, timeRule)),
    metrics: {
      temp_c: optional("temp_c", (value, key) => metricRules("temp_c", value, key)),
      cpu_load: optional("cpu_load", (value, key) => metricRules("cpu_load", value, key)),
      voltage: optional("voltage", (value, key) => metricRules("voltage", value, key)),
      power_watts: optional("power_watts", (value, key) => metricRules("power_watts", value, key)),
    },
    missing: optional("missing", missingOf) ?? [],
    decimalComma: optional("decimal", (value, key) => oneOf(value, [".", ","], key)) === ",",
    bounds: boundsOf(raw["bounds"] ?? {}, at("bounds")),
    ignore: optional("ignore", (value, key) => listOf(value, key, columnName)) ?? [],
    ...(raw["sensors"] === undefined ? {} : { sensors: columnName(raw["sensors"], at("sensors")) }),
    silentAfterMs: optional("silent_after_s", silentAfterMsOf),
  };
}

/** Every source of a parsed configuration file. Throws as above, and where a name comes twice. */
export function parseDeclarations(raw: unknown, where: string): SourceDeclaration[] {
  if (!Array.isArray(raw)) fail(where, "source must be a list of tables", raw, "[[source]]");
  const sources = raw.map((each, index) => parseDeclaration(each, `${where}, source ${index + 1}`));
  const twice = sources.find((source, i) =>
    sources.some((o, j) => j < i && o.name === source.name)
  );
  if (twice !== undefined) {
    fail(where, "every source needs a name of its own", twice.name, "another name for one of them");
  }
  return sources;
}

/** A source name is a label in metrics, logs and paths, so it is kept to what is safe in all. */
function sourceName(value: unknown, where: string): string {
  const text = textOf(value, where, `a short name like "india_lab"`);
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(text)) return text;
  return fail(
    where,
    "must be 1 to 64 letters, digits, _ . or -, and start with a letter or digit",
    text,
    `one like "india_lab"`,
  );
}

/** Where the records come from: paths, or a live connection; exactly one of the two. */
function placeOf(
  raw: Table,
  here: string,
): Pick<SourceDeclaration, "paths" | "connect" | "listen"> {
  const connect = raw["connect"] === undefined
    ? false
    : booleanOf(raw["connect"], `${here}: connect`);
  const listen = raw["listen"] === undefined ? false : booleanOf(raw["listen"], `${here}: listen`);
  const paths = raw["path"] === undefined
    ? []
    : listOf(raw["path"], `${here}: path`, (value, key) =>
      textOf(value, key, `one like "lab/*.csv"`));
  const live = connect || listen;
  if (live === paths.length > 0) {
    fail(
      here,
      "a source has either a path or connect / listen = true",
      live ? "both" : undefined,
      `path = "lab/*.csv" for files, connect = true for the dialled feed, listen = true for agents`,
    );
  }
  return { paths, connect, listen };
}

/** Which live records it reads, and what becomes of those that measure nothing of ours. */
function liveOf(raw: Table, here: string): Pick<SourceDeclaration, "when" | "others"> {
  const { when, others, path } = raw;
  if (path !== undefined && (when !== undefined || others !== undefined)) {
    const key = when === undefined ? "others" : "when";
    fail(here, `"${key}" is for live lines`, path, "listen = true in place of the path");
  }
  return {
    when: when === undefined ? {} : whenOf(when, `${here}: when`),
    others: others === undefined
      ? "refuse"
      : oneOf(others, ["refuse", "ignore"], `${here}: others`),
  };
}

/** A line that comes over a connection has no path. */
function filesOnly<R extends object>(rules: R[], raw: Table, where: string): R[] {
  if (raw["path"] !== undefined || !rules.some((rule) => "path" in rule)) return rules;
  return fail(where, "a part of the path is for sources of files", { path: "…" }, "a column");
}

function csvOf(value: unknown, where: string): SourceDeclaration["csv"] {
  if (!isTable(value)) fail(where, "must be a table", value, `csv = { delimiter = ";" }`);
  onlyKeys(value, ["header", "delimiter", "encoding", "quote"], where);
  const { header, delimiter, encoding, quote } = value;
  const names = header === undefined
    ? null
    : listOf(header, `${where}.header`, (each, key) => textOf(each, key, "a column's name"));
  if (names !== null && new Set(names).size < names.length) {
    fail(`${where}.header`, "must name every column once", names.join(","), "distinct names");
  }
  if (delimiter !== undefined && !(typeof delimiter === "string" && delimiter.length === 1)) {
    fail(`${where}.delimiter`, "must be one character", delimiter, `";"`);
  }
  return {
    header: names,
    delimiter: delimiter ?? null,
    encoding: encoding === undefined ? "auto" : oneOf(encoding, ENCODINGS, `${where}.encoding`),
    ...(quote === undefined ? {} : { quote: oneOf(quote, QUOTES, `${where}.quote`) }),
  };
}
