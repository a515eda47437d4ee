import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  choice,
  decimalNumber,
  instant,
  optional,
  type Parameter,
  readParameters,
  requireOrder,
  text,
  timeRange,
  wholeNumber,
  withDefault,
} from "../../routes/parameters.ts";
import { HttpError } from "../../src/server/http_error.ts";
import { NOW_MS } from "./context.ts";

function read<T>(parameter: Parameter<T>, given: string): T {
  const query = new URLSearchParams({ p: given });
  return readParameters(`http://localhost/?${query}`, { p: parameter }).p;
}

function failure(task: () => unknown): HttpError {
  try {
    task();
  } catch (error) {
    if (error instanceof HttpError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

test("an unknown parameter is refused with its name and the known ones", () => {
  const error = failure(() =>
    readParameters("http://localhost/?regoin=x", { region: text(9), to: instant })
  );
  expect(error.status).toBe(400);
  expect(error.code).toBe("unknown_parameter");
  expect(error.message).toContain('"regoin"');
  expect(error.message).toContain("region, to");
});

test("names of Object's own properties are unknown parameters too", () => {
  for (const name of ["__proto__", "constructor", "toString"]) {
    expect(failure(() => readParameters(`http://localhost/?${name}=1`, {})).code)
      .toBe("unknown_parameter");
  }
});

test("a repeated parameter is refused", () => {
  const error = failure(() =>
    readParameters("http://localhost/?a=1&a=2", { a: wholeNumber(0, 9) })
  );
  expect(error.code).toBe("repeated_parameter");
});

test("a missing parameter is refused, an optional one is null, a default stands in", () => {
  const url = "http://localhost/";
  expect(failure(() => readParameters(url, { a: text(1) })).code).toBe("missing_parameter");
  expect(readParameters(url, { a: optional(text(1)) }).a).toBeNull();
  expect(readParameters(url, { a: withDefault(wholeNumber(1, 9), 5) }).a).toBe(5);
});

const INSTANTS: readonly (readonly [string, string])[] = [
  ["2025-11-21T02:42:56Z", "2025-11-21T02:42:56.000Z"],
  ["2025-11-21T02:42:56.5Z", "2025-11-21T02:42:56.500Z"],
  ["2025-11-21t02:42:56z", "2025-11-21T02:42:56.000Z"],
  ["2025-11-21T02:42:56", "2025-11-21T02:42:56.000Z"],
  ["2025-11-21 02:42:56", "2025-11-21T02:42:56.000Z"],
  ["2025-11-21T02:42", "2025-11-21T02:42:00.000Z"],
  ["2025-11-21", "2025-11-21T00:00:00.000Z"],
  ["2025-11-21T02:42:56+05:30", "2025-11-20T21:12:56.000Z"],
  ["2025-11-21T02:42:56 05:30", "2025-11-20T21:12:56.000Z"],
  ["2025-11-21T02:42:56-0800", "2025-11-21T10:42:56.000Z"],
  ["1763692976000", "2025-11-21T02:42:56.000Z"],
  ["0", "1970-01-01T00:00:00.000Z"],
];

for (const [given, iso] of INSTANTS) {
  test(`the time ${given} is ${iso}`, () => {
    expect(new Date(read(instant, given)).toISOString()).toBe(iso);
  });
}

const NO_INSTANTS = [
  ..."yesterday,now,2025-02-30,2025-13-01,2025-11-21T25:00Z,2025-11-21T02:42:56+99:99".split(","),
  ..."1763692976,-1,1e12,99999999999999999,2101-01-01,1969-12-31,21.11.2025,Infinity".split(","),
  "",
];

for (const given of NO_INSTANTS) {
  test(`the time "${given}" is refused`, () => {
    expect(failure(() => read(instant, given)).code).toBe("invalid_parameter");
  });
}

test("epoch seconds are refused with the remedy", () => {
  expect(failure(() => read(instant, "1763692976")).message).toContain("seconds: add 000");
});

test("any instant reads back from both of its spellings", () => {
  const spelled = fc.integer({ min: 1e11, max: 4_102_444_800_000 });
  fc.assert(fc.property(spelled, (atMs) => {
    expect(read(instant, String(atMs))).toBe(atMs);
    expect(read(instant, new Date(atMs).toISOString())).toBe(atMs);
  }));
});

test("whatever is given, a parameter gives a value within its rule or an answer 400", () => {
  const parameters = [instant, text(5), wholeNumber(1, 9), decimalNumber(0.5, 2), choice(["a"])];
  fc.assert(fc.property(fc.string(), fc.constantFrom(...parameters), (given, parameter) => {
    try {
      const value = read<unknown>(parameter, given);
      if (typeof value === "number") expect(Number.isFinite(value)).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(HttpError);
      expect((error as HttpError).status).toBe(400);
    }
  }));
});

const REFUSED: readonly (readonly [string, Parameter<unknown>, string])[] = [
  ["a whole number with a fraction", wholeNumber(1, 9), "1.5"],
  ["a whole number under its least", wholeNumber(1, 9), "0"],
  ["a whole number over its most", wholeNumber(1, 9), "10"],
  ["a hexadecimal number", wholeNumber(0, 99), "0x10"],
  ["a negative number", decimalNumber(0, 9), "-1"],
  ["an exponent", decimalNumber(0, 9), "1e0"],
  ["NaN", decimalNumber(0, 9), "NaN"],
  ["a choice that is none", choice(["asc", "desc"]), "ASC"],
  ["empty text", text(9), ""],
  ["text over its length", text(3), "four"],
  ["text with U+0000", text(3), "a\0"],
];

for (const [what, parameter, given] of REFUSED) {
  test(`${what} is refused`, () => {
    expect(failure(() => read(parameter, given)).code).toBe("invalid_parameter");
  });
}

test("a range without ends is the last span", () => {
  expect(timeRange({ from: null, to: null }, NOW_MS, 1_000))
    .toEqual({ fromMs: NOW_MS - 1_000, toMs: NOW_MS });
});

test("a range with an end only is the span before it", () => {
  expect(timeRange({ from: null, to: 5_000 }, NOW_MS, 1_000)).toEqual({
    fromMs: 4_000,
    toMs: 5_000,
  });
});

test("a range with a start only goes on to now", () => {
  expect(timeRange({ from: 5_000, to: null }, NOW_MS, 1_000)).toEqual({
    fromMs: 5_000,
    toMs: NOW_MS,
  });
});

test("a range that ends where it starts, or before, is refused with both times", () => {
  for (const to of [5_000, 4_999]) {
    const error = failure(() => timeRange({ from: 5_000, to }, NOW_MS, 1_000));
    expect(error.code).toBe("invalid_range");
    expect(error.message).toContain("1970-01-01T00:00:05.000Z");
  }
  expect(() => requireOrder(null, 5)).not.toThrow();
});
