/**
 * A column's name → its value in a record. A name may be a path into nested JSON
 * (`system.cpu.total.pct`, `values[0]`); a key that is exactly the name wins over the path, for
 * agents do write keys like `cpu0.p_cpu`. Only a record's own keys are seen, never its prototype.
 */
import type { Fields } from "../model/record.ts";

/** The value, or undefined where the record has none. */
export type ColumnReader = (fields: Fields) => unknown;

type Step = string | number;

export function compileColumn(name: string): ColumnReader {
  const steps = pathSteps(name);
  if (steps.length === 1) {
    return name in Object.prototype
      ? (fields) => Object.hasOwn(fields, name) ? fields[name] : undefined
      : (fields) => fields[name];
  }
  return (fields) => {
    const flat = fields[name];
    return flat !== undefined ? flat : walk(fields, steps);
  };
}

/** The key of the record itself under which the column's value is found. */
export function topLevelKey(name: string): string {
  return String(pathSteps(name)[0]);
}

function pathSteps(name: string): readonly Step[] {
  if (!/[.[]/.test(name)) return [name];
  const steps: Step[] = [];
  for (const match of name.matchAll(/\[(\d+)\]|([^.[\]]+)/g)) {
    steps.push(match[1] === undefined ? match[2]! : Number(match[1]));
  }
  // `a..b`, `[°C]` and the like are names and nothing else: a path gives itself back.
  const path = steps.map((step) => typeof step === "number" ? `[${step}]` : `.${step}`).join("");
  return path === `.${name}` && typeof steps[0] === "string" ? steps : [name];
}

function walk(fields: Fields, steps: readonly Step[]): unknown {
  let value: unknown = fields;
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!;
    if (typeof value !== "object" || value === null) return undefined;
    if (typeof step === "number" !== Array.isArray(value)) return undefined;
    if (!Object.hasOwn(value, step)) return undefined;
    value = (value as Record<Step, unknown>)[step];
  }
  return value;
}
