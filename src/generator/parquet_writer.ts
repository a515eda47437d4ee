/**
 * Rows as Parquet: string and int64 columns, Snappy, written row group by row group, so that memory
 * holds one group whatever the number of rows.
 */
import { ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import { numberCell, textCell } from "./cells.ts";
import type { HistoryRow } from "./history_rows.ts";
import type { HistorySink } from "./history_sink.ts";
import { type HistoryColumn, isTextColumn } from "./profiles.ts";
import type { RowsWritten } from "./text_writer.ts";

const GROUP_ROWS = 100_000;

/** @throws {TypeError} when a column's kind is neither text nor a whole number. */
export async function writeParquet(
  sink: HistorySink,
  columns: readonly HistoryColumn[],
  rows: Iterable<HistoryRow>,
  onRows: RowsWritten,
): Promise<void> {
  const group = new RowGroup(columns);
  const writer = new GroupWriter(sink);
  const parquet = new ParquetWriter({
    writer,
    schema: schemaFromColumnData({ columnData: group.columnData() }),
    codec: "SNAPPY",
    createdBy: "rackwatch",
  });
  let count = 0;
  const flush = async () => {
    await parquet.write({ columnData: untyped(group.columnData()), rowGroupSize: GROUP_ROWS });
    group.clear();
    onRows(count);
  };
  for (const row of rows) {
    group.add(row);
    count++;
    if (group.rows === GROUP_ROWS) await flush();
  }
  if (group.rows > 0) await flush();
  await parquet.finish();
  await writer.flush();
}

/** The columns of one row group, filled row by row. */
class RowGroup {
  rows = 0;
  readonly #columns: readonly {
    readonly name: string;
    readonly add: (row: HistoryRow, at: number) => void;
    readonly data: () => string[] | BigInt64Array;
    readonly type: "STRING" | "INT64";
  }[];

  constructor(columns: readonly HistoryColumn[]) {
    this.#columns = columns.map((column) => {
      const { name } = column;
      if (isTextColumn(column)) {
        const cell = textCell(column.kind);
        const values: string[] = [];
        const add = (row: HistoryRow, at: number) => void (values[at] = cell(row));
        return { name, add, data: () => values.slice(0, this.rows), type: "STRING" };
      }
      const cell = numberCell(column.kind);
      if (cell === null || column.kind === "fraction" || column.kind === "volts") {
        throw new TypeError(
          `Cannot write column ${name} to Parquet: only text and whole numbers are, ` +
            `got ${column.kind}`,
        );
      }
      const values = new BigInt64Array(GROUP_ROWS);
      const add = (row: HistoryRow, at: number) => void (values[at] = BigInt(cell(row)));
      return { name, add, data: () => values.subarray(0, this.rows), type: "INT64" };
    });
  }

  add(row: HistoryRow): void {
    for (const column of this.#columns) column.add(row, this.rows);
    this.rows++;
  }

  clear(): void {
    this.rows = 0;
  }

  columnData() {
    return this.#columns.map(({ name, data, type }) => ({ name, data: data(), type }));
  }
}

/** With an explicit schema the writer wants columns without types of their own. */
function untyped(columns: ReturnType<RowGroup["columnData"]>) {
  return columns.map(({ name, data }) => ({ name, data }));
}

/** The writer's buffer, emptied into the sink after each row group. */
class GroupWriter extends ByteWriter {
  readonly #sink: HistorySink;

  constructor(sink: HistorySink) {
    super();
    this.#sink = sink;
  }

  async flush(): Promise<void> {
    const bytes = new Uint8Array(this.buffer, 0, this.index);
    this.index = 0;
    await this.#sink.write(bytes);
  }
}
