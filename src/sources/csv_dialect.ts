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
}

export interface CsvDialect {
  readonly encoding: CsvEncoding | "auto";
  readonly delimiter: string;
  readonly lineEnd: typeof LF | typeof CR;
  /** Bytes before the first row: a byte order mark, and Excel's `sep=` line. */
  readonly skipBytes: number;
}

const DELIMITERS = [",", ";", "\t", "|"] as const;
const ROWS_LOOKED_AT = 20;

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
  const delimiter = options.delimiter ?? separator?.[1] ??
    likeliestDelimiter(head.subarray(skipBytes), whole, lineEnd);
  if (!/^[\t -~]$/.test(delimiter) || delimiter === '"') {
    const rule = "it must be one ASCII character other than a double quote";
    throw new RangeError(`Cannot use ${JSON.stringify(delimiter)} as a CSV delimiter: ${rule}`);
  }
  const known = encoding === "auto" && mark !== null ? mark.encoding : encoding;
  return { encoding: known, delimiter, lineEnd, skipBytes };
}

/** The one under which most of the first rows have as many cells as the first, two at least. */
function likeliestDelimiter(head: Uint8Array, whole: boolean, lineEnd: typeof LF | typeof CR) {
  let best = { delimiter: ",", agreement: 0, cells: 0 };
  for (const delimiter of DELIMITERS) {
    const rows = new CsvRows({ delimiter: delimiter.charCodeAt(0), lineEnd }).push(head, whole).rows
      .filter((row) => row.end > row.start)
      .slice(0, ROWS_LOOKED_AT);
    const cells = rows[0]?.cells ?? 0;
    if (cells < 2) continue;
    const agreement = rows.filter((row) => row.cells === cells).length / rows.length;
    const better = agreement > best.agreement ||
      (agreement === best.agreement && cells > best.cells);
    if (better) best = { delimiter, agreement, cells };
  }
  return best.delimiter;
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
