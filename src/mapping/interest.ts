/** Which columns of a wide file a declaration reads, or inference could take by their names. */
import { METRICS } from "../model/reading.ts";
import { topLevelKey } from "./column.ts";
import { nameWords } from "./column_names.ts";
import type { SourceDeclaration } from "./declaration.ts";
import { mayNameHost } from "./infer_host.ts";
import { isMetricName } from "./infer_metric.ts";
import { mayNameTime } from "./infer_time.ts";
import { usedColumns } from "./unknown_columns.ts";

/** Whether a declaration leaves no field to be inferred. */
export function isComplete({ hostId, region, timestamp, metrics }: SourceDeclaration): boolean {
  return hostId !== null && region !== null && timestamp !== null &&
    METRICS.every((metric) => metrics[metric] !== null);
}

/** The columns that a declaration reads: by their names, and by the first step of a path. */
export function readColumns(declaration: SourceDeclaration): ReadonlySet<string> {
  return new Set(usedColumns(declaration).flatMap((name) => [name, topLevelKey(name)]));
}

/** @param nested Columns that hold others, whose names are not among `columns`. */
export function columnsOfInterest(
  columns: readonly string[],
  nested: readonly string[],
  declaration: SourceDeclaration,
): readonly string[] {
  const used = readColumns(declaration);
  const { hostId, region, timestamp, metrics, ignore } = declaration;
  const inferred = METRICS.filter((metric) => metrics[metric] === null);
  return columns.filter((name) => {
    if (used.has(name)) return true;
    if (ignore.includes(name)) return false;
    const words = nameWords(name);
    return nested.includes(name) ||
      hostId === null && mayNameHost(words) ||
      region === null && words.includes("region") ||
      timestamp === null && mayNameTime(words) ||
      inferred.some((metric) => isMetricName(metric, { name, label: name, words }));
  });
}
