/** What inference looks at: a file's columns, and the first values that stand in each. */
import type { Fields } from "../model/record.ts";
import { findUnit, QUANTITIES } from "../units/catalogue.ts";
import { compileColumn } from "./column.ts";
import { nameWords } from "./column_names.ts";
import { readNumber } from "./number_value.ts";

export interface SampleColumn {
  readonly name: string;
  /** Its name, and in brackets the unit that stands in the row below, where there is such a row. */
  readonly label: string;
  readonly words: readonly string[];
  /** Values that are there and not blank. */
  readonly values: readonly unknown[];
  /** The finite numbers among them. */
  readonly numbers: readonly number[];
}

const COLUMNS_MAX = 1_000;
const VALUES_MAX = 200;
const DEPTH_MAX = 6;
/** A share of a sample may be footers, units under the header and other rubbish. */
const RUBBISH_SHARE_MAX = 0.1;

/** Columns with nested objects opened into their leaves, in the order of their first appearance. */
export function sampleColumns(
  columns: readonly string[],
  sample: readonly Fields[],
  decimalComma: boolean,
): SampleColumn[] {
  const names = new Set<string>();
  for (const column of columns) {
    if (!sample.some((fields) => isNested(fields[column]))) names.add(column);
  }
  for (const fields of sample.slice(0, VALUES_MAX)) addLeaves(names, "", fields, DEPTH_MAX);
  const hasUnitRow = isUnitRow(sample);
  const rows = sample.slice(hasUnitRow ? 1 : 0, VALUES_MAX);
  // A declaration can't name a column whose name is blank.
  return [...names].filter((name) => name.trim() !== "").slice(0, COLUMNS_MAX).map((name) => {
    const read = compileColumn(name);
    const values = rows.map(read).filter((value) => !isBlank(value));
    const below = hasUnitRow ? unitText(read(sample[0]!)) : null;
    const label = below === null ? name : `${name} [${below}]`;
    const numbers = values.map((value) => readNumber(value, decimalComma))
      .filter((value): value is number => value !== null && !Number.isNaN(value));
    return { name, label, words: nameWords(label), values, numbers };
  });
}

/** Whether the first record is none, but the units of the columns: `[°C]`, `%`, `W`, or nothing. */
function isUnitRow(sample: readonly Fields[]): boolean {
  const [first] = sample;
  if (first === undefined || sample.length < 2) return false;
  const cells = Object.values(first).filter((value) => !isBlank(value));
  // Any record has a digit somewhere: its time has.
  return cells.every((cell) => typeof cell === "string" && !/\d/.test(cell)) &&
    cells.some((cell) => unitText(cell) !== null);
}

function unitText(cell: unknown): string | null {
  if (typeof cell !== "string") return null;
  const text = /^\s*[[(]?\s*([^\])]{1,20}?)\s*[\])]?\s*$/.exec(cell)?.[1] ?? "";
  return text !== "" && QUANTITIES.some((quantity) => findUnit(quantity, text) !== null)
    ? text
    : null;
}

/** True where nearly all of a column's values are numbers; true of an empty one. */
export function isNumeric(column: SampleColumn): boolean {
  return mostly(column.numbers.length, column.values.length);
}

/** Of a few values one may be rubbish: a footer stands under any number of rows. */
export function mostly(good: number, all: number): boolean {
  return good >= all * (1 - RUBBISH_SHARE_MAX) || good >= 2 && good === all - 1;
}

function addLeaves(names: Set<string>, path: string, fields: Fields, depth: number): void {
  for (const [key, value] of Object.entries(fields)) {
    if (names.size >= COLUMNS_MAX) return;
    const name = path === "" ? key : `${path}.${key}`;
    if (isNested(value) && depth > 1) addLeaves(names, name, value, depth - 1);
    else names.add(name);
  }
}

function isNested(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}

function isBlank(value: unknown): boolean {
  return value === null || value === undefined || typeof value === "string" && value.trim() === "";
}
