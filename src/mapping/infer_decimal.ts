/**
 * Whether a file writes `41,5`. Told from the columns that a metric's name makes numbers: where
 * they are none with a decimal point and are with a decimal comma. `1,234` alone tells nothing.
 */
import { METRICS } from "../model/reading.ts";
import { isMetricName } from "./infer_metric.ts";
import { isNumeric, mostly, type SampleColumn } from "./sample.ts";

/** With points between groups of three digits, or without. */
const COMMA_NUMBER = /^\s*[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?\s*$/;
/** Read as English it would be a whole number with a comma between groups. */
const EITHER = /^\s*[+-]?[1-9]\d{0,2}(?:,\d{3})+\s*$/;

export type DecimalGuess =
  | { readonly kind: "point" }
  | { readonly kind: "comma"; readonly example: string }
  /** The column's values may be thousands or thousandths. */
  | { readonly kind: "unsure"; readonly column: string; readonly example: string };

/** @param columns As read with a decimal point. */
export function inferDecimal(columns: readonly SampleColumn[]): DecimalGuess {
  let unsure: DecimalGuess = { kind: "point" };
  for (const column of columns) {
    if (isNumeric(column) || !METRICS.some((metric) => isMetricName(metric, column))) continue;
    const texts = column.values.map(String);
    const fitting = texts.filter((text) => COMMA_NUMBER.test(text));
    const example = fitting.find((text) => text.includes(","))?.trim();
    if (example === undefined || !mostly(fitting.length, texts.length)) continue;
    const sure = fitting.find((text) => text.includes(",") && !EITHER.test(text));
    if (sure !== undefined) return { kind: "comma", example: sure.trim() };
    if (unsure.kind === "point") unsure = { kind: "unsure", column: column.name, example };
  }
  return unsure;
}
