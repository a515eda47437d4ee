/**
 * CSV files → records of strings. Streaming; a row is a record or a dead letter, and a cell never
 * ends up under another column's name. An empty cell is the empty string: what it means is not
 * decided here.
 *
 * Offsets are bytes in the (decompressed) file; in a UTF-16 file they are bytes of its text as
 * UTF-8, because it is read as such.
 */
import { LIMITS } from "../limits.ts";
import type { DeadLetter, Fields, SourceItem } from "../model/record.ts";
import { type CsvDialect, type CsvDialectOptions, detectDialect } from "./csv_dialect.ts";
import { type CsvChunk, csvChunks } from "./csv_chunks.ts";
import { columnNames, type HeaderVerdict, HeaderWatch, looksLikeHeader } from "./csv_header.ts";
import { CsvReader } from "./csv_reader.ts";
import { type CsvRow, type CsvRowBatch, CsvRows } from "./csv_rows.ts";
import { DamagedFileError } from "./damaged_file.ts";
import { deadLetter, sample } from "./dead_letter.ts";
import { setField } from "./fields.ts";
import { type EncodingFound, RowTexts } from "./csv_texts.ts";

export interface CsvOptions extends CsvDialectOptions {
  /**
   * `first_row`: the first row names the columns. `none`: they are `column_1`, … An array: the
   * names of a file that has no header. `auto`: the first row, unless a cell of it is a number or
   * a time.
   */
  readonly header?: "auto" | "first_row" | "none" | readonly string[];
  readonly rowBytesMax?: number;
}

export class CsvFile {
  /** Names of the columns; null before the first row. */
  columns: readonly string[] | null = null;
  dialect: CsvDialect | null = null;
  /** Where the names come from; `repeated`: declared, and the first row again. */
  headerIs: "first_row" | "none" | "declared" | "repeated" | null = null;
  /** Rows without any content: skipped and counted. */
  blankRows = 0;
  readonly #path: string;
  readonly #options: CsvOptions;
  #was: Pick<CsvChunk, "was" | "wasWhy"> = { was: null, wasWhy: "" };
  #texts: RowTexts | null = null;
  #reader: CsvReader | null = null;
  #watch: HeaderWatch | null = null;
  #verdict: HeaderVerdict = { kind: "data" };
  #changedAt = 0;

  constructor(path: string, options: CsvOptions = {}) {
    this.#path = path;
    this.#options = options;
  }

  /** As far as it was read: text of nothing but ASCII may be anything. */
  get encodingFound(): EncodingFound {
    const { was, wasWhy } = this.#was;
    if (was !== null) return { encoding: was, certain: true, why: wasWhy };
    if (this.dialect?.encoding === "utf-8") {
      return { encoding: "utf-8", certain: true, why: "its byte order mark" };
    }
    return this.#texts?.found ?? { encoding: "ascii", certain: false, why: "" };
  }

  /** Items of all rows, a list for each chunk that completed some. */
  async *read(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<SourceItem[], void, void> {
    let rows: CsvRows | null = null;
    let texts: RowTexts | null = null;
    for await (const chunk of csvChunks(chunks, this.#options.encoding)) {
      const { bytes, last } = chunk;
      let content = bytes;
      if (rows === null || texts === null) {
        const dialect = detectDialect(bytes, last, this.#options);
        this.dialect = dialect;
        this.#was = chunk;
        content = bytes.subarray(dialect.skipBytes);
        rows = new CsvRows({
          delimiter: dialect.delimiter.charCodeAt(0),
          lineEnd: dialect.lineEnd,
          quote: dialect.quote.charCodeAt(0),
          offset: dialect.skipBytes,
          rowBytesMax: this.#options.rowBytesMax ?? LIMITS.lineBytesMax,
        });
        texts = new RowTexts(dialect.encoding);
        this.#texts = texts;
      }
      const items = this.#items(rows.push(content, last), texts, dialectOf(this));
      if (items.length > 0) yield items;
    }
  }

  #items(batch: CsvRowBatch, texts: RowTexts, dialect: CsvDialect): SourceItem[] {
    const items: SourceItem[] = [];
    const decoded = texts.of(batch);
    /** Rows of the right shape since the last other one: read in one go. */
    let run: { offset: number; raw: string }[] = [];
    const flush = () => {
      if (run.length > 0) this.#readRun(run, items);
      run = [];
    };
    batch.rows.forEach((row, index) => {
      const offset = batch.offset + row.start;
      const text = decoded(index);
      if (typeof text !== "string") {
        flush();
        items.push({ ...text, offset });
      } else if (this.#isBlank(row, text)) {
        this.blankRows++;
      } else if (row.fault !== null) {
        flush();
        items.push(faulty(row.fault, offset, text, this.#options.rowBytesMax));
      } else if (this.columns !== null || !this.#takeHeader(text, row, dialect)) {
        if (row.cells === this.columns?.length) return run.push({ offset, raw: text });
        flush();
        items.push(this.#ragged(offset, text, row, dialect));
      }
    });
    flush();
    return items;
  }

  #isBlank(row: CsvRow, text: string): boolean {
    if (row.fault !== null || row.cells > 1) return false;
    return text === "" || (this.columns?.length !== 1 && text.trim() === "");
  }

  /** Settles the columns by the first row; true where that is a header, and no data. */
  #takeHeader(text: string, row: CsvRow, dialect: CsvDialect): boolean {
    if (row.cells > LIMITS.csvColumnsMax) {
      const rule = `at most ${LIMITS.csvColumnsMax} columns`;
      throw new DamagedFileError(this.#path, `its first row has ${row.cells} cells, ${rule}`);
    }
    const cells = new CsvReader(row.cells, dialect).read([text])[0] ?? [];
    const declared = this.#options.header ?? "auto";
    const names = typeof declared === "string" ? null : [...declared];
    const isHeader = names !== null
      ? new HeaderWatch(names).judge(cells).kind === "repeated"
      : declared === "first_row" || (declared === "auto" && looksLikeHeader(cells));
    const heads = names ?? (isHeader ? cells : cells.map(() => ""));
    this.columns = columnNames(heads);
    this.headerIs = names === null
      ? isHeader ? "first_row" : "none"
      : isHeader
      ? "repeated"
      : "declared";
    this.#watch = new HeaderWatch(isHeader ? cells : this.columns);
    this.#reader = new CsvReader(this.columns.length, dialect);
    return isHeader;
  }

  #readRun(run: readonly { offset: number; raw: string }[], items: SourceItem[]): void {
    const names = this.columns ?? [];
    const rows = this.#reader?.read(run.map((row) => row.raw)) ?? [];
    for (let i = 0; i < run.length; i++) {
      const row = run[i], cells = rows[i];
      if (row === undefined || cells === undefined) continue;
      const { offset, raw } = row;
      const judged = this.#watch?.judge(cells) ?? this.#verdict;
      if (judged.kind !== "data") {
        items.push(this.#header(judged, offset, raw));
      } else if (this.#verdict.kind === "changed") {
        items.push(this.#underChangedHeader(offset, raw));
      } else {
        const order = this.#verdict.kind === "reordered" ? this.#verdict.order : null;
        items.push({ kind: "record", offset, fields: fieldsOf(names, cells, order), raw });
      }
    }
  }

  #ragged(offset: number, raw: string, row: CsvRow, dialect: CsvDialect): DeadLetter {
    const cells = new CsvReader(row.cells, dialect).read([raw])[0] ?? [];
    const judged = this.#watch?.judge(cells) ?? this.#verdict;
    if (judged.kind !== "data") return this.#header(judged, offset, raw);
    if (this.#verdict.kind === "changed") return this.#underChangedHeader(offset, raw);
    const expected = this.columns?.length ?? 0;
    return deadLetter(
      offset,
      "ragged_row",
      `expected ${expected} cells as in the header, got ${row.cells}`,
      raw,
    );
  }

  /** A header in the middle: no data, and it decides how the rows below it are read. */
  #header(verdict: HeaderVerdict, offset: number, raw: string): DeadLetter {
    this.#verdict = verdict.kind === "repeated" ? { kind: "data" } : verdict;
    this.#changedAt = offset;
    const detail = verdict.kind === "repeated"
      ? "the header row again"
      : verdict.kind === "reordered"
      ? "the header row again in another order; the rows below are read in that order"
      : `the header changes here to ${sample(raw, 200)}; the rows below are refused until the ` +
        "file's first header comes again: put them in a file of their own";
    return deadLetter(offset, "repeated_header", detail, raw);
  }

  #underChangedHeader(offset: number, raw: string): DeadLetter {
    const detail = `below the header that changed at byte ${this.#changedAt}; put these rows in ` +
      "a file of their own";
    return deadLetter(offset, "ragged_row", detail, raw);
  }
}

function dialectOf(file: CsvFile): CsvDialect {
  if (file.dialect === null) throw new Error("the dialect is found out before any row is read");
  return file.dialect;
}

function faulty(
  fault: "quote" | "too_long",
  offset: number,
  raw: string,
  rowBytesMax: number = LIMITS.lineBytesMax,
): DeadLetter {
  return fault === "too_long"
    ? deadLetter(offset, "line_too_long", `a row may have ${rowBytesMax - 1} bytes`, raw)
    : deadLetter(
      offset,
      "ragged_row",
      "a quoted cell is not closed, or goes on after its closing quote; double a quote inside",
      raw,
    );
}

function fieldsOf(
  names: readonly string[],
  cells: readonly string[],
  order: readonly number[] | null,
): Fields {
  const fields: Record<string, string> = {};
  for (let i = 0; i < names.length; i++) {
    const name = names[i] ?? "";
    const cell = cells[order === null ? i : order[i] ?? i] ?? "";
    setField(fields, name, cell);
  }
  return fields;
}
