/** Edges of temperature bins, given in °C, as the number of degrees that the viewer wants. */
import { formatNumber, shownValue } from "./format.ts";

export function degreesText(celsius: number): string {
  const value = shownValue("temp_c", celsius);
  return formatNumber(value, Number.isInteger(value) ? 0 : 1);
}
