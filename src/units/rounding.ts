/**
 * Rounding that gives the decimal a person expects. Binary fractions carry noise that a conversion
 * would make visible (0.29 · 100 = 28.999999999999996); here one multiplication lands within half
 * a unit of an integer, and one correctly rounded division gives the double nearest the decimal.
 */

/** To one decimal, ties towards +∞; `tenths` is the value times ten. Never gives −0. */
export function roundTenths(tenths: number): number {
  return Math.round(tenths) / 10 + 0;
}

/**
 * `value · factor` to d decimals: `multiplier` is factor · 10^d, `divisor` is 10^d. Where factor is
 * a power of ten the decimal result is exact. A product beyond 2^53 units is given unrounded.
 */
export function scaleDecimal(value: number, multiplier: number, divisor: number): number {
  const units = Math.round(value * multiplier);
  return Number.isSafeInteger(units) ? units / divisor + 0 : value * (multiplier / divisor);
}
