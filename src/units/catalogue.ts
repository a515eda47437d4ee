/**
 * Every unit the program knows, by quantity: its name, the other ways it is written, and how a
 * value becomes the canonical unit (°C, percent 0–100, volts, watts). A new unit is one line here.
 */
import { scaleDecimal } from "./rounding.ts";
import { fahrenheitToCelsius, kelvinToCelsius } from "./temperature.ts";

export const QUANTITIES = ["temperature", "ratio", "voltage", "power"] as const;
export type Quantity = (typeof QUANTITIES)[number];

export interface Unit {
  readonly name: string;
  readonly quantity: Quantity;
  /** As people write it after a number: `°F`. */
  readonly symbol: string;
  /** What the conversion does, in words: `(f − 32) · 5/9, to one decimal`. */
  readonly rule: string;
  /** Other spellings; case counts only where it tells milli from mega. */
  readonly aliases: readonly string[];
  readonly toCanonical: (value: number) => number;
}

const asIs = (value: number) => value;

// The BTU is the international table one (1055.05585262 J), an hour has 3600 s: ISO 80000-5.
const WATTS_PER_BTU_PER_HOUR = 1055.05585262 / 3600;

const UNITS: readonly Unit[] = [
  {
    name: "celsius",
    quantity: "temperature",
    symbol: "°C",
    rule: "as it is",
    aliases: ["°c", "ºc", "℃", "c", "degc", "deg_c", "centigrade", "degrees_celsius"],
    toCanonical: asIs,
  },
  {
    name: "fahrenheit",
    quantity: "temperature",
    symbol: "°F",
    rule: "(f − 32) · 5/9, to one decimal",
    aliases: ["°f", "ºf", "℉", "f", "degf", "deg_f", "degrees_fahrenheit"],
    toCanonical: fahrenheitToCelsius,
  },
  {
    name: "kelvin",
    quantity: "temperature",
    symbol: "K",
    rule: "k − 273.15, to one decimal",
    aliases: ["k", "°k", "degk", "kelvins"],
    toCanonical: kelvinToCelsius,
  },
  {
    name: "percent",
    quantity: "ratio",
    symbol: "%",
    rule: "as it is",
    aliases: ["%", "pct", "percentage", "per_cent"],
    toCanonical: asIs,
  },
  {
    name: "fraction",
    quantity: "ratio",
    symbol: "",
    rule: "× 100",
    aliases: ["ratio", "0-1", "0..1", "unit_interval"],
    // Ten decimals of a percent: beyond what is measured, below what binary noise shows.
    toCanonical: (value) => scaleDecimal(value, 1e12, 1e10),
  },
  {
    name: "percent_idle",
    quantity: "ratio",
    symbol: "% idle",
    rule: "100 − idle",
    aliases: ["idle_percent", "percent idle"],
    // Ten decimals, as above: 100 − 97.3 is 2.7.
    toCanonical: (value) => scaleDecimal(100 - value, 1e10, 1e10),
  },
  {
    name: "fraction_idle",
    quantity: "ratio",
    symbol: "idle",
    rule: "(1 − idle) × 100",
    aliases: ["idle_fraction", "fraction idle"],
    toCanonical: (value) => scaleDecimal(1 - value, 1e12, 1e10),
  },
  {
    name: "volts",
    quantity: "voltage",
    symbol: "V",
    rule: "as it is",
    aliases: ["v", "volt"],
    toCanonical: asIs,
  },
  {
    name: "millivolts",
    quantity: "voltage",
    symbol: "mV",
    rule: "÷ 1000",
    aliases: ["mV", "mv", "millivolt"],
    toCanonical: (value) => value / 1000,
  },
  {
    name: "kilovolts",
    quantity: "voltage",
    symbol: "kV",
    rule: "× 1000",
    aliases: ["kv", "kilovolt"],
    toCanonical: (value) => scaleDecimal(value, 1e9, 1e6),
  },
  {
    name: "watts",
    quantity: "power",
    symbol: "W",
    rule: "as it is",
    aliases: ["w", "watt"],
    toCanonical: asIs,
  },
  {
    name: "kilowatts",
    quantity: "power",
    symbol: "kW",
    rule: "× 1000",
    aliases: ["kw", "kilowatt"],
    toCanonical: (value) => scaleDecimal(value, 1e9, 1e6),
  },
  {
    name: "megawatts",
    quantity: "power",
    symbol: "MW",
    rule: "× 1,000,000",
    aliases: ["MW", "megawatt"],
    toCanonical: (value) => scaleDecimal(value, 1e12, 1e6),
  },
  {
    name: "milliwatts",
    quantity: "power",
    symbol: "mW",
    rule: "÷ 1000",
    aliases: ["mW", "milliwatt"],
    toCanonical: (value) => value / 1000,
  },
  {
    name: "btu_per_hour",
    quantity: "power",
    symbol: "BTU/h",
    rule: "× 0.29307107…, to three decimals",
    aliases: ["btu/h", "btu/hr", "btuh", "btu"],
    toCanonical: (value) => scaleDecimal(value, WATTS_PER_BTU_PER_HOUR * 1e3, 1e3),
  },
];

/** The unit a value already has to be in to be stored as it is. */
export const CANONICAL_UNITS: Readonly<Record<Quantity, string>> = {
  temperature: "celsius",
  ratio: "percent",
  voltage: "volts",
  power: "watts",
};

export function unitsOf(quantity: Quantity): readonly Unit[] {
  return UNITS.filter((unit) => unit.quantity === quantity);
}

/** The unit of that quantity written so, or null. `mW` and `MW` are told apart, `mw` is neither. */
export function findUnit(quantity: Quantity, written: string): Unit | null {
  const text = written.trim();
  const lower = text.toLowerCase().replace(/\s+/g, "_");
  const units = unitsOf(quantity);
  const exact = units.find((unit) => unit.name === lower || unit.aliases.includes(text));
  // Milli and mega differ by case alone: what is not written exactly is not guessed.
  if (exact !== undefined || /^m[vw]$/.test(lower)) return exact ?? null;
  return units.find((unit) => unit.aliases.includes(lower)) ?? null;
}

/** Throws a RangeError that lists what is known where the quantity has no such unit. */
export function unitOf(quantity: Quantity, written: string): Unit {
  const unit = findUnit(quantity, written);
  if (unit !== null) return unit;
  const known = unitsOf(quantity).map((each) => each.name).join(", ");
  throw new RangeError(
    `Cannot convert ${quantity}: no unit ${JSON.stringify(written)}; ` +
      `known are ${known}`,
  );
}

/** A value in the canonical unit of its quantity. Throws as `unitOf` does. */
export function convert(quantity: Quantity, unit: string, value: number): number {
  return unitOf(quantity, unit).toCanonical(value);
}
