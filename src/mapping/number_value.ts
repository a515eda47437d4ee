/** A cell or JSON value as a number: numbers, bigints and decimal texts; nothing else is guessed. */

/**
 * The number; null where there is none (null, absent, blank); NaN where it is no finite number:
 * booleans, objects, `NaN`, `Infinity`, 1e400, hexadecimal, `1,5` unless the comma is the decimal.
 */
export function readNumber(value: unknown, decimalComma: boolean): number | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : NaN;
  if (typeof value === "string") return readNumberText(value, decimalComma);
  if (value === null || value === undefined) return null;
  return typeof value === "bigint" ? Number(value) : NaN;
}

function readNumberText(value: string, decimalComma: boolean): number | null {
  const text = decimalComma ? decimalPoint(value) : value;
  const number = Number(text);
  // Blank text and "0x0" are 0 to Number(), a decimal text is nothing but these characters.
  if (number === 0 && value.trim() === "") return null;
  if (!Number.isFinite(number)) return NaN;
  return isDecimal(text) ? number : NaN;
}

/** Number() also takes `0x…`, `0b…` and `0o…`; a finite text without those is decimal. */
function isDecimal(text: string): boolean {
  const first = text.charCodeAt(0);
  if (first === 48) return !(text.charCodeAt(1) > 65 && /^0[xXbBoO]/.test(text));
  return first > 32 && first < 128 || !/^\s*0[xXbBoO]/.test(text);
}

/** `1.234,5` → `1234.5`: with a decimal comma a point only separates groups of three digits. */
function decimalPoint(text: string): string {
  if (!text.includes(".")) return text.replace(",", ".");
  return /^\s*[+-]?\d{1,3}(\.\d{3})+(,\d*)?\s*$/.test(text)
    ? text.replaceAll(".", "").replace(",", ".")
    : "not a number";
}
