/**
 * The one place that knows the CSV library (udsv): rows that are known to have the same number of
 * cells and right quotes (`csv_rows.ts` sees to it; udsv would shift the cells of a ragged row into
 * the next without a word) become cells.
 */
import type { CsvDialect } from "./csv_dialect.ts";
import { initParser, type Schema } from "udsv";

export class CsvReader {
  readonly #parser: ReturnType<typeof initParser> | null;
  readonly #columns: number;
  readonly #quote: string;

  constructor(columns: number, { delimiter, quote }: Pick<CsvDialect, "delimiter" | "quote">) {
    this.#columns = columns;
    this.#quote = quote;
    this.#parser = columns === 1 ? null : initParser(schemaOf(columns, delimiter, quote));
  }

  /** The cells of each row. @param rows Rows without line ends, of exactly `columns` cells each. */
  read(rows: readonly string[]): string[][] {
    // udsv takes a row of one empty cell for no row.
    if (this.#parser === null) return rows.map((row) => [unquoted(row, this.#quote)]);
    const cells: string[][] = this.#parser.stringArrs(rows.join("\n") + "\n");
    if (cells.length !== rows.length) {
      throw new Error(
        `Cannot read CSV: ${rows.length} rows of ${this.#columns} cells gave ${cells.length}`,
      );
    }
    return cells;
  }
}

function schemaOf(columns: number, delimiter: string, quote: string): Schema {
  const cols = Array.from({ length: columns }, (_, index): Schema["cols"][number] => ({
    name: `${index}`,
    type: "s",
    repl: { empty: "", null: undefined, NaN: undefined },
  }));
  // `skip` is not in the types; without it the first row would be taken for NaN rows of header.
  const schema: Schema & { skip: number } = {
    skip: 0,
    col: delimiter,
    row: "\n",
    encl: quote,
    esc: quote,
    trim: false,
    cols,
  };
  return schema;
}

function unquoted(cell: string, quote: string): string {
  return cell.startsWith(quote) ? cell.slice(1, -1).replaceAll(quote + quote, quote) : cell;
}
