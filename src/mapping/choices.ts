/**
 * The lines of TOML of which a person must choose one, where inference can't: complete and valid as
 * they stand, so that taking one is removing its `#`.
 */
import type { Metric } from "../model/reading.ts";
import type { Fields } from "../model/record.ts";
import { CANONICAL_UNITS } from "../units/catalogue.ts";
import { METRIC_QUANTITIES } from "./bounds.ts";
import { tomlText } from "./declaration_toml.ts";
import { isNumeric, type SampleColumn } from "./sample.ts";

const COLUMNS_SHOWN_MAX = 8;
const HOST_COLUMNS_SHOWN_MAX = 3;

export function unitChoices(
  metric: Metric,
  column: string,
  candidates: readonly string[],
): string[] {
  return [...candidates.map((unit) => metricLine(metric, column, unit)), `${metric} = false`];
}

export function metricLine(metric: Metric, column: string, unit: string): string {
  return `${metric} = { column = ${tomlText(column)}, unit = "${unit}" }`;
}

export function formatChoices(column: string, formats: readonly string[]): string[] {
  return formats.map((format) =>
    `timestamp = { column = ${tomlText(column)}, format = ${tomlText(format)} }`
  );
}

/** Any text may name a host, a constant can for a file of one, and so can the file's path. */
export function hostChoices(
  columns: readonly SampleColumn[],
  parts: readonly string[],
): string[] {
  const texts = columns.filter(({ values, numbers }) =>
    values.length > 0 && numbers.length === 0 && values.every((value) => typeof value === "string")
  );
  return [
    ...texts.slice(0, HOST_COLUMNS_SHOWN_MAX).map(({ name }) => `host_id = ${tomlText(name)}`),
    ...parts.map((part) => `host_id = { path = ${tomlText(part)} }`),
    `host_id = { value = "name" }`,
  ];
}

/** Where no name says what is measured: the columns that hold numbers, and what lies in lists. */
export function numberColumns(
  columns: readonly SampleColumn[],
  sample: readonly Fields[],
): { readonly hint: string; readonly choices: string[] } {
  const numbers = columns.filter((column) => column.numbers.length > 0 && isNumeric(column))
    .slice(0, COLUMNS_SHOWN_MAX);
  const lists = listPaths(sample[0] ?? {}).slice(0, COLUMNS_SHOWN_MAX);
  const hints = [
    numbers.length === 0 ? "" : `numbers stand in ${numbers.map(withRange).join(", ")}`,
    lists.length === 0 ? "" : `a list is opened by a path, like ${lists.join(", ")}`,
  ].filter((hint) => hint !== "");
  const first = numbers[0]?.name ?? lists[0];
  const metrics: readonly Metric[] = ["temp_c", "cpu_load", "voltage", "power_watts"];
  const choices = first === undefined
    ? []
    : metrics.map((metric) =>
      metricLine(metric, first, CANONICAL_UNITS[METRIC_QUANTITIES[metric]])
    );
  return { hint: hints.map((hint) => `; ${hint}`).join(""), choices };
}

function withRange({ name, numbers }: SampleColumn): string {
  return `${name} (${Math.min(...numbers)}…${Math.max(...numbers)})`;
}

/** `Temperatures[0].ReadingCelsius`: numbers in the first element of each list. */
function listPaths(fields: Fields): string[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    if (!Array.isArray(value)) return [];
    const first: unknown = value[0];
    if (typeof first === "number") return [`${name}[0]`];
    if (typeof first !== "object" || first === null) return [];
    return Object.entries(first).filter(([, each]) => typeof each === "number")
      .map(([key]) => `${name}[0].${key}`);
  });
}
