/**
 * `when` of a declaration: which records something holds for. Of every column named, the value must
 * be the wanted one, as text or number. In a wanted text `*` stands for any characters and `?` for
 * one; `"*"` alone asks that the column is there, whatever it holds, and `""` that it is not.
 */
import type { Fields } from "../model/record.ts";
import { type ColumnReader, compileColumn } from "./column.ts";

/** Column → the value wanted, or a list of which one must fit. */
export type When = Readonly<Record<string, WhenValue>>;
export type WhenValue = string | number | readonly (string | number)[];

export type RecordTest = (fields: Fields) => boolean;

/** Null where nothing is asked: it holds for every record. */
export function compileWhen(when: When): RecordTest | null {
  const tests = Object.entries(when).map(([column, wanted]) => columnTest(column, wanted));
  if (tests.length === 0) return null;
  return (fields) => {
    for (let i = 0; i < tests.length; i++) if (!tests[i]!(fields)) return false;
    return true;
  };
}

/** Whether records of these keys could pass, whatever their values are. */
export function canPass(when: When, fields: Fields): boolean {
  return Object.entries(when).every(([column, wanted]) =>
    listOf(wanted).includes("") || isThere(compileColumn(column)(fields))
  );
}

/** Columns of which not only their presence is asked. */
export function decidingColumns(when: When): string[] {
  return Object.entries(when).flatMap(([column, wanted]) =>
    listOf(wanted).every((one) => one === "*" || one === "") ? [] : [column]
  );
}

/** The values of which the column must have one; null where something else may pass as well. */
export function exactValues(when: When, column: string): readonly string[] | null {
  const wanted = Object.hasOwn(when, column) ? listOf(when[column]!).map(String) : [];
  const isExact = wanted.length > 0 && wanted.every((one) => one !== "" && !/[*?]/.test(one));
  return isExact ? [...new Set(wanted)] : null;
}

/** In words, for people: `plugin = cpu and type_instance = user or system`. */
export function describeWhen(when: When): string {
  return Object.entries(when)
    .map(([column, wanted]) => `${column} = ${listOf(wanted).map(wordOf).join(" or ")}`)
    .join(" and ");
}

function wordOf(wanted: string | number): string {
  return wanted === "" ? "nothing" : wanted === "*" ? "anything" : String(wanted);
}

function listOf(wanted: WhenValue): readonly (string | number)[] {
  return typeof wanted === "object" ? wanted : [wanted];
}

function columnTest(column: string, wanted: WhenValue): RecordTest {
  const read = compileColumn(column);
  const tests = listOf(wanted).map((one) => valueTest(String(one)));
  const [only] = tests;
  if (tests.length === 1) return (fields) => only!(read(fields));
  return (fields) => tests.some((test) => test(read(fields)));
}

function valueTest(wanted: string): (value: unknown) => boolean {
  if (wanted === "") return (value) => !isThere(value);
  if (wanted === "*") return isThere;
  const textOf = (value: unknown) =>
    typeof value === "string" ? value : typeof value === "number" ? String(value) : null;
  if (!/[*?]/.test(wanted)) return (value) => textOf(value) === wanted;
  const pattern = globPattern(wanted);
  return (value) => {
    const text = textOf(value);
    return text !== null && text.length <= TEXT_CHARS_MAX && pattern.test(text);
  };
}

/** A pattern of several `*` takes time by the text's length to their number: texts are bounded. */
const TEXT_CHARS_MAX = 256;

function globPattern(wanted: string): RegExp {
  const source = wanted.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*+/g, ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "su");
}

function isThere(value: ReturnType<ColumnReader>): boolean {
  return value !== undefined && value !== null && value !== "";
}
