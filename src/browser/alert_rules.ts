/** `/api/alert-rules`: the limits that a scale shows. */
import type { AlertRule, Severity } from "../model/alert.ts";
import { METRICS } from "../model/reading.ts";
import { ApiError, field } from "./ask.ts";

/** A value above which a host is in that state. */
export interface Limit {
  readonly severity: Severity;
  readonly above: number;
}

export function alertRulesOf(body: unknown): AlertRule[] {
  const list = field(body, "rules");
  if (!Array.isArray(list)) throw new ApiError(200, "The answer holds no list of rules.");
  return list.filter((rule) =>
    METRICS.some((metric) => metric === field(rule, "metric")) &&
    Array.isArray(field(rule, "levels"))
  ) as AlertRule[];
}

/** The lowest limit of each severity, rising. */
export function limitsOf(rules: readonly AlertRule[], metric: string): Limit[] {
  const lowest = new Map<Severity, number>();
  for (const { levels } of rules.filter((rule) => rule.metric === metric)) {
    for (const { severity, above } of levels) {
      lowest.set(severity, Math.min(above, lowest.get(severity) ?? Infinity));
    }
  }
  return [...lowest].map(([severity, above]) => ({ severity, above }))
    .sort((a, b) => a.above - b.above);
}
