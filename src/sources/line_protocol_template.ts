/**
 * The shape of an agent's lines in InfluxDB's line protocol, as `line_template.ts` has it of JSON:
 *
 *     cpu,cpu=cpu-total,host=web-1 usage_idle=97.5,count=3i 1763692976000000000
 *                            ─────            ────       ─  ───────────────────
 *
 * Slots have the names of the record's columns (line_protocol.ts): `tags.host`, `fields.usage_idle`,
 * `timestamp`. Promises the values of `parseLineProtocol`, to the bit, for every line it matches;
 * escapes, texts in quotes and numbers written in another way are parsed.
 */
import type { Slot } from "../model/line_values.ts";
import { type IsDeciding, Template, TEMPLATE_BYTES_MAX } from "./template.ts";

const LINE =
  /^([^,= "]+)((?:,[^,= "]+=[^,= "]+)*) ([^,= "]+=[^,= "]+(?:,[^,= "]+=[^,= "]+)*) (-?\d{1,19})$/;
const PLAIN = /^[ !-[\]-~]*$/;
/** A number, and what says that it is a whole one. */
const NUMBER = /^(-?[0-9]+(?:\.[0-9]+)?)([iu]?)$/;
const COMMA = 44, EQUALS = 61, SPACE = 32, BACKSLASH = 92, QUOTE = 34, TILDE = 126;
const MINUS = 45, ZERO = 48, NINE = 57;
const TIMESTAMP_DIGITS_MAX = 19;
/** A key that is taken for a path names nothing. */
const IS_PATH = /[.[]/;

export class LineProtocolTemplate extends Template {
  /** Null of what is no such line, has no timestamp, or has a key twice. */
  static of(line: string, isDeciding: IsDeciding = () => false): LineProtocolTemplate | null {
    if (line.length > TEMPLATE_BYTES_MAX || !PLAIN.test(line)) return null;
    const found = LINE.exec(line);
    if (found === null) return null;
    const [, name = "", tags = "", fields = "", timestamp = ""] = found;
    const parts = new Parts(isDeciding);
    const isOnce = parts.pairs("tags", tags.slice(1), name.length + 1) &&
      parts.pairs("fields", fields, name.length + tags.length + 1);
    if (!isOnce) return null;
    parts.slot("timestamp", "text", line.length - timestamp.length, line.length);
    return new LineProtocolTemplate(parts.slots, parts.literals(line));
  }

  protected override textEnd(slot: number, bytes: Uint8Array, from: number, to: number): number {
    if (slot === this.slots.length - 1) return timestampEnd(bytes, from, to);
    let at = from;
    for (; at < to; at++) {
      const byte = bytes[at]!;
      if (byte === COMMA || byte === SPACE) break;
      if (byte < SPACE || byte > TILDE || byte === EQUALS) return -1;
      if (byte === BACKSLASH || byte === QUOTE) return -1;
    }
    return at;
  }
}

function timestampEnd(bytes: Uint8Array, from: number, to: number): number {
  const first = bytes[from] === MINUS ? from + 1 : from;
  if (to - first > TIMESTAMP_DIGITS_MAX || to === first) return -1;
  for (let at = first; at < to; at++) {
    const byte = bytes[at]!;
    if (byte < ZERO || byte > NINE) return -1;
  }
  return to;
}

/** The slots of a line, and where in it they lie. */
class Parts {
  readonly slots: Slot[] = [];
  readonly #isDeciding: IsDeciding;
  readonly #ranges: (readonly [number, number])[] = [];

  constructor(isDeciding: IsDeciding) {
    this.#isDeciding = isDeciding;
  }

  slot(key: string, kind: Slot["kind"], from: number, to: number): void {
    this.slots.push({ key, kind });
    this.#ranges.push([from, to]);
  }

  /** `a=1,b=2`, from this place of the line on; false where a key stands twice. */
  pairs(group: "tags" | "fields", text: string, at: number): boolean {
    const keys = new Set<string>();
    let from = at;
    for (const pair of text === "" ? [] : text.split(",")) {
      const equals = pair.indexOf("=");
      const key = pair.slice(0, equals);
      if (keys.has(key)) return false;
      keys.add(key);
      this.#value(group, key, pair.slice(equals + 1), from + equals + 1);
      from += pair.length + 1;
    }
    return true;
  }

  #value(group: "tags" | "fields", key: string, value: string, at: number): void {
    const column = `${group}.${key}`;
    if (this.#isDeciding(column)) return;
    const name = IS_PATH.test(key) ? "" : column;
    if (group === "tags") return this.slot(name, "text", at, at + value.length);
    const number = NUMBER.exec(value);
    // Truths and exponents are a part of the shape.
    if (number === null || (number[2] !== "" && value.includes("."))) return;
    this.slot(name, "number", at, at + number[1]!.length);
  }

  literals(line: string): string[] {
    let end = 0;
    const literals = this.#ranges.map(([from, to]) => {
      const literal = line.slice(end, from);
      end = to;
      return literal;
    });
    return [...literals, line.slice(end)];
  }
}
