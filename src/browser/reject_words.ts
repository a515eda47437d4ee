/** Why a record was refused, in words for the person who reads it. */
import type { DeadLetterCode } from "../model/record.ts";

const WORDS: Readonly<Record<DeadLetterCode, string>> = {
  line_too_long: "Line too long",
  invalid_utf8: "Not UTF-8",
  invalid_json: "Not JSON",
  not_an_object: "Not an object",
  invalid_line_protocol: "Not line protocol",
  too_many_records: "Too many records in a line",
  ragged_row: "Row of another width",
  repeated_header: "Header repeated",
  missing_field: "Field missing",
  invalid_host_id: "Host's name unusable",
  invalid_region: "Region unknown or unusable",
  invalid_time: "Time unreadable",
  time_out_of_range: "Time out of range",
  invalid_number: "Not a number",
  out_of_bounds: "Value impossible",
  no_metrics: "Nothing measured",
  damaged_file: "File damaged",
  store_rejected: "Refused by the hot store",
};

/** A rule that this page does not know keeps its code. */
export function reasonWords(code: string): string {
  return Object.hasOwn(WORDS, code) ? WORDS[code as DeadLetterCode] : code;
}
