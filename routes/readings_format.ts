/**
 * Readings as text: a JSON array, NDJSON, or CSV after RFC 4180. Host and region names are whatever
 * a sender called them, and a spreadsheet runs a cell that begins like a formula: such a text gets
 * an apostrophe in front (https://owasp.org/www-community/attacks/CSV_Injection). Numbers stay
 * numbers, also negative ones; not measured is an empty cell.
 */
import {
  type FlaggedReadingJson,
  READING_COLUMNS,
  type ReadingJson,
} from "../src/model/reading.ts";

export const READING_FORMATS = ["json", "ndjson", "csv"] as const;
export type ReadingFormat = (typeof READING_FORMATS)[number];

export const READING_TYPES: Readonly<Record<ReadingFormat, string>> = {
  json: "application/json; charset=utf-8",
  ndjson: "application/x-ndjson; charset=utf-8",
  csv: "text/csv; charset=utf-8; header=present",
};

type Pages = AsyncIterable<readonly FlaggedReadingJson[]>;

/** One piece of text a page; together one whole document, also where there are no readings. */
export function formatReadings(
  pages: Pages,
  format: ReadingFormat,
  withFlags = false,
): AsyncGenerator<string> {
  switch (format) {
    case "json":
      return jsonArray(pages);
    case "ndjson":
      return lines(pages, "", (reading) => JSON.stringify(reading) + "\n");
    case "csv":
      return withFlags
        ? lines(pages, [...READING_COLUMNS, "flags"].join(",") + "\r\n", flaggedCsvRow)
        : lines(pages, READING_COLUMNS.join(",") + "\r\n", (one) => csvCells(one) + "\r\n");
  }
}

async function* jsonArray(pages: Pages): AsyncGenerator<string> {
  let before = "[";
  for await (const page of pages) {
    if (page.length === 0) continue;
    yield before + page.map((reading) => JSON.stringify(reading)).join(",\n");
    before = ",\n";
  }
  yield before === "[" ? "[]\n" : "]\n";
}

async function* lines(
  pages: Pages,
  head: string,
  line: (reading: FlaggedReadingJson) => string,
): AsyncGenerator<string> {
  let before = head;
  for await (const page of pages) {
    yield before + page.map(line).join("");
    before = "";
  }
  if (before !== "") yield before;
}

function csvCells(reading: ReadingJson): string {
  return READING_COLUMNS.map((column) => csvCell(reading[column])).join(",");
}

function flaggedCsvRow(reading: FlaggedReadingJson): string {
  return `${csvCells(reading)},${(reading.flags ?? []).join(" ")}\r\n`;
}

/** One cell of RFC 4180, safe in a spreadsheet. */
export function csvCell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const inert = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
