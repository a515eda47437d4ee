/** Of all rules of a mapping, those by which one record became its reading. Pure. */
import { compileColumn } from "../../mapping/column.ts";
import type { FieldDescription } from "../../mapping/description.ts";
import type { FieldOrigin } from "../../model/origin.ts";
import type { Fields } from "../../model/record.ts";

const VALUE_CHARS_MAX = 200;

/**
 * Per field the rules whose column the record has, in the order in which they are tried; where it
 * has none of them, one entry that says which were looked for.
 *
 * @param fields The record's; null where they are not known: then all rules as declared.
 */
export function fieldOrigins(
  rules: readonly FieldDescription[],
  fields: Fields | null,
): FieldOrigin[] {
  const names = [...new Set(rules.map((rule) => rule.field))];
  return names.flatMap((field) => {
    const all = rules.filter((rule) => rule.field === field).map((rule) => originOf(rule, fields));
    const used = all.filter((one) => fields === null || one.value !== null || !isColumn(one));
    if (used.length === 0) return [notThere(field, all)];
    return fields !== null && isSettled(used[0]!) ? used.slice(0, 1) : used;
  });
}

/** A name or a time that is there is taken; of a number, or a prefix, the next rule may be asked. */
function isSettled({ field, rule, value }: FieldOrigin): boolean {
  if (value === null || value === "" || value === "null") return false;
  return field === "host_id" || field === "timestamp" || field === "region" && rule === "as it is";
}

function originOf({ field, from, unit, rule }: FieldDescription, fields: Fields | null) {
  const value = fields === null ? undefined : compileColumn(from)(fields);
  return { field, column: from, unit, rule, value: value === undefined ? null : textOf(value) };
}

/** A constant stands in quotes; the prefixes of a region may be those of the host's name. */
function isColumn({ field, column }: FieldOrigin): boolean {
  if (field === "region" && column === "host_id") return false;
  return !column.startsWith('"') && column !== "—";
}

function notThere(field: string, tried: readonly FieldOrigin[]): FieldOrigin {
  const column = tried.map((one) => one.column).join(", ");
  return { field, column, value: null, unit: "", rule: "not in this record: null" };
}

function textOf(value: unknown): string {
  const text = typeof value === "string"
    ? value
    : typeof value === "object"
    ? JSON.stringify(value) ?? ""
    : String(value);
  return text.length > VALUE_CHARS_MAX ? `${text.slice(0, VALUE_CHARS_MAX)}…` : text;
}
