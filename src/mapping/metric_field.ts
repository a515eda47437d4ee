/** One metric of a record: the first declared column that is measured, in canonical units. */
import type { Slot } from "../model/line_values.ts";
import type { Metric } from "../model/reading.ts";
import type { Fields } from "../model/record.ts";
import { CANONICAL_UNITS, type Unit, unitOf } from "../units/catalogue.ts";
import { type Bound, METRIC_QUANTITIES } from "./bounds.ts";
import { type ColumnReader, compileColumn } from "./column.ts";
import { unitInName } from "./column_names.ts";
import type { MetricRule, SourceDeclaration } from "./declaration.ts";
import { readNumber } from "./number_value.ts";
import type { Refusal } from "./refusal.ts";
import { RuleIndex } from "./rule_index.ts";
import type { NumberRule } from "./template_reader.ts";
import { preview } from "./text.ts";
import { compileWhen, type RecordTest, type When } from "./when.ts";

interface CompiledRule {
  readonly column: string;
  readonly read: ColumnReader;
  readonly unit: Unit;
  readonly convert: (value: number) => number;
  readonly missingNumbers: readonly number[];
  readonly missingTexts: readonly string[];
  readonly when: When;
  /** Null where the rule holds for every record. */
  readonly applies: RecordTest | null;
}

/** The unit of a rule: as declared, else what the column's name says, else the metric's own. */
export function unitOfRule(metric: Metric, rule: MetricRule): Unit {
  const quantity = METRIC_QUANTITIES[metric];
  if (rule.unit !== null) return unitOf(quantity, rule.unit);
  return unitInName(quantity, rule.column) ?? unitOf(quantity, CANONICAL_UNITS[quantity]);
}

export class MetricField {
  /** Values taken for a bound they exceeded by less than its slack. */
  clamped = 0;
  /** Whether the record read last has a column that some rule of this metric is of. */
  isThere = false;
  readonly #metric: Metric;
  readonly #bound: Bound;
  readonly #decimalComma: boolean;
  readonly #rules: readonly CompiledRule[];
  readonly #index: RuleIndex<CompiledRule>;

  constructor(metric: Metric, source: SourceDeclaration) {
    this.#metric = metric;
    this.#bound = source.bounds[metric];
    this.#decimalComma = source.decimalComma;
    this.#rules = (source.metrics[metric] ?? []).map((rule) => compile(metric, rule, source));
    this.#index = new RuleIndex(this.#rules, ({ when }) => when);
  }

  /** The value; null where it was not measured; NaN where the record must be refused. */
  read(fields: Fields): number | null {
    const { min, max, slack } = this.#bound;
    this.isThere = false;
    const rules = this.#index.of(fields);
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i]!;
      const number = this.#number(rule, fields);
      if (number === null) continue;
      const value = rule.convert(number);
      // + 0: a negative zero is nothing a sensor says.
      if (value >= min && value <= max) return value + 0;
      if (!(value >= min - slack && value <= max + slack)) return NaN;
      this.clamped++;
      return value < min ? min : max;
    }
    return null;
  }

  /**
   * The rule that reads lines of these slots; null where they have no column of this metric;
   * undefined where it takes more than a number to tell.
   *
   * @param fields Of a line of the shape: what decides is the same in all of them.
   */
  numberRule(slots: readonly Slot[], fields: Fields): NumberRule | null | undefined {
    const slotOf = (rule: CompiledRule) => slots.findIndex(({ key }) => key === rule.column);
    const there = this.#rules.filter((rule) =>
      slotOf(rule) >= 0 && (rule.applies === null || rule.applies(fields))
    );
    const [rule] = there;
    if (rule === undefined) return null;
    const slot = slotOf(rule);
    // A number that means "not measured" leaves it to the next rule.
    if (there.length > 1 && rule.missingNumbers.length > 0) return undefined;
    if (slots[slot]!.kind !== "number") return undefined;
    const { min, max } = this.#bound;
    return { slot, missing: rule.missingNumbers, convert: rule.convert, min, max };
  }

  refusal(fields: Fields): Refusal {
    const { min, max } = this.#bound;
    for (const rule of this.#rules) {
      const number = this.#number(rule, fields);
      if (number === null) continue;
      const what = `${this.#metric}: ${preview(rule.read(fields))} in ${rule.column}`;
      if (Number.isNaN(number)) {
        return { code: "invalid_number", detail: `${what} is no finite number` };
      }
      const symbol = unitOf(rule.unit.quantity, CANONICAL_UNITS[rule.unit.quantity]).symbol;
      return {
        code: "out_of_bounds",
        detail: `${what} (${rule.unit.name}) is ${rule.convert(number)} ${symbol}, outside of ` +
          `${min}…${max} ${symbol}; another unit, or bounds = { ${this.#metric} = [min, max] }?`,
      };
    }
    return { code: "invalid_number", detail: `${this.#metric}: not readable` };
  }

  /** The number as it came; null where absent, blank or declared missing; NaN where it is none. */
  #number(rule: CompiledRule, fields: Fields): number | null {
    const value = rule.read(fields);
    if (value === undefined || value === null) return null;
    if (rule.applies !== null && !rule.applies(fields)) return null;
    this.isThere = true;
    if (rule.missingTexts.length > 0 && typeof value === "string") {
      if (rule.missingTexts.includes(value.trim())) return null;
    }
    const number = readNumber(value, this.#decimalComma);
    if (number === null) return null;
    return rule.missingNumbers.length > 0 && rule.missingNumbers.includes(number) ? null : number;
  }
}

function compile(metric: Metric, rule: MetricRule, source: SourceDeclaration): CompiledRule {
  const unit = unitOfRule(metric, rule);
  const missing = [...source.missing, ...rule.missing];
  return {
    column: rule.column,
    read: compileColumn(rule.column),
    unit,
    convert: unit.toCanonical,
    missingNumbers: missing.filter((each) => typeof each === "number"),
    missingTexts: missing.filter((each) => typeof each === "string"),
    when: rule.when,
    applies: compileWhen(rule.when),
  };
}
