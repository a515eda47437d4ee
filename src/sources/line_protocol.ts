/**
 * One line of InfluxDB's line protocol → a record of the shape that Telegraf's JSON has, so that one
 * mapping reads both:
 *
 * ```
 * cpu,cpu=cpu-total,host=web-1 usage_idle=97.5,count=3i 1763692976000000000
 * { name: "cpu", tags: { cpu: "cpu-total", host: "web-1" },
 *   fields: { usage_idle: 97.5, count: 3 }, timestamp: "1763692976000000000" }
 * ```
 *
 * Format: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/. Whole numbers
 * beyond 2^53 stay texts. A line without a timestamp is of when it came, as InfluxDB has it.
 */
import type { DeadLetter, RawRecord } from "../model/record.ts";
import { deadLetter, sample } from "./dead_letter.ts";

const COMMA = 44;
const EQUALS = 61;
const SPACE = 32;
const BACKSLASH = 92;
const QUOTE = 34;

const EXAMPLE = "cpu,host=web-1 usage_idle=97.5 1763692976000000000";

/** Tells a line of it from JSON and from prose: a name, a space, a field with its value. One pass. */
export function looksLikeLineProtocol(line: string): boolean {
  if (line === "" || NO_NAME.includes(line[0]!)) return false;
  let at = unescaped(line, 0, SPACE);
  if (at <= 0) return false;
  while (line.charCodeAt(at) === SPACE) at++;
  const equals = unescaped(line, at, EQUALS);
  // Behind it a value begins.
  return equals > at && line.charCodeAt(equals + 1) > SPACE;
}

/** What no name begins with: JSON does, and prose. */
const NO_NAME = ' \t,="{[';

/** Where the character stands, and no white space before it; -1 where it does not. */
function unescaped(line: string, from: number, wanted: number): number {
  for (let at = from; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code === wanted) return at;
    if (code <= SPACE) return -1;
    if (code === BACKSLASH) at++;
  }
  return -1;
}

/** @param arrivalMs When the line came: its time, where it has none of its own. */
export function parseLineProtocol(
  line: string,
  offset: number,
  arrivalMs: number,
): RawRecord | DeadLetter {
  try {
    const reader = new Reader(line);
    const name = reader.name();
    const tags = reader.tags();
    const fields = reader.fields();
    const timestamp = reader.timestamp() ?? arrivalMs;
    return { kind: "record", offset, fields: { name, tags, fields, timestamp }, raw: line };
  } catch (error) {
    if (!(error instanceof LineProtocolFault)) throw error;
    return deadLetter(offset, "invalid_line_protocol", error.message, line);
  }
}

class LineProtocolFault extends Error {}

function fault(rule: string, at: number, text: string): never {
  const got = text === "" ? "the line's end" : sample(text);
  throw new LineProtocolFault(`column ${at + 1}: ${rule}, got ${got}; like ${EXAMPLE}`);
}

/** Unescaped text ends at the first of these. */
const NAME_ENDS: readonly number[] = [COMMA, SPACE];
const KEY_ENDS: readonly number[] = [COMMA, SPACE, EQUALS];

class Reader {
  #at = 0;

  constructor(private readonly line: string) {}

  name(): string {
    return this.#text(NAME_ENDS, "a measurement's name is due");
  }

  tags(): Readonly<Record<string, string>> {
    const tags: [string, string][] = [];
    while (this.#take(COMMA)) {
      const key = this.#text(KEY_ENDS, "a tag's key is due");
      if (!this.#take(EQUALS)) fault(`"=" is due after the tag ${key}`, this.#at, this.#rest());
      tags.push([key, this.#text(KEY_ENDS, `the value of the tag ${key} is due`)]);
    }
    this.#spaces("fields are due after a space");
    // Own properties, whatever their names are.
    return Object.fromEntries(tags);
  }

  fields(): Readonly<Record<string, unknown>> {
    const fields: [string, unknown][] = [];
    do {
      const key = this.#text(KEY_ENDS, "a field's key is due");
      if (!this.#take(EQUALS)) fault(`"=" is due after the field ${key}`, this.#at, this.#rest());
      fields.push([key, this.#value(key)]);
    } while (this.#take(COMMA));
    return Object.fromEntries(fields);
  }

  /** Its digits as they came; null where there is none. */
  timestamp(): string | null {
    if (this.#rest().trim() === "") return null;
    this.#spaces("a timestamp is due after a space");
    const text = this.#rest().trimEnd();
    if (!/^-?\d{1,19}$/.test(text)) fault("a timestamp is a whole number", this.#at, text);
    return text;
  }

  #value(key: string): unknown {
    if (this.line.charCodeAt(this.#at) === QUOTE) return this.#quoted(key);
    const from = this.#at;
    while (this.#at < this.line.length) {
      const code = this.line.charCodeAt(this.#at);
      if (code === COMMA || code === SPACE) break;
      this.#at++;
    }
    const text = this.line.slice(from, this.#at);
    const value = fieldValue(text);
    if (value === undefined) {
      fault(`the field ${key} is a number, a text in quotes, true or false`, from, text);
    }
    return value;
  }

  #quoted(key: string): string {
    const from = this.#at;
    let text = "";
    let copied = ++this.#at;
    for (; this.#at < this.line.length; this.#at++) {
      const code = this.line.charCodeAt(this.#at);
      if (code === QUOTE) return text + this.line.slice(copied, this.#at++);
      if (code !== BACKSLASH) continue;
      const next = this.line.charCodeAt(this.#at + 1);
      if (next !== QUOTE && next !== BACKSLASH) continue;
      text += this.line.slice(copied, this.#at);
      copied = ++this.#at;
    }
    return fault(`the text of the field ${key} has no end`, from, this.line.slice(from));
  }

  /** Up to one of `ends`; a backslash takes its meaning from what follows, else it is itself. */
  #text(ends: readonly number[], due: string): string {
    const from = this.#at;
    let text = "";
    let copied = from;
    for (; this.#at < this.line.length; this.#at++) {
      const code = this.line.charCodeAt(this.#at);
      if (ends.includes(code)) break;
      if (code !== BACKSLASH) continue;
      const next = this.line.charCodeAt(this.#at + 1);
      if (!KEY_ENDS.includes(next)) continue;
      text += this.line.slice(copied, this.#at);
      copied = ++this.#at;
    }
    if (this.#at === from) fault(due, from, this.#rest());
    return text + this.line.slice(copied, this.#at);
  }

  #take(code: number): boolean {
    if (this.line.charCodeAt(this.#at) !== code) return false;
    this.#at++;
    return true;
  }

  #spaces(due: string): void {
    if (!this.#take(SPACE)) fault(due, this.#at, this.#rest());
    while (this.#take(SPACE));
  }

  #rest(): string {
    return this.line.slice(this.#at);
  }
}

/** Undefined where it is no field's value. */
function fieldValue(text: string): unknown {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return Number(text);
  if (/^[+-]?\d+[iu]$/.test(text)) {
    const digits = text.slice(0, -1);
    const value = Number(digits);
    return Number.isSafeInteger(value) ? value : digits;
  }
  if (/^(?:t|T|true|True|TRUE)$/.test(text)) return true;
  if (/^(?:f|F|false|False|FALSE)$/.test(text)) return false;
  return undefined;
}
