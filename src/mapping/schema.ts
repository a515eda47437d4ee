/**
 * The columns of a file as its first records and its mapping tell them: name, kind of value, and the
 * field of a reading that is read from each. A column that opens further ones is an object, and what
 * the mapping reads within it is a column of its own, by its path.
 */
import { LIMITS } from "../limits.ts";
import type { Fields } from "../model/record.ts";
import { type SchemaColumn, UNTOLD_TYPE } from "../model/schema.ts";
import { compileColumn, topLevelKey } from "./column.ts";
import type { FieldDescription } from "./description.ts";
import type { Mapping } from "./normaliser.ts";
import { readNumber } from "./number_value.ts";
import { mostly } from "./sample.ts";
import { cutToBytes } from "./text.ts";
import { usedColumns } from "./unknown_columns.ts";

export type ValueType = "text" | "number" | "boolean" | "object" | "mixed" | typeof UNTOLD_TYPE;

/** Values that a type is told from. */
const VALUES_MAX = 200;

/**
 * @param columns All that the file has, as far as is known; those of the sample are added.
 * @param sample The first records.
 */
export function schemaColumns(
  mapping: Pick<Mapping, "declaration" | "describe">,
  columns: readonly string[],
  sample: readonly Fields[],
): SchemaColumn[] {
  const records = sample.slice(0, VALUES_MAX);
  const names = new Set([...columns, ...records.flatMap((fields) => Object.keys(fields))]);
  const fieldOf = fieldsByColumn(mapping);
  for (const name of fieldOf.keys()) if (names.has(topLevelKey(name))) names.add(name);
  const { decimalComma, missing } = mapping.declaration;
  const isMissing = (value: unknown) => (missing as readonly unknown[]).includes(value);
  const found = [...names].map((name): SchemaColumn => {
    const field = fieldOf.get(name);
    const values = records.map(compileColumn(name)).filter((value) => !isMissing(value));
    return {
      name: storableName(name),
      type: typeOf(values, decimalComma),
      ...readAs(field),
    };
  });
  return boundedColumns(found);
}

/** Those that a reading is read from first, then by name; each name once. */
export function boundedColumns(found: readonly SchemaColumn[]): SchemaColumn[] {
  const isRead = ({ mappedTo }: SchemaColumn) => Number(mappedTo !== null);
  const ordered = found.toSorted((a, b) => isRead(b) - isRead(a) || (a.name < b.name ? -1 : 1));
  const byName = new Map(ordered.toReversed().map((column) => [column.name, column]));
  return [...byName.values()].reverse().slice(0, LIMITS.schemaColumnsMax);
}

/** The first field that is read from each column, by its name or path. */
export function fieldsByColumn(
  mapping: Pick<Mapping, "declaration" | "describe">,
): ReadonlyMap<string, FieldDescription> {
  const fieldOf = new Map<string, FieldDescription>();
  // Not from a column: a constant, a part of the path, a region by the host's name.
  const used = new Set(usedColumns(mapping.declaration));
  for (const field of mapping.describe().filter(({ from }) => used.has(from))) {
    if (!fieldOf.has(field.from)) fieldOf.set(field.from, field);
  }
  return fieldOf;
}

export function readAs(
  field: FieldDescription | undefined,
): Pick<SchemaColumn, "mappedTo" | "unit"> {
  return {
    mappedTo: field?.field ?? null,
    unit: field === undefined || field.unit === "" ? null : field.unit,
  };
}

function typeOf(values: readonly unknown[], decimalComma: boolean): ValueType {
  const counts = { number: 0, boolean: 0, object: 0, text: 0 };
  for (const value of values) {
    const kind = kindOf(value, decimalComma);
    if (kind !== null) counts[kind]++;
  }
  return typeOfKinds(counts);
}

export type ValueKind = "number" | "boolean" | "object" | "text";

/** Of a few values some may be rubbish; mixed: of no kind are nearly all. */
export function typeOfKinds(counts: Readonly<Record<ValueKind, number>>): ValueType {
  const { number, boolean, object, text } = counts;
  const all = number + boolean + object + text;
  if (all === 0) return UNTOLD_TYPE;
  const types = ["number", "boolean", "object", "text"] as const;
  return types.find((type) => mostly(counts[type], all)) ?? "mixed";
}

function kindOf(value: unknown, decimalComma: boolean): ValueKind | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "number" || typeof value === "bigint") return "number";
  if (typeof value === "object") return value instanceof Date ? "text" : "object";
  const text = String(value).trim();
  if (text === "") return null;
  if (/^(true|false)$/i.test(text)) return "boolean";
  return Number.isFinite(readNumber(text, decimalComma) ?? NaN) ? "number" : "text";
}

/** The hot store takes no NUL and no half of a surrogate pair. */
export function storableName(name: string): string {
  const text = name.toWellFormed().replaceAll("\u0000", "\ufffd");
  return cutToBytes(text, LIMITS.schemaNameBytesMax);
}
