/**
 * Which texts may name a host or a region. They end up in SQL, HTML, CSV, logs, metrics and
 * terminals: what could break a line, hide or reorder text anywhere is refused here once.
 */
import { LIMITS } from "../limits.ts";

/**
 * Control characters (NUL, CR, LF, escape), line separators, unpaired surrogates (they have no
 * UTF-8), and the marks that reorder text on screen (Unicode TR36, bidirectional spoofing).
 */
const UNSAFE = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** The rule that a trimmed host name breaks, or null. */
export function hostIdFault(text: string): string | null {
  return nameFault(text, "a host_id", LIMITS.hostIdCharsMax);
}

export function regionFault(text: string): string | null {
  return nameFault(text, "a region", LIMITS.regionCharsMax);
}

function nameFault(text: string, what: string, charsMax: number): string | null {
  if (text === "") return `${what} must not be blank`;
  if (text.length > charsMax) return `${what} has at most ${charsMax} characters`;
  return UNSAFE.test(text)
    ? `${what} holds no control, line-break or text-direction characters`
    : null;
}

/** A JSON value or cell as a trimmed name: texts and whole numbers; null for anything else. */
export function nameText(value: unknown): string | null {
  if (typeof value === "string") return value.trim();
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : null;
  return typeof value === "bigint" ? value.toString() : null;
}

/** Names known at once; the map is cleared when full, so that endless new names cost no memory. */
const KNOWN_MAX = 16_384;

/**
 * What was found out about a name, kept for the next record of the same host. Keys are copies: a
 * cell cut from a chunk of a file would otherwise keep the whole chunk in memory.
 */
export class NameCache<V extends string | null> {
  readonly #known = new Map<string, V>();

  get(text: string): V | undefined {
    return this.#known.get(text);
  }

  /** Gives back the value to use: where it is the very text, its copy. */
  set(text: string, value: V): V {
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    const key = Buffer.from(text, "utf16le").toString("utf16le");
    const kept = (value === text ? key : value) as V;
    this.#known.set(key, kept);
    return kept;
  }
}
