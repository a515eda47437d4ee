import { expect, test } from "bun:test";
import fc from "fast-check";
import { arrayLiteral, encodeValue, parseTimestamp, withoutNul } from "../../src/store/encode.ts";

test("an array literal quotes what PostgreSQL would read as syntax", () => {
  expect(arrayLiteral(["a,b", 'c"d', "e\\f", "{}", "NULL", "", null]))
    .toBe('{"a,b","c\\"d","e\\\\f","{}","NULL","",NULL}');
  expect(arrayLiteral([1, -2.5, 1e21, null, true])).toBe("{1,-2.5,1e+21,NULL,true}");
  expect(arrayLiteral([])).toBe("{}");
});

test("a scalar is its text and null stays null", () => {
  expect(encodeValue("x")).toBe("x");
  expect(encodeValue(0.1)).toBe("0.1");
  expect(encodeValue(true)).toBe("t");
  expect(encodeValue(null)).toBeNull();
});

test("a timestamp reads as epoch milliseconds in any zone", () => {
  const atMs = Date.UTC(2025, 10, 21, 2, 42, 56);
  expect(parseTimestamp("2025-11-21 02:42:56+00")).toBe(atMs);
  expect(parseTimestamp("2025-11-21 08:12:56+05:30")).toBe(atMs);
  expect(parseTimestamp("2025-11-20 21:12:56-0530")).toBe(atMs);
  expect(parseTimestamp("2025-11-21 02:42:56.5+00")).toBe(atMs + 500);
  expect(parseTimestamp("2025-11-21 02:42:56.001999+00")).toBe(atMs + 1);
  expect(parseTimestamp("1969-12-31 23:59:59.5+00")).toBe(-500);
  expect(parseTimestamp("infinity")).toBe(Infinity);
});

test("every millisecond of a century survives PostgreSQL's text form", () => {
  fc.assert(fc.property(fc.integer({ min: 946_684_800_000, max: 4_102_444_800_000 }), (atMs) => {
    const [day, time] = new Date(atMs).toISOString().split("T");
    expect(parseTimestamp(`${day} ${time!.slice(0, -1)}+00`)).toBe(atMs);
  }));
});

test("a timestamp in another style is refused rather than guessed", () => {
  expect(() => parseTimestamp("21.11.2025 02:42:56 UTC")).toThrow(RangeError);
});

test("NUL becomes its picture", () => {
  expect(withoutNul("a\0b\0")).toBe("a␀b␀");
});
