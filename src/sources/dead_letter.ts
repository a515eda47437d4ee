/** Makes the dead letters of this room: one shape, raw text within its bound. */
import { LIMITS } from "../limits.ts";
import type { DeadLetter, DeadLetterCode } from "../model/record.ts";

const encoder = new TextEncoder();
const scratch = new Uint8Array(LIMITS.deadLetterRawBytesMax);

/** @param raw The text as it came; cut to `LIMITS.deadLetterRawBytesMax` bytes of UTF-8. */
export function deadLetter(
  offset: number,
  code: DeadLetterCode,
  detail: string,
  raw: string,
): DeadLetter {
  return { kind: "dead_letter", offset, code, detail, raw: cutRaw(raw) };
}

/** The longest head of `text` whose UTF-8 fits `LIMITS.deadLetterRawBytesMax`, no character split. */
export function cutRaw(text: string): string {
  if (text.length * 3 <= scratch.length) return text;
  return text.slice(0, encoder.encodeInto(text, scratch).read);
}

/** A value shortened for a message, on one line. */
export function sample(text: string, charsMax = 40): string {
  return JSON.stringify(text.length > charsMax ? text.slice(0, charsMax) + "…" : text);
}
