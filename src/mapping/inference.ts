/**
 * Completes what a declaration leaves out, from a file's column names and first values; says why,
 * and how sure it is. What is declared is never changed. What can't be told is left out and named.
 */
import { METRICS } from "../model/reading.ts";
import type { Fields } from "../model/record.ts";
import { topLevelKey } from "./column.ts";
import {
  completeHost,
  completeRegion,
  completeTime,
  fromOf,
  settleFormats,
} from "./complete_fields.ts";
import {
  completeDecimal,
  completeMetric,
  describeDeclaredMetrics,
  expectMetric,
} from "./complete_metrics.ts";
import type { SourceDeclaration } from "./declaration.ts";
import {
  declared,
  type FieldInference,
  type Found,
  type LeftOut,
  type Work,
} from "./inference_work.ts";
import type { PathParts } from "./path_parts.ts";
import { sampleColumns } from "./sample.ts";
import { usedColumns } from "./unknown_columns.ts";

export interface Inference {
  /** As given, with the fields left out filled where they could be told. */
  readonly declaration: SourceDeclaration;
  readonly fields: readonly FieldInference[];
  readonly leftOut: readonly LeftOut[];
  /** Why the source can't be read as it is; empty where `compileMapping` will take it. */
  readonly problems: readonly string[];
  /** Lines of TOML to choose from, by the field that they are for: they end the problems. */
  readonly choices: readonly string[];
  /** Top-level columns that nothing reads and the declaration does not ignore. */
  readonly unknownColumns: readonly string[];
}

/**
 * `columns`: the header, or the keys of the first records. `sample`: the first records, some
 * hundreds at most are looked at. `parts`: what the file's path says (path_parts.ts); a rule by one
 * is still to be settled.
 */
export function infer(
  columns: readonly string[],
  sample: readonly Fields[],
  given: SourceDeclaration,
  parts: PathParts = {},
): Inference {
  const taken = new Set([...usedColumns(given), ...given.ignore]);
  const found: Found = { fields: [], leftOut: [], problems: [], choices: [] };
  const partial = completeDecimal(given, columns, sample, found);
  const all = sampleColumns(columns, sample, partial.decimalComma);
  const free = () => all.filter(({ name }) => !taken.has(name) && !taken.has(topLevelKey(name)));
  const work: Work = { ...found, taken, free, parts: Object.keys(parts) };

  const timestamp = partial.timestamp === null
    ? completeTime(partial, work)
    : settleFormats(partial.timestamp, all, work);
  const hostId = partial.hostId ?? completeHost(work);
  if (partial.hostId !== null) declared(work, "host_id", partial.hostId.map(fromOf));
  const region = partial.region ?? completeRegion(partial, work);
  if (partial.region !== null) declared(work, "region", partial.region.map(fromOf));
  const metrics = { ...partial.metrics };
  for (const metric of METRICS) metrics[metric] ??= completeMetric(metric, partial, work);
  describeDeclaredMetrics(partial, work);
  expectMetric(metrics, sample, work);

  const declaration = { ...partial, timestamp, hostId, region, metrics };
  const used = new Set(usedColumns(declaration).flatMap((name) => [name, topLevelKey(name)]));
  const keys = new Set([...columns, ...sample.flatMap((fields) => Object.keys(fields))]);
  return {
    declaration,
    fields: work.fields,
    leftOut: work.leftOut,
    problems: work.problems,
    choices: work.choices,
    unknownColumns: [...keys].filter((key) => !used.has(key) && !partial.ignore.includes(key)),
  };
}
