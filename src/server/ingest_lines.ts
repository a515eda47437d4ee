/**
 * A body of lines before it goes to the archive: every line is looked at, so that a sender learns at
 * once which of its lines is none. The bytes themselves stay as they came; a last line without its
 * LF gets one.
 */
import { LIMITS } from "../limits.ts";
import { HttpError } from "./http_error.ts";

/** Lines on their way to the archive. */
export interface IngestLines {
  /** LF-terminated; empty where there is nothing to archive. Its buffer holds nothing else. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Lines that are not blank. */
  readonly count: number;
}

export const NO_LINES: IngestLines = { bytes: new Uint8Array(0), count: 0 };

/** What is wrong with a line that is not blank, in words; null where it may pass. */
export type LineRule = (line: string) => string | null;

const LF = 10;
/** Looked at without a turn for others on this thread: some milliseconds of work. */
const BYTES_A_TURN = 262_144;
const strict = new TextDecoder("utf-8", { fatal: true });

/** @throws {HttpError} 400 `invalid_line` that names the first line which may not pass. */
export async function checkedLines(body: Uint8Array, rule: LineRule): Promise<IngestLines> {
  let count = 0;
  let number = 1;
  for (let from = 0; from < body.length;) {
    const end = turnEnd(body, from);
    for (const line of linesOf(body.subarray(from, end))) {
      const fault = faultOf(line, rule);
      if (fault !== null) throw invalidLine(number, fault);
      if (line?.trim() !== "") count++;
      number++;
    }
    from = end + 1;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return count === 0 ? NO_LINES : { bytes: terminated(body), count };
}

/** Index of the LF that ends the last line of a turn, of a longer line its own; or the body's end. */
function turnEnd(body: Uint8Array, from: number): number {
  if (body.length - from <= BYTES_A_TURN) return body.at(-1) === LF ? body.length - 1 : body.length;
  const last = body.lastIndexOf(LF, from + BYTES_A_TURN);
  const lf = last >= from ? last : body.indexOf(LF, from);
  return lf === -1 ? body.length : lf;
}

/** Texts of the lines; null for one that is not UTF-8. */
function linesOf(bytes: Uint8Array): readonly (string | null)[] {
  const whole = decoded(bytes);
  if (whole !== null) return whole.split("\n");
  const lines: (string | null)[] = [];
  for (let from = 0; from <= bytes.length;) {
    const lf = bytes.indexOf(LF, from);
    const end = lf === -1 ? bytes.length : lf;
    lines.push(decoded(bytes.subarray(from, end)));
    from = end + 1;
  }
  return lines;
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

/** A UTF-16 unit is three bytes of UTF-8 at most. */
const BYTES_A_CHAR_MAX = 3;

function faultOf(line: string | null, rule: LineRule): string | null {
  if (line === null) return "it is not UTF-8";
  if (line.length * BYTES_A_CHAR_MAX >= LIMITS.lineBytesMax) {
    const bytes = Buffer.byteLength(line);
    if (bytes >= LIMITS.lineBytesMax) return tooLong(bytes);
  }
  const text = line.trim();
  return text === "" ? null : rule(text);
}

/**
 * Lines as texts, none of them with an LF.
 *
 * @throws {HttpError} 413 `line_too_long`.
 */
export function joinedLines(lines: readonly string[]): IngestLines {
  if (lines.length === 0) return NO_LINES;
  const bytes = new TextEncoder().encode(lines.join("\n") + "\n");
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(LF, from);
    if (end - from >= LIMITS.lineBytesMax) {
      throw new HttpError(413, "line_too_long", `${tooLong(end - from)}; send smaller batches.`);
    }
    from = end + 1;
  }
  return { bytes: ownBuffer(bytes), count: lines.length };
}

function tooLong(bytes: number): string {
  return `a line has at most ${LIMITS.lineBytesMax - 1} bytes, got ${bytes}`;
}

function invalidLine(number: number, fault: string): HttpError {
  return new HttpError(
    400,
    "invalid_line",
    `Nothing was archived: unable to parse line ${number}: ${fault}.`,
  );
}

function terminated(body: Uint8Array): Uint8Array<ArrayBuffer> {
  if (body.at(-1) === LF) return ownBuffer(body);
  const bytes = new Uint8Array(body.length + 1);
  bytes.set(body);
  bytes[body.length] = LF;
  return bytes;
}

/** It is transferred to another thread: then a buffer that others look into would be gone for them. */
function ownBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length
    ? bytes as Uint8Array<ArrayBuffer>
    : new Uint8Array(bytes);
}
