import { expect, test } from "bun:test";
import fc from "fast-check";
import { convert, findUnit, QUANTITIES, unitOf, unitsOf } from "../../src/units/catalogue.ts";

/** `numerator / denominator` to one decimal, ties up, in integers: no floating point is trusted. */
function oneDecimal(numerator: bigint, denominator: bigint): number {
  const doubled = 20n * numerator + denominator;
  const quotient = doubled / (2n * denominator);
  const floor = doubled < 0n && doubled % (2n * denominator) !== 0n ? quotient - 1n : quotient;
  return Number(`${floor}e-1`) + 0;
}

test("fahrenheit: every whole degree of the demo's range is exact to one decimal", () => {
  for (let f = 95; f <= 185; f++) {
    expect(convert("temperature", "fahrenheit", f)).toBe(oneDecimal(BigInt(f - 32) * 5n, 9n));
  }
});

test("fahrenheit: any decimal of four places is exact to one decimal", () => {
  fc.assert(fc.property(fc.integer({ min: -760_000, max: 3_020_000 }), (units) => {
    const expected = oneDecimal((BigInt(units) - 320_000n) * 5n, 90_000n);
    expect(convert("temperature", "fahrenheit", Number(`${units}e-4`))).toBe(expected);
  }));
});

test("kelvin: any decimal of two places is exact to one decimal", () => {
  fc.assert(fc.property(fc.integer({ min: 21_315, max: 42_315 }), (units) => {
    const expected = oneDecimal(BigInt(units) - 27_315n, 100n);
    expect(convert("temperature", "kelvin", Number(`${units}e-2`))).toBe(expected);
  }));
});

test("kelvin: every whole kelvin of the demo's range ends in the decimal .9", () => {
  for (let k = 308; k <= 358; k++) {
    expect(convert("temperature", "kelvin", k)).toBe(Number(`${k - 274}.9`));
  }
});

test("kelvin: a tie below zero is rounded up, as the double of k − 273.15 is", () => {
  expect(convert("temperature", "kelvin", 200)).toBe(-73.1);
});

test("temperatures: zero is never negative zero", () => {
  expect(Object.is(convert("temperature", "fahrenheit", 31.95), 0)).toBe(true);
});

test("celsius: stays as it came, to the last digit", () => {
  expect(convert("temperature", "celsius", 25.157894736842106)).toBe(25.157894736842106);
});

test("fraction: every hundredth gives its whole percent without binary noise", () => {
  for (let hundredth = 0; hundredth <= 100; hundredth++) {
    expect(convert("ratio", "fraction", hundredth / 100)).toBe(hundredth);
  }
});

test("fraction: any decimal of eight places becomes the percent a person would write", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 100_000_000 }), (units) => {
    const percent = Number(`${units}e-6`);
    expect(convert("ratio", "fraction", Number(`${units}e-8`))).toBe(percent);
  }));
});

test("kilowatts: any decimal of six places becomes the watts a person would write", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), (milliwatts) => {
    const watts = Number(`${milliwatts}e-3`);
    expect(convert("power", "kilowatts", Number(`${milliwatts}e-6`))).toBe(watts);
  }));
});

test("kilowatts: a value beyond the precision of rounding is multiplied and nothing else", () => {
  expect(convert("power", "kW", 1e18)).toBe(1e21);
});

test("btu per hour: 1000 BTU/h are 293.071 W", () => {
  expect(convert("power", "BTU/h", 1000)).toBe(293.071);
});

test("millivolts: 11930 mV are 11.93 V", () => {
  expect(convert("voltage", "mV", 11_930)).toBe(11.93);
});

test("conversions: every unit keeps the order of values, one of what is idle turns it round", () => {
  const value = fc.double({ min: -1e5, max: 1e5, noNaN: true });
  for (const unit of QUANTITIES.flatMap(unitsOf)) {
    fc.assert(fc.property(value, value, (a, b) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      const [first, last] = unit.name.endsWith("_idle") ? [high, low] : [low, high];
      expect(unit.toCanonical(first)).toBeLessThanOrEqual(unit.toCanonical(last));
    }));
  }
});

test("conversions: a finite value never becomes NaN", () => {
  for (const unit of QUANTITIES.flatMap(unitsOf)) {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(Number.isNaN(unit.toCanonical(value))).toBe(false);
    }));
  }
});

test("unit names: the ways people write a unit lead to it", () => {
  const written = [
    ["temperature", "°C", "celsius"],
    ["temperature", "degC", "celsius"],
    ["temperature", "F", "fahrenheit"],
    ["temperature", " K ", "kelvin"],
    ["ratio", "%", "percent"],
    ["ratio", "Ratio", "fraction"],
    ["voltage", "V", "volts"],
    ["power", "kW", "kilowatts"],
    ["power", "BTU/hr", "btu_per_hour"],
  ] as const;
  for (const [quantity, text, name] of written) expect(unitOf(quantity, text).name).toBe(name);
});

test("unit names: milli and mega are told apart by case, and otherwise not guessed", () => {
  expect(findUnit("power", "mW")?.name).toBe("milliwatts");
  expect(findUnit("power", "MW")?.name).toBe("megawatts");
  expect(findUnit("power", "mw")).toBeNull();
  expect(findUnit("voltage", "MV")).toBeNull();
});

test("unit names: an unknown one is refused with the known ones listed", () => {
  expect(() => convert("temperature", "rankine", 1)).toThrow(
    `Cannot convert temperature: no unit "rankine"; known are celsius, fahrenheit, kelvin`,
  );
});
