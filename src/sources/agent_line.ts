/**
 * One line of the live archive → its records, in whichever of the known forms it is; told from the
 * line alone, so that every reading back gives the same:
 *
 * - a JSON object: one record, or many where it is an envelope of them (record_envelopes.ts);
 * - a JSON array of objects, as collectd's `write_http` sends them: each a record;
 * - InfluxDB's line protocol (line_protocol.ts), of which comments are no part: on a socket nobody
 *   sends them, and a line that says nothing would be a line that is gone.
 *
 * The first record of a line has the line's offset, the next one a byte more, and so on: places in a
 * part stay distinct, and in order. A record has fewer of them than its line has bytes.
 */
import { LIMITS } from "../limits.ts";
import { type Fields, isObject, type SourceItem } from "../model/record.ts";
import { deadLetter } from "./dead_letter.ts";
import { lineText, parseJson, recordOfJson } from "./line_parser.ts";
import { looksLikeLineProtocol, parseLineProtocol } from "./line_protocol.ts";
import { recordsWithin, TOO_LARGE } from "./record_envelopes.ts";

const BRACE = 123;
const BRACKET = 91;

/**
 * False for a line that says nothing: blank, or an envelope of no records.
 *
 * @param arrivalMs When the line came, epoch ms: the time of line protocol without a timestamp.
 */
export function readAgentLine(
  line: string,
  offset: number,
  arrivalMs: number,
  emit: (item: SourceItem) => void,
): boolean {
  const text = lineText(line);
  if (text === null) return false;
  const first = text.charCodeAt(0);
  if (first !== BRACE && first !== BRACKET) {
    if (looksLikeLineProtocol(text)) {
      emit(parseLineProtocol(text, offset, arrivalMs));
      return true;
    }
  }
  const json = parseJson(text, offset);
  if (json.kind === "dead_letter") {
    emit(json);
    return true;
  }
  const records = recordsOf(json.value);
  if (records === null) {
    emit(recordOfJson(json.value, offset, text));
    return true;
  }
  if (records === TOO_LARGE || records.length > LIMITS.lineRecordsMax) {
    const detail = records === TOO_LARGE
      ? `a line's records may take ${LIMITS.lineRecordsBytesMax} bytes, each with the labels or ` +
        `attributes that it shares; this one's take more; send smaller batches, or fewer of them`
      : `a line may hold ${LIMITS.lineRecordsMax} records, this one has ` +
        `${records.length}; send smaller batches`;
    emit(deadLetter(offset, "too_many_records", detail, text));
    return true;
  }
  records.forEach((fields, index) =>
    emit({ kind: "record", offset: offset + index, fields, raw: null })
  );
  return records.length > 0;
}

/** Null where the line is a record itself, or none at all. */
function recordsOf(value: unknown): readonly Fields[] | typeof TOO_LARGE | null {
  if (Array.isArray(value)) return value.length > 1 && value.every(isObject) ? value : null;
  return isObject(value) ? recordsWithin(value) : null;
}
