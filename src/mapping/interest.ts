/** Which columns of a wide file a declaration reads, or inference could take by their names. */
import { METRICS } from "../model/reading.ts";
import { topLevelKey } from "./column.ts";
import { nameWords } from "./column_names.ts";
import type { SourceDeclaration } from "./declaration.ts";
import { mayNameHost } from "./infer_host.ts";
import { isMetricName } from "./infer_metric.ts";
import { mayNameTime } from "./infer_time.ts";
import { usedColumns } from "./unknown_columns.ts";

/** @param nested Columns that hold others, whose names are not among `columns`. */
export function columnsOfInterest(
  columns: readonly string[],
  nested: readonly string[],
  declaration: SourceDeclaration,
): readonly string[] {
  const used = new Set(usedColumns(declaration).flatMap((name) => [name, topLevelKey(name)]));
  const inferred = METRICS.filter((metric) => declaration.metrics[metric] === null);
  const isComplete = declaration.hostId !== null && declaration.region !== null &&
    declaration.timestamp !== null && inferred.length === 0;
  return columns.filter((name) => {
    if (used.has(name)) return true;
    if (isComplete || declaration.ignore.includes(name)) return false;
    const words = nameWords(name);
    return nested.includes(name) ||
      declaration.hostId === null && mayNameHost(words) ||
      declaration.region === null && words.includes("region") ||
      declaration.timestamp === null && mayNameTime(words) ||
      inferred.some((metric) => isMetricName(metric, { name, words }));
  });
}
