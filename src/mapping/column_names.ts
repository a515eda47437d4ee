/** What a column's name says: its words, and the unit written in it. */
import { findUnit, type Quantity, type Unit } from "../units/catalogue.ts";

/**
 * The words of a name, lower case: `ReadingCelsius` → reading, celsius; `Temp [°C]` → temp, °c;
 * `system.cpu.total.pct` → system, cpu, total, pct.
 */
export function nameWords(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}°º%℃℉]+/u)
    .filter((word) => word !== "");
}

/**
 * The unit that a column's name states, or null: `temp_fahrenheit`, `Power [kW]`, `voltage_v`. The
 * last word that is a unit counts; a single letter is one only at the end (`disk_c_temp` is not °C).
 */
export function unitInName(quantity: Quantity, name: string): Unit | null {
  const words = nameWords(name).reverse().filter((word, i) => i === 0 || word.length > 1);
  for (const text of [...bracketed(name), ...words]) {
    const unit = findUnit(quantity, text);
    if (unit !== null) return unit;
  }
  return null;
}

/** `Power [kW]`, `Voltage (mV)`: what stands in brackets, with its case. */
export function bracketed(name: string): string[] {
  return [...name.matchAll(/[[(]([^\])]+)[\])]/g)].map((match) => match[1]!);
}
