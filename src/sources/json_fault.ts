/**
 * Says where and why a text isn't JSON (RFC 8259). `JSON.parse` decides; this explains to a person
 * what it refused, because the engine's own message names no place. Iterative: nesting costs no
 * stack.
 */

export interface JsonFault {
  /** Character (UTF-16 unit) in the text, from 0; the text's length where it ends too early. */
  readonly at: number;
  /** What would have been right there. */
  readonly expected: string;
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** The first fault, or null where the text is JSON. Agrees with `JSON.parse`. */
export function jsonFault(text: string): JsonFault | null {
  const scan = new Scan(text);
  /** Closing brackets still owed, innermost last. */
  const open: ("}" | "]")[] = [];
  try {
    for (;;) {
      let done = value(scan, open);
      while (done) {
        const close = open.at(-1);
        scan.space();
        if (close === undefined) {
          if (!scan.atEnd()) scan.fail("nothing after the value");
          return null;
        }
        if (scan.take(close)) {
          open.pop();
        } else {
          if (!scan.take(",")) scan.fail(`"," or "${close}"`);
          if (close === "}") key(scan);
          done = false;
        }
      }
    }
  } catch (error) {
    if (error instanceof Fault) return { at: error.at, expected: error.expected };
    throw error;
  }
}

/** `invalid JSON at character 12: expected ":", got "}"`. */
export function describeJsonFault(text: string, fault: JsonFault): string {
  const got = fault.at >= text.length
    ? "the end"
    : JSON.stringify(String.fromCodePoint(text.codePointAt(fault.at) ?? 0));
  return `invalid JSON at character ${fault.at + 1}: expected ${fault.expected}, got ${got}`;
}

/** Whether brackets outside of strings nest deeper than `depthMax`. One pass, no stack. */
export function nestsDeeperThan(text: string, depthMax: number): boolean {
  if (text.length <= 2 * depthMax) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 34) {
      for (at++; at < text.length && text.charCodeAt(at) !== 34; at++) {
        if (text.charCodeAt(at) === 92) at++;
      }
    } else if (char === 91 || char === 123) {
      if (++depth > depthMax) return true;
    } else if (char === 93 || char === 125) {
      depth--;
    }
  }
  return false;
}

/** Reads a scalar or empty container (true: a value is complete) or opens one (false). */
function value(scan: Scan, open: ("}" | "]")[]): boolean {
  scan.space();
  if (scan.take("{")) {
    scan.space();
    if (scan.take("}")) return true;
    open.push("}");
    key(scan);
    return false;
  }
  if (scan.take("[")) {
    scan.space();
    if (scan.take("]")) return true;
    open.push("]");
    return false;
  }
  if (scan.at('"')) string(scan);
  else if (!scan.match(NUMBER) && !scan.match(WORD)) {
    scan.fail("a value (object, array, string, number, true, false or null)");
  }
  return true;
}

function key(scan: Scan): void {
  scan.space();
  if (!scan.at('"')) scan.fail("a field name in double quotes");
  string(scan);
  scan.space();
  if (!scan.take(":")) scan.fail('":"');
}

function string(scan: Scan): void {
  scan.take('"');
  while (!scan.take('"')) {
    if (scan.atEnd()) scan.fail("a closing double quote");
    if (scan.at("\\")) {
      if (!scan.match(ESCAPE)) scan.fail('an escape such as \\n, \\" or \\u0041');
    } else if (scan.control()) {
      scan.fail("an escape instead of a control character");
    } else {
      scan.skip();
    }
  }
}

class Fault extends Error {
  constructor(readonly at: number, readonly expected: string) {
    super(expected);
  }
}

class Scan {
  #at = 0;
  constructor(readonly text: string) {}
  at(char: string): boolean {
    return this.text[this.#at] === char;
  }
  atEnd(): boolean {
    return this.#at >= this.text.length;
  }
  control(): boolean {
    return this.text.charCodeAt(this.#at) < 32;
  }
  skip(): void {
    this.#at++;
  }
  take(char: string): boolean {
    if (!this.at(char)) return false;
    this.#at++;
    return true;
  }
  match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }
  space(): void {
    this.match(SPACE);
  }
  fail(expected: string): never {
    throw new Fault(this.#at, expected);
  }
}
