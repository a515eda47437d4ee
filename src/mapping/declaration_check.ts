/** Typed reading of a declaration's table: each key by its rule, errors that say what to write. */
import { preview } from "./text.ts";

/** Raised where a declaration can't be understood; the message is for who wrote it. */
export class DeclarationError extends Error {
  override readonly name = "DeclarationError";
}

export type Table = Readonly<Record<string, unknown>>;

/** Where in the configuration a value stands: `rackwatch.toml, source 2 "lab": timezone`. */
export type Where = string;

export function fail(where: Where, rule: string, value: unknown, instead: string): never {
  const got = value === undefined ? "nothing" : preview(value);
  throw new DeclarationError(`${where}: ${rule}, got ${got}; write ${instead}`);
}

export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}

export function textOf(value: unknown, where: Where, instead: string): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  return fail(where, "must be a text that is not blank", value, instead);
}

export function booleanOf(value: unknown, where: Where): boolean {
  return typeof value === "boolean"
    ? value
    : fail(where, "must be true or false", value, "it without quotes");
}

/** Seconds → milliseconds; zero is never. */
export function silentAfterMsOf(value: unknown, where: Where): number {
  const isGood = typeof value === "number" && (value === 0 || value >= 1 && value <= 31_536_000);
  return isGood
    ? value * 1_000
    : fail(where, "must be a number of seconds from 1 to 31536000, or 0 for never", value, "300");
}

export function oneOf<T extends string>(
  value: unknown,
  known: readonly T[],
  where: Where,
): T {
  const found = known.find((each) => each === value);
  if (found !== undefined) return found;
  return fail(where, `must be one of ${known.join(", ")}`, value, suggestion(value, known));
}

/** A single value stands for a list of one. An empty list is refused. */
export function listOf<T>(
  value: unknown,
  where: Where,
  item: (value: unknown, where: Where) => T,
): T[] {
  if (!Array.isArray(value)) return [item(value, where)];
  if (value.length === 0) fail(where, "must not be empty", value, "at least one, or leave it out");
  return value.map((each, index) => item(each, `${where}[${index}]`));
}

/** Refuses a key that nothing reads: a mistyped one would change the meaning in silence. */
export function onlyKeys(table: Table, known: readonly string[], where: Where): void {
  for (const key of Object.keys(table)) {
    if (known.includes(key)) continue;
    throw new DeclarationError(
      `${where}: no setting ${preview(key)} here; did you mean ${suggestion(key, known)}? ` +
        `Known are ${known.join(", ")}`,
    );
  }
}

/** The known name nearest to what was written, in quotes. */
export function suggestion(written: unknown, known: readonly string[]): string {
  const text = typeof written === "string" ? written.toLowerCase() : "";
  let best = known[0] ?? "";
  let bestDistance = Infinity;
  for (const name of known) {
    const distance = editDistance(text, name.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return `"${best}"`;
}

/** Levenshtein's distance, by one row of the table; long texts are compared by their heads. */
function editDistance(a: string, b: string): number {
  const left = a.slice(0, 64);
  const right = b.slice(0, 64);
  let row = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const replaced = row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[right.length]!;
}
