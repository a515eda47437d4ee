/**
 * What a source yields before any meaning is given to it, and what becomes of it when it can't be
 * given one. Bad input is a value: a record ends as a `Reading` or a `DeadLetter`, never nowhere.
 */
import type { Reading } from "./reading.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** Neither null nor a list. */
export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One line, row or object of a source, parsed but not interpreted. */
export interface RawRecord {
  readonly kind: "record";
  /**
   * Byte offset of the line's first byte, and one more for each record before it in the same line;
   * or row number (from 0) where the format has no lines.
   */
  readonly offset: number;
  readonly fields: Fields;
  /** The text as it came; null where it has none of its own (Parquet, a part of a line): `rawText`. */
  readonly raw: string | null;
}

/** Why a record was refused. One name a rule; the detail says the value. */
export const DEAD_LETTER_CODES = [
  "line_too_long",
  "invalid_utf8",
  "invalid_json",
  "not_an_object",
  "invalid_line_protocol",
  "too_many_records",
  "ragged_row",
  "repeated_header",
  "missing_field",
  "invalid_host_id",
  "invalid_region",
  "invalid_time",
  "time_out_of_range",
  "invalid_number",
  "out_of_bounds",
  "no_metrics",
  "damaged_file",
  "store_rejected",
] as const;
export type DeadLetterCode = (typeof DEAD_LETTER_CODES)[number];

export interface DeadLetter {
  readonly kind: "dead_letter";
  readonly offset: number;
  readonly code: DeadLetterCode;
  /** For the person who reads it: which field, which rule, which value, what would be right. */
  readonly detail: string;
  /** The raw text, cut to `LIMITS.deadLetterRawBytesMax`. */
  readonly raw: string;
}

/** What a source yields. */
export type SourceItem = RawRecord | DeadLetter;

/** What the normaliser makes of a record. */
export type Normalised =
  | { readonly kind: "reading"; readonly reading: Reading }
  | DeadLetter;

/** The text of a record for people and archives, whatever the format. */
export function rawText(record: RawRecord): string {
  return record.raw ??
    JSON.stringify(
      record.fields,
      (_key, value) => typeof value === "bigint" ? value.toString() : value,
    );
}
