import { expect, test } from "bun:test";
import fc from "fast-check";
import { readNumber } from "../../src/mapping/number_value.ts";

const CASES = [
  [12.5, 12.5],
  ["12.5", 12.5],
  [" 12.5\t", 12.5],
  ["+1e3", 1000],
  [".5", 0.5],
  ["5.", 5],
  ["007", 7],
  ["-0", -0],
  [12n, 12],
  [null, null],
  [undefined, null],
  ["", null],
  ["  ", null],
  [Infinity, NaN],
  [NaN, NaN],
  ["Infinity", NaN],
  ["NaN", NaN],
  ["1e400", NaN],
  ["0x10", NaN],
  [" 0b1", NaN],
  ["0O7", NaN],
  ["1,5", NaN],
  ["12 W", NaN],
  [true, NaN],
  [{}, NaN],
  [[], NaN],
  [[1], NaN],
  [new Date(0), NaN],
] as const;

for (const [value, expected] of CASES) {
  test(`number: ${typeof value} ${JSON.stringify(String(value))} is ${expected}`, () => {
    expect(readNumber(value, false)).toBe(expected);
  });
}

const COMMA_CASES = [
  ["1,5", 1.5],
  ["-1.234,5", -1234.5],
  ["1.234.567", 1234567],
  ["1.5", NaN],
  ["1,234,567", NaN],
  ["1,234.5", NaN],
  ["15", 15],
  ["", null],
] as const;

for (const [text, expected] of COMMA_CASES) {
  test(`number with a decimal comma: ${JSON.stringify(text)} is ${expected}`, () => {
    expect(readNumber(text, true)).toBe(expected);
  });
}

test("number: every finite double written as text is read back", () => {
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
    expect(readNumber(String(value), false)).toBe(Object.is(value, -0) ? 0 : value);
  }));
});
