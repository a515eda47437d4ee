/**
 * Decoded Parquet columns → values as the other formats give them: numbers, texts, booleans, dates,
 * null. Whole numbers beyond 2⁵³ stay bigint; nested values become JSON values.
 */
import type { SchemaElement } from "hyparquet";

/** Changes one value; null and undefined never reach it. */
type Convert = (value: unknown) => unknown;

/** What a column of this schema element needs; null where its values are right as they are. */
export function converterOf(element: SchemaElement): Convert {
  if (element.type === "FLOAT") return (value) => shortest(value);
  const logical = element.logical_type;
  if (logical?.type === "DECIMAL" || element.converted_type === "DECIMAL") {
    const scale = Math.min(element.scale ?? 0, 20);
    // The decoder multiplies by 10^-scale, which leaves 4.3500000000000005 of 435.
    return (value) => typeof value === "number" ? Number(value.toFixed(scale)) : plain(value);
  }
  if (logical?.type === "TIMESTAMP" && !logical.isAdjustedToUTC) return localText;
  return plain;
}

/** The column's values in place of the decoder's; `values` is not changed. */
export function convertColumn(values: ArrayLike<unknown>, convert: Convert): ArrayLike<unknown> {
  if (convert === plain && (values instanceof Float64Array || values instanceof Int32Array)) {
    return values;
  }
  const converted = new Array<unknown>(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    converted[i] = value === null || value === undefined ? null : convert(value);
  }
  return converted;
}

function plain(value: unknown): unknown {
  switch (typeof value) {
    case "bigint":
      return wholeNumber(value);
    case "object":
      if (value instanceof Date) return value;
      return value instanceof Uint8Array ? text(value) : jsonValue(value);
    default:
      return value;
  }
}

function wholeNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The shortest decimal that is this float32: 11.9, not 11.899999618530273. 9 digits always do. */
function shortest(value: unknown): unknown {
  if (typeof value !== "number" || !Number.isFinite(value)) return plain(value);
  for (let digits = 6; digits < 9; digits++) {
    const decimal = Number(value.toPrecision(digits));
    if (Math.fround(decimal) === value) return decimal;
  }
  return Number(value.toPrecision(9));
}

/** A timestamp that its writer left without a zone: text without one, for the mapping to place. */
function localText(value: unknown): unknown {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) return plain(value);
  const iso = value.toISOString().replace("T", " ").slice(0, -1);
  return iso.endsWith(".000") ? iso.slice(0, -4) : iso;
}

/** UTF-8 where it is some, else hexadecimal. */
function text(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString("hex");
  }
}

/** Lists, maps and structs as JSON would have them. */
function jsonValue(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = wholeNumber(value);
    return typeof number === "bigint" ? number.toString() : number;
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return text(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array);
  if (Array.isArray(value)) return value.map((element) => jsonValue(element ?? null));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, jsonValue(field ?? null)]),
  );
}
