/** Rows as lines of text, CSV and NDJSON, in chunks of bounded size. */
import { textCell } from "./cells.ts";
import type { HistoryRow } from "./history_rows.ts";
import type { HistorySink } from "./history_sink.ts";
import { type HistoryColumn, isTextColumn } from "./profiles.ts";

/** Told after each chunk, with the rows written so far. */
export type RowsWritten = (rows: number) => void;

const CHUNK_CHARS = 524_288;

/** A header line, then a line a row; names and times here need no quotes. */
export function writeCsv(
  sink: HistorySink,
  columns: readonly HistoryColumn[],
  rows: Iterable<HistoryRow>,
  onRows: RowsWritten,
): Promise<void> {
  const header = columns.map((column) => column.name).join(",") + "\n";
  const before = columns.map((_, i) => i === 0 ? "" : ",");
  return writeLines(sink, header, lineWriter(columns, before, "\n"), rows, onRows);
}

/** One JSON object a line. */
export function writeNdjson(
  sink: HistorySink,
  columns: readonly HistoryColumn[],
  rows: Iterable<HistoryRow>,
  onRows: RowsWritten,
): Promise<void> {
  const quote = (column: HistoryColumn | undefined) => column && isTextColumn(column) ? '"' : "";
  const before = columns.map((column, i) =>
    `${i === 0 ? "{" : quote(columns[i - 1]) + ","}${JSON.stringify(column.name)}:${quote(column)}`
  );
  return writeLines(
    sink,
    "",
    lineWriter(columns, before, `${quote(columns.at(-1))}}\n`),
    rows,
    onRows,
  );
}

/** A row's line: each cell after its own piece of constant text, then `end`. */
function lineWriter(columns: readonly HistoryColumn[], before: readonly string[], end: string) {
  const cells = columns.map((column) => textCell(column.kind));
  return (row: HistoryRow): string => {
    let line = "";
    for (let i = 0; i < cells.length; i++) line += before[i] + cells[i]!(row);
    return line + end;
  };
}

async function writeLines(
  sink: HistorySink,
  header: string,
  lineOf: (row: HistoryRow) => string,
  rows: Iterable<HistoryRow>,
  onRows: RowsWritten,
): Promise<void> {
  const encoder = new TextEncoder();
  let chunk = header;
  let count = 0;
  for (const row of rows) {
    chunk += lineOf(row);
    count++;
    if (chunk.length < CHUNK_CHARS) continue;
    await sink.write(encoder.encode(chunk));
    chunk = "";
    onRows(count);
  }
  if (chunk !== "") await sink.write(encoder.encode(chunk));
  onRows(count);
}
