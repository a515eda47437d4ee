/**
 * Rules by the value of a column that all of them ask for: agents name what they measure in one, and
 * most records are of none of a metric's rules.
 */
import type { Fields } from "../model/record.ts";
import { type ColumnReader, compileColumn } from "./column.ts";
import { exactValues, type When } from "./when.ts";

const NONE: readonly never[] = [];

export class RuleIndex<Rule> {
  readonly #all: readonly Rule[];
  readonly #read: ColumnReader | null = null;
  readonly #byValue = new Map<string, Rule[]>();

  /** @param whenOf What a rule asks of a record. */
  constructor(rules: readonly Rule[], whenOf: (rule: Rule) => When) {
    this.#all = rules;
    const [first] = rules;
    const column = Object.keys(first === undefined ? {} : whenOf(first))
      .find((one) => rules.every((rule) => exactValues(whenOf(rule), one) !== null));
    if (column === undefined) return;
    this.#read = compileColumn(column);
    for (const rule of rules) {
      for (const value of exactValues(whenOf(rule), column)!) {
        const known = this.#byValue.get(value);
        if (known === undefined) this.#byValue.set(value, [rule]);
        else known.push(rule);
      }
    }
  }

  /** Those that may be of the record, in their order: none of the others is. */
  of(fields: Fields): readonly Rule[] {
    if (this.#read === null) return this.#all;
    const value = this.#read(fields);
    const text = typeof value === "number" ? String(value) : value;
    return typeof text === "string" ? this.#byValue.get(text) ?? NONE : NONE;
  }
}
