/** What changed of a source's columns, in one line of words for a log, an answer and the page. */
import type { SchemaChange, SchemaColumn } from "./schema.ts";

const FIELD_WORDS: Readonly<Record<string, string>> = {
  host_id: "host",
  region: "region",
  timestamp: "time",
  temp_c: "temperature",
  cpu_load: "load",
  voltage: "voltage",
  power_watts: "power",
};

/** A line stays readable; the rest is counted. */
const CHANGES_TOLD_MAX = 8;

/** Empty where nothing changed. What a reading is read from comes first. */
export function schemaWords(changes: readonly SchemaChange[]): string {
  const told = [...changes]
    .filter((change) => !isWithinRename(change, changes))
    .sort((a, b) => Number(isOfReading(b)) - Number(isOfReading(a)))
    .map(wordsOf);
  const rest = told.length - CHANGES_TOLD_MAX;
  return [...told.slice(0, CHANGES_TOLD_MAX), ...(rest > 0 ? [`and ${rest} more`] : [])].join("; ");
}

/** The words of a rename name the unit. */
function isWithinRename(change: SchemaChange, changes: readonly SchemaChange[]): boolean {
  return change.kind === "unit_changed" &&
    changes.some((other) => other.kind === "renamed" && other.after.name === change.after.name);
}

function isOfReading(change: SchemaChange): boolean {
  return "column" in change
    ? change.column.mappedTo !== null
    : change.before.mappedTo !== null || change.after.mappedTo !== null;
}

function wordsOf(change: SchemaChange): string {
  if ("column" in change) return wordsOfOne(change);
  const { before, after } = change;
  if (change.kind === "renamed") {
    return `${before.name} gone, ${after.name} added${readFrom(after)}`;
  }
  if (change.kind === "type_changed") {
    return `${after.name} is now ${after.type}, was ${before.type}`;
  }
  if (change.kind === "unit_changed") {
    return `${after.name} is now read in ${after.unit ?? "no unit"}, was ${before.unit ?? "none"}`;
  }
  return after.mappedTo === null
    ? `${fieldWords(before.mappedTo ?? "")} is no longer read from ${after.name}`
    : readFrom(after).slice(": ".length);
}

function wordsOfOne({ kind, column }: SchemaChange & { readonly column: SchemaColumn }): string {
  const { name, mappedTo } = column;
  if (kind === "added") return `${name} added${readFrom(column)}`;
  return `${name} gone` +
    (mappedTo === null ? "" : `: ${fieldWords(mappedTo)} is no longer read from it`);
}

function readFrom({ name, mappedTo, unit }: SchemaColumn): string {
  if (mappedTo === null) return "";
  const how = unit === null ? "" : mappedTo === "timestamp" ? ` as ${unit}` : ` in ${unit}`;
  return `: ${fieldWords(mappedTo)} is now read from ${name}${how}`;
}

function fieldWords(field: string): string {
  return FIELD_WORDS[field] ?? field;
}
