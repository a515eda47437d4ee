/** The lines of a batch run's files: a normalised reading, a reject. Each one JSON text, no LF. */
import type { DeadLetter, Fields } from "../model/record.ts";
import { type Reading, readingToJson } from "../model/reading.ts";

/**
 * The seven columns, then which source's which record it was (byte offset of its line, or row
 * number), then, where it had columns that the mapping does not know, those as they came.
 */
export function readingLine(reading: Reading, source: string, extra?: Fields): string {
  const line = { ...readingToJson(reading), source, offset: reading.offset };
  return extra === undefined ? JSON.stringify(line) : JSON.stringify({ ...line, extra }, plain);
}

/** What was rejected, where it lies, by which rule and why, and its raw text. */
export function deadLetterLine(letter: DeadLetter, source: string): string {
  const { offset, code, detail, raw } = letter;
  return JSON.stringify({ source, offset, code, detail, raw });
}

/** Parquet has 64-bit integers, JSON has not. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
