/**
 * Whole lines → records: one JSON object a line, whatever brought the lines (socket, archive,
 * NDJSON file). Promises one item for every line that isn't blank, and that a bad line harms no
 * other. Gives the fields no meaning.
 *
 * Where JSON leaves it open: of duplicate keys the last wins; a `__proto__` key is a plain field;
 * an array of exactly one object is that object (collectd's `write_http` sends those).
 */
import { LIMITS } from "../limits.ts";
import { type LineBlock, lineStart } from "../model/line_block.ts";
import {
  type DeadLetter,
  type Fields,
  isObject,
  type RawRecord,
  type SourceItem,
} from "../model/record.ts";
import { deadLetter, sample } from "./dead_letter.ts";
import { describeJsonFault, jsonFault, nestsDeeperThan } from "./json_fault.ts";

const BRACE = 123;
const CR = 13;
const BYTE_ORDER_MARK = 0xfeff;

// A byte order mark is kept, so that characters and bytes stay in step; lines strip it themselves.
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lossy = new TextDecoder("utf-8", { ignoreBOM: true });

/** Hands on what a line without its LF holds; false for a blank one. */
export type ReadLine = (
  line: string,
  offset: number,
  emit: (item: SourceItem) => void,
) => boolean;

export interface LineCounts {
  readonly lines: number;
  /** Lines of white space only: counted, and nothing else. */
  readonly blank: number;
}

/**
 * @param baseOffset Offset of the block's first byte in its origin; an item's is that of its line.
 * @param lineBytesMax The framer's limit: a line of that length was cut there.
 */
export function parseLineBlock(
  block: LineBlock,
  baseOffset: number,
  emit: (item: SourceItem) => void,
  lineBytesMax: number = LIMITS.lineBytesMax,
  readLine: ReadLine = readJsonLine,
): LineCounts {
  const text = decoded(block.bytes);
  const how = { emit, lineBytesMax, readLine };
  return text === null
    ? parseByLine(block, baseOffset, how)
    : parseText(text, block, baseOffset, how);
}

interface How {
  readonly emit: (item: SourceItem) => void;
  readonly lineBytesMax: number;
  readonly readLine: ReadLine;
}

/** The common case, every byte valid UTF-8: decoded once, an LF in the text is an LF in the bytes. */
function parseText(
  text: string,
  block: LineBlock,
  baseOffset: number,
  { emit, lineBytesMax, readLine }: How,
): LineCounts {
  const ends = block.ends;
  let blank = 0;
  let start = 0;
  let from = 0;
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i] ?? 0;
    const to = text.indexOf("\n", from);
    if (end - start < lineBytesMax) {
      if (!readLine(text.slice(from, to), baseOffset + start, emit)) blank++;
    } else {
      emit(cutLine(text.slice(from, to), baseOffset + start, lineBytesMax));
    }
    start = end + 1;
    from = to + 1;
  }
  return { lines: ends.length, blank };
}

/** Some line holds invalid UTF-8: each is decoded by itself, so that only that one is refused. */
function parseByLine(
  block: LineBlock,
  baseOffset: number,
  { emit, lineBytesMax, readLine }: How,
): LineCounts {
  let blank = 0;
  block.ends.forEach((end, i) => {
    const start = lineStart(block, i);
    const bytes = block.bytes.subarray(start, end);
    const offset = baseOffset + start;
    const text = bytes.length < lineBytesMax ? decoded(bytes) : null;
    if (text !== null) {
      if (!readLine(text, offset, emit)) blank++;
    } else if (bytes.length >= lineBytesMax) {
      emit(cutLine(lossy.decode(bytes), offset, lineBytesMax));
    } else {
      emit(invalidUtf8(bytes, offset));
    }
  });
  return { lines: block.ends.length, blank };
}

/** A line of one JSON object, as NDJSON files have them. */
function readJsonLine(line: string, offset: number, emit: (item: SourceItem) => void): boolean {
  const text = lineText(line);
  if (text === null) return false;
  emit(parseJsonText(text, offset));
  return true;
}

/** A line without CR and byte order mark; null when it is blank. */
export function lineText(line: string): string | null {
  let text = line.charCodeAt(line.length - 1) === CR ? line.slice(0, -1) : line;
  if (text.charCodeAt(0) === BYTE_ORDER_MARK) text = text.slice(1);
  return text.charCodeAt(0) !== BRACE && text.trim() === "" ? null : text;
}

/** One JSON text to a record; anything but an object is a dead letter. */
export function parseJsonText(text: string, offset: number): SourceItem {
  const value = parseJson(text, offset);
  return value.kind === "json" ? recordOfJson(value.value, offset, text) : value;
}

/** A JSON text's value, or the dead letter that says why it has none. */
export function parseJson(
  text: string,
  offset: number,
): { readonly kind: "json"; readonly value: unknown } | DeadLetter {
  if (nestsDeeperThan(text, LIMITS.jsonDepthMax)) {
    const detail = `nested deeper than ${LIMITS.jsonDepthMax} levels`;
    return deadLetter(offset, "invalid_json", detail, text);
  }
  try {
    return { kind: "json", value: JSON.parse(text) };
  } catch (error) {
    return deadLetter(offset, "invalid_json", faultOf(text, error), text);
  }
}

/** The record of a parsed JSON text; anything but an object is a dead letter. */
export function recordOfJson(value: unknown, offset: number, text: string): SourceItem {
  // A text that starts with a brace and parses is an object.
  if (text.charCodeAt(0) === BRACE) return recordOf(value as Fields, offset, text);
  const object = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return isObject(object)
    ? recordOf(object, offset, text)
    : deadLetter(offset, "not_an_object", notAnObject(value), text);
}

/** The dead letter of bytes that are no UTF-8; says which byte, keeps the text as far as it goes. */
export function invalidUtf8(bytes: Uint8Array, offset: number): DeadLetter {
  const at = firstInvalidByte(bytes);
  const hex = (bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, "0");
  const detail = `byte ${at + 1} (0x${hex}) is not valid UTF-8; send UTF-8`;
  return deadLetter(offset, "invalid_utf8", detail, lossy.decode(bytes).replace(/\r$/, ""));
}

function recordOf(fields: Fields, offset: number, raw: string): RawRecord {
  return { kind: "record", offset, fields, raw };
}

function cutLine(head: string, offset: number, lineBytesMax: number): DeadLetter {
  const detail = `a line may have ${lineBytesMax - 1} bytes; this one was cut, its head is kept`;
  return deadLetter(offset, "line_too_long", detail, head);
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

function faultOf(text: string, error: unknown): string {
  const fault = jsonFault(text);
  return fault === null
    ? `invalid JSON: ${error instanceof Error ? error.message : String(error)}`
    : describeJsonFault(text, fault);
}

function notAnObject(value: unknown): string {
  const got = value === null
    ? "null"
    : Array.isArray(value)
    ? `an array of ${value.length}`
    : `the ${typeof value} ${sample(String(value))}`;
  return `a line must hold one JSON object, got ${got}`;
}

/** Index of the byte at which the first invalid sequence starts. */
function firstInvalidByte(bytes: Uint8Array): number {
  // Binary search for the longest head that some continuation could make valid.
  let valid = 0;
  let invalid = bytes.length;
  while (valid < invalid) {
    const middle = (valid + invalid + 1) >> 1;
    if (headIsValid(bytes.subarray(0, middle))) valid = middle;
    else invalid = middle - 1;
  }
  // The head may end inside the broken character: its first byte is the one to name.
  while (valid > 0 && decoded(bytes.subarray(0, valid)) === null) valid--;
  return Math.min(valid, bytes.length - 1);
}

function headIsValid(head: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}
