/**
 * Temperatures to °C, and back to °F for who reads them so. Celsius stays as it came; the others are
 * rounded to one decimal, ties up. The value is first taken to a whole number of billionths, in which every tie of a decimal is exact:
 * 308 K is 34.85 °C and so 34.9, where 308 − 273.15 in doubles is a matter of luck.
 */
import { roundTenths } from "./rounding.ts";

const BILLION = 1e9;

/** (f − 32) · 5/9 to one decimal; in tenths (50·f − 1600) / 9. */
export function fahrenheitToCelsius(fahrenheit: number): number {
  const billionths = Math.round(fahrenheit * BILLION);
  return roundTenths((50 * billionths - 1600 * BILLION) / (9 * BILLION));
}

/** k − 273.15 to one decimal; in tenths 10·k − 2731.5. */
export function kelvinToCelsius(kelvin: number): number {
  const billionths = Math.round(kelvin * BILLION);
  return roundTenths((10 * billionths - 2731.5 * BILLION) / BILLION);
}

/** c · 9/5 + 32, unrounded: it is only ever shown, never kept. */
export function celsiusToFahrenheit(celsius: number): number {
  return celsius * 9 / 5 + 32;
}
