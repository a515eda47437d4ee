/**
 * Completes what a declaration leaves out, from a file's column names and first values; says why,
 * and how sure it is. What is declared is never changed. What can't be told is left out and named.
 */
import { type Metric, METRICS } from "../model/reading.ts";
import type { Fields } from "../model/record.ts";
import { topLevelKey } from "./column.ts";
import type {
  HostRule,
  MetricRule,
  RegionRule,
  SourceDeclaration,
  TimeRule,
} from "./declaration.ts";
import { formatChoices, numberColumns, unitChoices } from "./choices.ts";
import { inferDecimal } from "./infer_decimal.ts";
import { inferHost, inferHostPart } from "./infer_host.ts";
import { inferMetric, type UnitGuess } from "./infer_metric.ts";
import { fittingFormats, inferTime } from "./infer_time.ts";
import { nameWords } from "./column_names.ts";
import type { PathParts } from "./path_parts.ts";
import { unitOfRule } from "./metric_field.ts";
import { type SampleColumn, sampleColumns } from "./sample.ts";
import { usedColumns } from "./unknown_columns.ts";

export type FieldName = "host_id" | "region" | "timestamp" | "decimal" | Metric;

/** `certain`: name and values agree; `likely`: one of them, or a custom. */
export type Confidence = "declared" | "certain" | "likely";

export interface FieldInference {
  readonly field: FieldName;
  /** A column, or a constant in quotes. */
  readonly from: string;
  /** Unit or time format; empty where there is none. */
  readonly unit: string;
  readonly confidence: Confidence;
  readonly why: string;
}

/** A column that looks like a metric and was not taken. */
export interface LeftOut {
  readonly field: Metric;
  readonly column: string;
  readonly candidates: readonly string[];
  readonly why: string;
}

export interface Inference {
  /** As given, with the fields left out filled where they could be told. */
  readonly declaration: SourceDeclaration;
  readonly fields: readonly FieldInference[];
  readonly leftOut: readonly LeftOut[];
  /** Why the source can't be read as it is; empty where `compileMapping` will take it. */
  readonly problems: readonly string[];
  /** Lines of TOML to choose from, by the field that they are for: they end the problems. */
  readonly choices: readonly string[];
  /** Top-level columns that nothing reads and the declaration does not ignore. */
  readonly unknownColumns: readonly string[];
}

/**
 * `columns`: the header, or the keys of the first records. `sample`: the first records, some
 * hundreds at most are looked at. `parts`: what the file's path says (path_parts.ts); a rule by one
 * is still to be settled.
 */
export function infer(
  columns: readonly string[],
  sample: readonly Fields[],
  given: SourceDeclaration,
  parts: PathParts = {},
): Inference {
  const taken = new Set([...usedColumns(given), ...given.ignore]);
  const found: Found = { fields: [], leftOut: [], problems: [], choices: [] };
  const partial = completeDecimal(given, columns, sample, found);
  const all = sampleColumns(columns, sample, partial.decimalComma);
  const free = () => all.filter(({ name }) => !taken.has(name) && !taken.has(topLevelKey(name)));
  const work: Work = { ...found, taken, free, parts: Object.keys(parts) };

  const timestamp = partial.timestamp === null
    ? completeTime(partial, work)
    : settleFormats(partial.timestamp, all, work);
  const hostId = partial.hostId ?? completeHost(work);
  if (partial.hostId !== null) declared(work, "host_id", partial.hostId.map(fromOf));
  const region = partial.region ?? completeRegion(partial, work);
  if (partial.region !== null) declared(work, "region", partial.region.map(fromOf));
  const metrics = { ...partial.metrics };
  for (const metric of METRICS) metrics[metric] ??= completeMetric(metric, partial, work);
  describeDeclaredMetrics(partial, work);
  const hasNone = METRICS.every((metric) => (metrics[metric] ?? []).length === 0);
  if (hasNone && !work.choices.some(isOfMetric)) {
    const { hint, choices } = numberColumns(free(), sample);
    work.problems.push(
      `no column could be told to be one of ${METRICS.join(", ")}; declare one${hint}`,
    );
    work.choices.push(...choices);
  }

  const declaration = { ...partial, timestamp, hostId, region, metrics };
  const used = new Set(usedColumns(declaration).flatMap((name) => [name, topLevelKey(name)]));
  const keys = new Set([...columns, ...sample.flatMap((fields) => Object.keys(fields))]);
  return {
    declaration,
    fields: work.fields,
    leftOut: work.leftOut,
    problems: work.problems,
    choices: work.choices,
    unknownColumns: [...keys].filter((key) => !used.has(key) && !partial.ignore.includes(key)),
  };
}

interface Found {
  readonly fields: FieldInference[];
  readonly leftOut: LeftOut[];
  readonly problems: string[];
  readonly choices: string[];
}

interface Work extends Found {
  readonly taken: Set<string>;
  /** Columns that no field has taken yet. */
  readonly free: () => SampleColumn[];
  /** Names of the parts of the file's path. */
  readonly parts: readonly string[];
}

/** Only where metrics are to be inferred: what is declared is never changed. */
function completeDecimal(
  given: SourceDeclaration,
  columns: readonly string[],
  sample: readonly Fields[],
  { fields, problems, choices }: Found,
): SourceDeclaration {
  if (given.decimalComma || METRICS.every((metric) => given.metrics[metric] !== null)) return given;
  const guess = inferDecimal(sampleColumns(columns, sample, false));
  if (guess.kind === "point") return given;
  if (guess.kind === "unsure") {
    problems.push(
      `decimal: ${guess.example} in ${guess.column} may be a decimal comma or thousands; ` +
        `declare decimal = ",", or leave the commas out of the file`,
    );
    choices.push(`decimal = ","`);
    return given;
  }
  const why = `values like ${guess.example}`;
  fields.push({ field: "decimal", from: `","`, unit: "", confidence: "certain", why });
  return { ...given, decimalComma: true };
}

function isOfMetric(line: string): boolean {
  return METRICS.some((metric) => line.startsWith(`${metric} = `));
}

function completeTime(partial: SourceDeclaration, work: Work): readonly TimeRule[] | null {
  const guess = inferTime(work.free(), partial.timezone);
  if (!("rule" in guess)) {
    work.problems.push(`timestamp: ${guess.why}; declare timestamp = { column = …, format = … }`);
    work.choices.push(...formatChoices(guess.column ?? "column", guess.formats ?? ["iso"]));
    return null;
  }
  const { rule, certain, why } = guess;
  work.taken.add(rule.column);
  work.fields.push({
    field: "timestamp",
    from: rule.column,
    unit: rule.format,
    confidence: certain ? "certain" : "likely",
    why,
  });
  return [rule];
}

/** A declared column without a format, in a form that `auto` can't read, gets the one that fits. */
function settleFormats(
  rules: readonly TimeRule[],
  columns: readonly SampleColumn[],
  work: Work,
): readonly TimeRule[] {
  return rules.map((rule) => {
    const values = columns.find((column) => column.name === rule.column)?.values ?? [];
    const formats = rule.format === "auto" && values.length > 0 ? fittingFormats(values) : [];
    const pattern = formats.find((format) => /^[YMD]/.test(format));
    if (pattern === undefined) {
      declared(work, "timestamp", [rule.column], rule.format);
      return rule;
    }
    if (formats.length > 1) {
      work.problems.push(`timestamp: ${rule.column} could be ${formats.join(" or ")}; declare it`);
      work.choices.push(...formatChoices(rule.column, formats));
      return rule;
    }
    const why = "declared; the format is that of its values";
    work.fields.push({
      field: "timestamp",
      from: rule.column,
      unit: pattern,
      confidence: "certain",
      why,
    });
    return { ...rule, format: pattern };
  });
}

function completeHost(work: Work): SourceDeclaration["hostId"] {
  const column = inferHost(work.free());
  const part = column === null ? inferHostPart(work.parts) : null;
  if (part !== null) {
    const why = "no column has a host's name, this part of the path has";
    work.fields.push({ field: "host_id", from: `{${part}}`, unit: "", confidence: "likely", why });
    return [{ path: part }];
  }
  if (column === null) {
    work.problems.push(
      `host_id: no column has a host's name (host, hostname, server, instance, node, …); declare ` +
        `host_id = "column", or host_id = { value = "name" } for a file of one host`,
    );
    work.choices.push(
      `host_id = "column"`,
      `host_id = { value = "name" }`,
      `host_id = { path = "part" }`,
    );
    return null;
  }
  work.taken.add(column.name);
  work.fields.push({
    field: "host_id",
    from: column.name,
    unit: "",
    confidence: "certain",
    why: "by its name",
  });
  return [{ column: column.name }];
}

function completeRegion(partial: SourceDeclaration, work: Work): SourceDeclaration["region"] {
  const column = work.free().find(({ name }) => name.toLowerCase() === "region");
  const part = work.parts.find((name) => nameWords(name).includes("region"));
  if (column === undefined && part !== undefined) {
    const why = "by the name of this part of the path";
    work.fields.push({ field: "region", from: `{${part}}`, unit: "", confidence: "likely", why });
    return [{ path: part, prefixes: null, fallback: null }];
  }
  work.fields.push({
    field: "region",
    from: column?.name ?? JSON.stringify(partial.name),
    unit: "",
    confidence: column === undefined ? "likely" : "certain",
    why: column === undefined ? "none is declared: the source's name" : "by its name",
  });
  if (column === undefined) return [{ value: partial.name }];
  work.taken.add(column.name);
  return [{ column: column.name, prefixes: null, fallback: partial.name }];
}

function completeMetric(
  metric: Metric,
  partial: SourceDeclaration,
  work: Work,
): readonly MetricRule[] | null {
  const { chosen, leftOut, asked } = inferMetric(metric, work.free(), partial.bounds[metric]);
  for (const { column, why, candidates } of asked) {
    const lines = unitChoices(metric, column.name, candidates);
    work.choices.push(...lines);
    work.problems.push(
      `${metric}: ${column.name} names no unit, and its ${why}; add the line that is so: ` +
        lines.join(" or "),
    );
  }
  for (const guess of chosen) {
    work.taken.add(guess.column.name);
    work.fields.push({
      field: metric,
      from: guess.column.name,
      unit: guess.unit ?? "",
      confidence: guess.certain ? "certain" : "likely",
      why: guess.why,
    });
  }
  work.leftOut.push(...leftOut.map((guess) => leftOutOf(metric, guess)));
  if (chosen.length === 0) return null;
  return chosen.map(({ column, unit }) => ({ column: column.name, unit, missing: [], when: {} }));
}

function leftOutOf(field: Metric, { column, candidates, why }: UnitGuess): LeftOut {
  return { field, column: column.name, candidates, why };
}

function describeDeclaredMetrics(partial: SourceDeclaration, work: Work): void {
  for (const metric of METRICS) {
    for (const rule of partial.metrics[metric] ?? []) {
      declared(work, metric, [rule.column], unitOfRule(metric, rule).name);
    }
  }
}

function declared(work: Work, field: FieldName, from: readonly string[], unit = ""): void {
  for (const each of from) {
    work.fields.push({ field, from: each, unit, confidence: "declared", why: "declared" });
  }
}

function fromOf(rule: HostRule | RegionRule): string {
  if ("path" in rule) return `{${rule.path}}`;
  return "value" in rule ? JSON.stringify(rule.value) : rule.column ?? "host_id";
}
