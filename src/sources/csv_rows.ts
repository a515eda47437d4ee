/**
 * Bytes → CSV rows (RFC 4180): where each starts and ends, how many cells it has, whether its quotes
 * are right. Works on bytes, because in UTF-8 and Latin-1 alike delimiters, quotes and line ends are
 * single ASCII bytes. Quotes may span lines and chunks; the rows do not depend on where chunks are
 * cut. Decodes nothing.
 *
 * A quote that is not closed, or closed in the middle of a cell, must not swallow what follows: its
 * row's first line is a row with a fault, and reading goes on at the next line.
 */
import { LIMITS } from "../limits.ts";

const DOUBLE_QUOTE = 34;
export const LF = 10;
export const CR = 13;

export type RowFault = "quote" | "too_long";

export interface CsvRow {
  /** Where its content lies in the batch's `bytes`, without the line end. */
  readonly start: number;
  readonly end: number;
  /** Cells, counted outside of quotes; 1 for an empty row. */
  readonly cells: number;
  readonly fault: RowFault | null;
}

export interface CsvRowBatch {
  readonly bytes: Uint8Array;
  /** Offset of `bytes[0]` in the source. */
  readonly offset: number;
  readonly rows: readonly CsvRow[];
}

export interface CsvRowsOptions {
  /** One byte: the delimiter's code. */
  readonly delimiter: number;
  /** LF (a CR before it goes with it), or CR for files of the old Macintosh kind. */
  readonly lineEnd?: typeof LF | typeof CR;
  /** One byte: the quote's code, a double quote unless given. */
  readonly quote?: number;
  /** Offset of the first byte pushed. */
  readonly offset?: number;
  readonly rowBytesMax?: number;
}

export class CsvRows {
  readonly #delimiter: number;
  readonly #lineEnd: number;
  readonly #quote: number;
  readonly #rowBytesMax: number;
  #held: Uint8Array = new Uint8Array(0);
  #offset: number;
  /** Inside the rest of a row that was too long. */
  #discarding = false;
  // What the last scan found.
  #end = 0;
  #next = 0;
  #cells = 0;

  constructor(options: CsvRowsOptions) {
    this.#delimiter = options.delimiter;
    this.#lineEnd = options.lineEnd ?? LF;
    this.#quote = options.quote ?? DOUBLE_QUOTE;
    this.#rowBytesMax = options.rowBytesMax ?? LIMITS.lineBytesMax;
    this.#offset = options.offset ?? 0;
  }

  /**
   * The rows that these bytes complete. The batch may share the chunk's memory.
   *
   * @param last No more bytes come: an unfinished row is a row.
   */
  push(chunk: Uint8Array, last = false): CsvRowBatch {
    const bytes = this.#held.length === 0 ? chunk : concat(this.#held, chunk);
    const rows: CsvRow[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (this.#discarding) {
        const end = bytes.indexOf(this.#lineEnd, at);
        at = end === -1 ? bytes.length : end + 1;
        this.#discarding = end === -1;
        continue;
      }
      const row = this.#row(bytes, at, last);
      if (row === null) break;
      rows.push(row);
      at = this.#next;
    }
    const batch = { bytes, offset: this.#offset, rows };
    this.#held = bytes.slice(at);
    this.#offset += at;
    return batch;
  }

  /** The row at `at`, or null where more bytes are needed to tell; `#next` is behind it. */
  #row(bytes: Uint8Array, at: number, last: boolean): CsvRow | null {
    const outcome = this.#scan(bytes, at, last);
    const length = (outcome === "whole" ? this.#end : bytes.length) - at;
    if (outcome === "whole" && length < this.#rowBytesMax) {
      return { start: at, end: this.#end, cells: this.#cells, fault: null };
    }
    const mayStillEnd = outcome === "more" && length < this.#rowBytesMax && !last;
    return mayStillEnd ? null : this.#faultyRow(bytes, at, last);
  }

  /** The first line of a row that is wrong as a whole. */
  #faultyRow(bytes: Uint8Array, at: number, last: boolean): CsvRow | null {
    const lineEnd = bytes.indexOf(this.#lineEnd, at);
    const end = lineEnd === -1 ? bytes.length : lineEnd;
    if (end - at >= this.#rowBytesMax) {
      this.#discarding = lineEnd === -1;
      this.#next = lineEnd === -1 ? bytes.length : lineEnd + 1;
      return { start: at, end: at + this.#rowBytesMax, cells: 0, fault: "too_long" };
    }
    if (lineEnd === -1 && !last) return null;
    this.#next = lineEnd === -1 ? bytes.length : lineEnd + 1;
    return { start: at, end: this.#withoutCr(bytes, at, end), cells: 0, fault: "quote" };
  }

  /** Walks one row; `more` where it ends beyond `bytes`, `fault` where a quote is wrong. */
  #scan(bytes: Uint8Array, start: number, last: boolean): "whole" | "more" | "fault" {
    const delimiter = this.#delimiter, lineEnd = this.#lineEnd, length = bytes.length;
    const quote = this.#quote;
    let at = start;
    this.#cells = 1;
    for (;;) {
      const quoted = bytes[at] === quote;
      if (quoted) {
        at = closingQuote(bytes, at + 1, quote) + 1;
        // Whether a quote at the end of the chunk closes, only the next byte tells.
        if (at === 0 || (at === length && !last)) return "more";
        if (bytes[at] === CR && at + 1 === length && !last) return "more";
      } else {
        let byte = bytes[at];
        while (at < length && byte !== delimiter && byte !== lineEnd) byte = bytes[++at];
      }
      if (at >= length) {
        if (!last) return "more";
        this.#end = this.#withoutCr(bytes, start, length);
        this.#next = length;
        return "whole";
      }
      if (bytes[at] === delimiter) {
        this.#cells++;
        at++;
        continue;
      }
      if (quoted && lineEnd === LF && bytes[at] === CR && bytes[at + 1] === LF) at++;
      if (bytes[at] !== lineEnd) return "fault";
      this.#end = this.#withoutCr(bytes, start, at);
      this.#next = at + 1;
      return "whole";
    }
  }

  #withoutCr(bytes: Uint8Array, start: number, end: number): number {
    return this.#lineEnd === LF && end > start && bytes[end - 1] === CR ? end - 1 : end;
  }
}

/** Index of the quote that closes, a doubled quote being one of the text; −1 where none does. */
function closingQuote(bytes: Uint8Array, from: number, quote: number): number {
  for (let at = bytes.indexOf(quote, from); at !== -1; at = bytes.indexOf(quote, at + 2)) {
    if (bytes[at + 1] !== quote) return at;
  }
  return -1;
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
