/**
 * Query parameters: each route declares the ones it knows, and gets typed values or an answer 400
 * that names the parameter, the rule and what was given. An unknown or repeated one is refused, so
 * that a misspelt filter never quietly means "everything".
 */
import { LIMITS } from "../src/limits.ts";
import { HttpError } from "../src/server/http_error.ts";

/** How one parameter is read; `otherwise` stands where it is absent. */
export interface Parameter<T> {
  /** Throws `HttpError` 400 through `fail`. */
  readonly read: (text: string, fail: (rule: string) => never) => T;
  readonly otherwise: (() => T) | null;
}

export type Schema = Readonly<Record<string, Parameter<unknown>>>;
export type Values<S extends Schema> = {
  readonly [K in keyof S]: S[K] extends Parameter<infer T> ? T : never;
};

/** @throws {HttpError} 400 `unknown_parameter`, `repeated_parameter`, `missing_parameter` or `invalid_parameter`. */
export function readParameters<S extends Schema>(url: string, schema: S): Values<S> {
  const given = new URL(url).searchParams;
  const known = Object.keys(schema);
  for (const name of new Set(given.keys())) {
    if (!Object.hasOwn(schema, name)) throw unknownParameter(name, known);
    if (given.getAll(name).length > 1) {
      throw bad("repeated_parameter", `Cannot read ${name}: it is given more than once.`);
    }
  }
  const values: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(schema)) {
    values[name] = readOne(name, given.get(name), parameter);
  }
  return values as Values<S>;
}

function readOne(name: string, text: string | null, parameter: Parameter<unknown>): unknown {
  if (text !== null) {
    return parameter.read(text, (rule) => {
      throw bad("invalid_parameter", `Cannot read ${name}: ${rule}, got ${quoted(text)}.`);
    });
  }
  if (parameter.otherwise !== null) return parameter.otherwise();
  throw bad("missing_parameter", `The parameter ${name} is missing.`);
}

function unknownParameter(name: string, known: readonly string[]): HttpError {
  const rest = known.length === 0 ? "this path takes none" : `this path knows ${known.join(", ")}`;
  return bad("unknown_parameter", `There is no parameter ${quoted(name)}; ${rest}.`);
}

/** A parameter that may be left out. */
export function optional<T>(parameter: Parameter<T>): Parameter<T | null> {
  return { read: parameter.read, otherwise: () => null };
}

export function withDefault<T>(parameter: Parameter<T>, value: T): Parameter<T> {
  return { read: parameter.read, otherwise: () => value };
}

/** Non-empty text. U+0000 is refused: PostgreSQL's text has no such character. */
export function text(charsMax: number): Parameter<string> {
  return {
    otherwise: null,
    read: (given, fail) => {
      if (given === "") fail("it must not be empty");
      if (given.length > charsMax) fail(`at most ${charsMax} characters`);
      if (given.includes("\0")) fail("it must not hold U+0000");
      return given;
    },
  };
}

export const hostId = text(LIMITS.hostIdCharsMax);
export const region = text(LIMITS.regionCharsMax);

export function choice<const T extends string>(allowed: readonly T[]): Parameter<T> {
  return {
    otherwise: null,
    read: (given, fail) =>
      allowed.find((value) => value === given) ?? fail(`it must be one of ${allowed.join(", ")}`),
  };
}

export function wholeNumber(min: number, max: number): Parameter<number> {
  return {
    otherwise: null,
    read: (given, fail) => {
      const value = /^\d{1,16}$/.test(given) ? Number(given) : NaN;
      if (!(value >= min && value <= max)) fail(`it must be a whole number ${min}–${max}`);
      return value;
    },
  };
}

export function decimalNumber(min: number, max: number): Parameter<number> {
  return {
    otherwise: null,
    read: (given, fail) => {
      const value = /^\d{1,9}(?:\.\d{1,9})?$/.test(given) ? Number(given) : NaN;
      if (!(value >= min && value <= max)) fail(`it must be a number ${min}–${max}`);
      return value;
    },
  };
}

/** An instant, epoch ms: `2025-11-21T02:42:56Z`, with an offset, without a zone (UTC), or ms. */
export const instant: Parameter<number> = {
  otherwise: null,
  read: (given, fail) => {
    const atMs = /^\d+$/.test(given) ? epochMs(given, fail) : isoMs(given, fail);
    if (!(atMs >= 0 && atMs <= LIMITS.timeMsMax)) fail("a time lies between 1970 and 2100");
    return atMs;
  },
};

/** Nine to eleven digits are seconds of 2001–5138, and milliseconds of 1970–73: never meant. */
function epochMs(given: string, fail: (rule: string) => never): number {
  const value = Number(given);
  if (value >= 1e9 && value < 1e11) {
    fail("numbers are epoch milliseconds, this one looks like seconds: add 000");
  }
  return value;
}

function isoMs(given: string, fail: (rule: string) => never): number {
  // A "+" that was not written %2B arrives as a space.
  const text = given.replace(/(:\d\d(?:\.\d+)?) (\d\d:?\d\d)$/, "$1+$2").replace(
    /^(\S{10}) /,
    "$1T",
  );
  const match = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?)?$/i
    .exec(text);
  if (match === null) {
    return fail("a time is ISO 8601 like 2025-11-21T02:42:56Z, or epoch milliseconds");
  }
  const [, day, time = "00:00", zone = "Z"] = match;
  const offset = zone.toUpperCase().replace(/^([+-]\d\d):?(\d\d)$/, "$1:$2");
  const atMs = Date.parse(`${day}T${time}${offset}`);
  // Date.parse turns 02-30 into 03-02 rather than refusing it.
  const dayMs = Date.parse(`${day}T00:00Z`);
  if (!Number.isFinite(atMs) || new Date(dayMs).toISOString().slice(0, 10) !== day) {
    fail("there is no such date or time");
  }
  return atMs;
}

/** A half-open range of time, [fromMs, toMs). */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

const HOUR_MS = 3_600_000;

/**
 * `from` and `to` as a range: without `to` it ends now, without `from` it is `spanMs` long.
 *
 * @throws {HttpError} 400 unless from < to.
 */
export function timeRange(
  given: { readonly from: number | null; readonly to: number | null },
  nowMs: number,
  spanMs: number = HOUR_MS,
): TimeRange {
  const toMs = given.to ?? nowMs;
  const fromMs = given.from ?? Math.max(0, toMs - spanMs);
  requireOrder(fromMs, toMs);
  return { fromMs, toMs };
}

/** @throws {HttpError} 400 where both are given and from ≥ to. */
export function requireOrder(fromMs: number | null, toMs: number | null): void {
  if (fromMs === null || toMs === null || fromMs < toMs) return;
  const iso = (atMs: number) => new Date(atMs).toISOString();
  throw bad(
    "invalid_range",
    `Cannot read the range: from must lie before to, got from ${iso(fromMs)} and to ${iso(toMs)}.`,
  );
}

/** @throws {HttpError} 400 for a longer range; `spanMsMax` is of whole days. */
export function requireSpan({ fromMs, toMs }: TimeRange, spanMsMax: number): void {
  if (toMs - fromMs <= spanMsMax) return;
  const days = (spanMs: number) => Number((spanMs / (24 * HOUR_MS)).toFixed(1));
  throw bad(
    "range_too_long",
    `Cannot read the range: from and to lie at most ${days(spanMsMax)} days apart, ` +
      `got ${days(toMs - fromMs)} days.`,
  );
}

/** @throws {HttpError} 400 for a moment that has not come yet. */
export function requirePast(atMs: number | null, nowMs: number): void {
  if (atMs === null || atMs <= nowMs) return;
  const iso = (ms: number) => new Date(ms).toISOString();
  throw bad(
    "invalid_parameter",
    `Cannot read at: it must not lie in the future, got ${iso(atMs)}; it is ${iso(nowMs)} now.`,
  );
}

export function bad(code: string, message: string): HttpError {
  return new HttpError(400, code, message);
}

function quoted(given: string): string {
  return JSON.stringify(given.length > 80 ? `${given.slice(0, 80)}…` : given);
}
