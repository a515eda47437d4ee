/** Which of a record's columns nothing reads: reported, so that a renamed column is noticed. */
import { METRICS } from "../model/reading.ts";
import type { Fields } from "../model/record.ts";
import { topLevelKey } from "./column.ts";
import type { SourceDeclaration } from "./declaration.ts";

/** Key sets remembered; records of one source have few, an attacker's have many. */
const KEY_SETS_MAX = 256;

export class UnknownColumns {
  readonly #used: ReadonlySet<string>;
  readonly #byKeySet = new Map<string, readonly string[]>();
  #lastKeys: readonly string[] = [];
  #lastUnknown: readonly string[] = [];

  constructor(declaration: SourceDeclaration) {
    const columns = [...usedColumns(declaration), ...declaration.ignore];
    this.#used = new Set(columns.flatMap((column) => [column, topLevelKey(column)]));
  }

  of(fields: Fields): readonly string[] {
    const keys = Object.keys(fields);
    if (sameKeys(keys, this.#lastKeys)) return this.#lastUnknown;
    const keySet = keys.join("\u0000");
    let unknown = this.#byKeySet.get(keySet);
    if (unknown === undefined) {
      unknown = keys.filter((key) => !this.#used.has(key));
      if (this.#byKeySet.size < KEY_SETS_MAX) this.#byKeySet.set(keySet, unknown);
    }
    this.#lastKeys = keys;
    this.#lastUnknown = unknown;
    return unknown;
  }
}

/** Every column that a declaration's rules read, or decide by. */
export function usedColumns(declaration: SourceDeclaration): string[] {
  return [...valueColumns(declaration), ...askedColumns(declaration)];
}

/** Columns whose values become a part of a reading. */
export function valueColumns(declaration: SourceDeclaration): string[] {
  const columns: string[] = [];
  for (const rule of declaration.hostId ?? []) if ("column" in rule) columns.push(rule.column);
  for (const rule of declaration.timestamp ?? []) columns.push(rule.column);
  for (const rule of declaration.region ?? []) {
    if ("column" in rule && rule.column !== null) columns.push(rule.column);
  }
  for (const metric of METRICS) {
    for (const rule of declaration.metrics[metric] ?? []) columns.push(rule.column);
  }
  if (declaration.sensors !== undefined) columns.push(declaration.sensors);
  return columns;
}

/** Columns that some `when` asks. */
function askedColumns(declaration: SourceDeclaration): string[] {
  const rules = METRICS.flatMap((metric) => declaration.metrics[metric] ?? []);
  return [declaration.when, ...rules.map((rule) => rule.when)].flatMap((when) => Object.keys(when));
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
