/** What is told of a record, whatever it is from. */
import { LIMITS } from "../../limits.ts";
import { cutToBytes } from "../../mapping/text.ts";
import type { FoundRecord } from "../../model/origin.ts";

export function recordWithoutRaw(note: string): FoundRecord {
  return {
    raw: null,
    note,
    offsetIs: "byte",
    mappedBy: null,
    mappingIs: "unknown",
    mapping: [],
  };
}

/** As much of a raw text as is shown, and a word on the rest. */
export function cutRaw(text: string): Pick<FoundRecord, "note"> & { readonly raw: string } {
  const raw = cutToBytes(text, LIMITS.deadLetterRawBytesMax);
  const isCut = raw.length < text.length;
  return { raw, note: isCut ? "The text is longer; this is its beginning." : null };
}
