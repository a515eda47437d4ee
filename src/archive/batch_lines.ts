/** A reject as a line of a batch run's file: JSON text, no LF. For readings see reading_lines.ts. */
import type { DeadLetter } from "../model/record.ts";

/** What was rejected, where it lies, by which rule and why, and its raw text. */
export function deadLetterLine(letter: DeadLetter, source: string): string {
  const { offset, code, detail, raw } = letter;
  return JSON.stringify({ source, offset, code, detail, raw });
}
