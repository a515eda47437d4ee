/**
 * Finds out how a CSV file is written from its first bytes: encoding, delimiter, line end. What was
 * declared is taken as declared.
 */
import { CR, CsvRows, LF } from "./csv_rows.ts";

export type CsvEncoding = "utf-8" | "latin-1" | "utf-16le" | "utf-16be";

export interface CsvDialectOptions {
  /**
   * `auto`: what a byte order mark says, else UTF-8; a file that turns out not to be UTF-8 at its
   * first byte outside of ASCII is Latin-1 (as browsers read it: windows-1252).
   */
  readonly encoding?: CsvEncoding | "auto";
  /** One of `,` `;` tab `|`, or any other ASCII character but a quote; found out if not declared. */
  readonly delimiter?: string;
  /** `"` or `'`; found out if not declared. */
  readonly quote?: string;
}

export interface CsvDialect {
  readonly encoding: CsvEncoding | "auto";
  readonly delimiter: string;
  readonly delimiterWhy: string;
  readonly quote: string;
  readonly lineEnd: typeof LF | typeof CR;
  /** Bytes before the first row: a byte order mark, and Excel's `sep=` line. */
  readonly skipBytes: number;
}

const DELIMITERS = [",", ";", "\t", "|"] as const;
const ROWS_LOOKED_AT = 20;
/** Of which the quote is told. */
const FIRST_ROW_BYTES = 4_096;

/** A share of NUL bytes in one half of the pairs that only UTF-16 of mostly ASCII has. */
const NUL_SHARE_MIN = 0.4;

/** UTF-16 without a byte order mark, told from where its NUL bytes stand; null where it is none. */
export function utf16WithoutMark(head: Uint8Array): "utf-16le" | "utf-16be" | null {
  const pairs = Math.min(head.length, 1_024) >> 1;
  if (pairs < 4) return null;
  let even = 0, odd = 0;
  for (let at = 0; at < pairs * 2; at += 2) {
    if (head[at] === 0) even++;
    if (head[at + 1] === 0) odd++;
  }
  if (even === 0 && odd >= pairs * NUL_SHARE_MIN) return "utf-16le";
  return odd === 0 && even >= pairs * NUL_SHARE_MIN ? "utf-16be" : null;
}

/** What the byte order mark says; null where there is none. */
export function encodingMark(head: Uint8Array): { encoding: CsvEncoding; bytes: number } | null {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) {
    return { encoding: "utf-8", bytes: 3 };
  }
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: "utf-16le", bytes: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: "utf-16be", bytes: 2 };
  return null;
}

/**
 * @param head The file's first bytes, as UTF-8 or Latin-1 (see `csv_file.ts` for UTF-16).
 * @param whole Whether the head is all there is.
 * @throws {RangeError} where the declared delimiter can't be one.
 */
export function detectDialect(
  head: Uint8Array,
  whole: boolean,
  options: CsvDialectOptions = {},
): CsvDialect {
  const mark = encodingMark(head);
  const skipMark = mark?.encoding === "utf-8" ? mark.bytes : 0;
  const encoding = options.encoding ?? "auto";
  const lineEnd = head.includes(CR) && !head.includes(LF) ? CR : LF;
  const separator = /^sep=([,;\t|])\r?[\n\r]/i.exec(ascii(head.subarray(skipMark, skipMark + 8)));
  const skipBytes = skipMark + (separator?.[0].length ?? 0);
  const content = head.subarray(skipBytes);
  const quote = options.quote ?? likeliestQuote(content);
  const likeliest = likeliestDelimiter(content, whole, { lineEnd, quote });
  const delimiter = options.delimiter ?? separator?.[1] ?? likeliest.delimiter;
  const delimiterWhy = separator === null ? likeliest.why : "its sep= line says so";
  if (!/^[\t -~]$/.test(delimiter) || delimiter === '"') {
    const rule = "it must be one ASCII character other than a double quote";
    throw new RangeError(`Cannot use ${JSON.stringify(delimiter)} as a CSV delimiter: ${rule}`);
  }
  const known = encoding === "auto" && mark !== null ? mark.encoding : encoding;
  return { encoding: known, delimiter, delimiterWhy, quote, lineEnd, skipBytes };
}

/** The one under which most of the first rows have as many cells as the first, two at least. */
function likeliestDelimiter(
  head: Uint8Array,
  whole: boolean,
  { lineEnd, quote }: { readonly lineEnd: typeof LF | typeof CR; readonly quote: string },
): { readonly delimiter: string; readonly why: string } {
  let best = { delimiter: ",", agreement: 0, cells: 0, why: "no other divides its first rows" };
  for (const delimiter of DELIMITERS) {
    const options = { delimiter: delimiter.charCodeAt(0), lineEnd, quote: quote.charCodeAt(0) };
    const rows = new CsvRows(options).push(head, whole).rows
      .filter((row) => row.end > row.start)
      .slice(0, ROWS_LOOKED_AT);
    const cells = rows[0]?.cells ?? 0;
    if (cells < 2) continue;
    const alike = rows.filter((row) => row.cells === cells).length;
    const agreement = alike / rows.length;
    const better = agreement > best.agreement ||
      (agreement === best.agreement && cells > best.cells);
    const why = `${alike} of the first ${rows.length} rows have ${cells} cells`;
    if (better) best = { delimiter, agreement, cells, why };
  }
  return best;
}

/** Single quotes where the first row has nothing else: an apostrophe in a text is no quote. */
function likeliestQuote(head: Uint8Array): string {
  const line = /^[^\r\n]*/.exec(ascii(head.subarray(0, FIRST_ROW_BYTES)))![0];
  return /^'[^']*'([,;\t|])'[^']*'(\1'[^']*')*$/.test(line) ? "'" : '"';
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
