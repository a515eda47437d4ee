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

/** The unit that a column's name states, or null. The last word that is a unit counts. */
export function unitInName(quantity: Quantity, name: string): Unit | null {
  for (const text of [...bracketed(name), ...nameWords(name).reverse()]) {
    // "ratio" and one-letter words name units; a lone "k" of a thousand things does not.
    const unit = findUnit(quantity, text);
    if (unit !== null) return unit;
  }
  return null;
}

/** `Power [kW]`, `Voltage (mV)`: what stands in brackets, with its case. */
function bracketed(name: string): string[] {
  return [...name.matchAll(/[[(]([^\])]+)[\])]/g)].map((match) => match[1]!);
}
