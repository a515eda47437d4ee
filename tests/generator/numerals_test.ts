import { expect, test } from "bun:test";
import fc from "fast-check";
import { pythonFloat, TimeText, twoDecimals } from "../../src/generator/numerals.ts";

test("TimeText: agrees with Date at any second, in any order", () => {
  const text = new TimeText();
  fc.assert(fc.property(fc.integer({ min: 0, max: 4_102_444_799 }), (seconds) => {
    const iso = new Date(seconds * 1000).toISOString();
    expect(text.format(seconds * 1000, "T")).toBe(iso.slice(0, 19));
    expect(text.format(seconds * 1000)).toBe(iso.slice(0, 19).replace("T", " "));
  }));
});

test("twoDecimals: always has two", () => {
  expect([0, 0.1, 0.29, 0.9, 11.8, 12, 11.995].map(twoDecimals)).toEqual(
    ["0.00", "0.10", "0.29", "0.90", "11.80", "12.00", "12.00"],
  );
});

test("pythonFloat: writes what json.dumps writes of a rounded float", () => {
  expect([11.934, 11.9, 12, 11.999].map((volts) => pythonFloat(volts, 2))).toEqual(
    ["11.93", "11.9", "12.0", "12.0"],
  );
  expect([812.34, 812, 0].map((watts) => pythonFloat(watts, 1))).toEqual(["812.3", "812.0", "0.0"]);
});
