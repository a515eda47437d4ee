/** Completes what was measured: each metric's columns and units, and the decimal sign. */
import { type Metric, METRICS } from "../model/reading.ts";
import type { Fields } from "../model/record.ts";
import { metricLine, numberColumns, unitChoices } from "./choices.ts";
import type { MetricRule, SourceDeclaration } from "./declaration.ts";
import { declared, type Found, type LeftOut, type Work } from "./inference_work.ts";
import { inferDecimal } from "./infer_decimal.ts";
import { inferMetric, type UnitGuess } from "./infer_metric.ts";
import { unitOfRule } from "./metric_field.ts";
import { sampleColumns } from "./sample.ts";

/** Only where metrics are to be inferred: what is declared is never changed. */
export function completeDecimal(
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

export function completeMetric(
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

export function describeDeclaredMetrics(partial: SourceDeclaration, work: Work): void {
  for (const metric of METRICS) {
    for (const rule of partial.metrics[metric] ?? []) {
      declared(work, metric, [rule.column], unitOfRule(metric, rule).name);
    }
  }
}

/** Where no metric has a column: says so, unless one is asked for already. */
export function expectMetric(
  metrics: SourceDeclaration["metrics"],
  sample: readonly Fields[],
  work: Work,
): void {
  const hasOne = METRICS.some((metric) => (metrics[metric] ?? []).length > 0);
  if (hasOne || work.choices.some(isOfMetric)) return;
  const temperatures = work.leftOut.filter(({ candidates }) => candidates.length > 0)
    .filter(({ field }) => field === "temp_c");
  if (temperatures.length > 0) {
    const why = temperatures.map(({ column, why }) => `${column}: ${why}`);
    work.problems.push(
      `no column could be told to be one of ${METRICS.join(", ")}; declare one; ${why.join("; ")}`,
    );
    work.choices.push(
      ...temperatures.flatMap(({ column, candidates }) =>
        candidates.map((unit) => metricLine("temp_c", column, unit))
      ),
    );
    return;
  }
  const { hint, choices } = numberColumns(work.free(), sample);
  work.problems.push(
    `no column could be told to be one of ${METRICS.join(", ")}; declare one${hint}`,
  );
  work.choices.push(...choices);
}

function isOfMetric(line: string): boolean {
  return METRICS.some((metric) => line.startsWith(`${metric} = `));
}
