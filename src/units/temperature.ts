/** Temperatures to °C. Celsius stays as it came; the others are rounded to one decimal. */
import { roundTenths } from "./rounding.ts";

/** (f − 32) · 5/9 to one decimal. In tenths: (50·f − 1600) / 9, so whole and half °F are exact. */
export function fahrenheitToCelsius(fahrenheit: number): number {
  return roundTenths((50 * fahrenheit - 1600) / 9);
}

/**
 * k − 273.15 to one decimal. In tenths: 10·k − 2731.5. Every whole kelvin is a tie (308 K is
 * 34.85 °C) and is rounded up, to 34.9.
 */
export function kelvinToCelsius(kelvin: number): number {
  return roundTenths(10 * kelvin - 2731.5);
}
