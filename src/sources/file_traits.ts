/** What was found out about a history file, in words: for those who ask before they load it. */
import type { FileMetaData } from "hyparquet";
import type { FileTrait } from "../model/file_trait.ts";
import type { CsvDialectOptions } from "./csv_dialect.ts";
import type { CsvFile } from "./csv_file.ts";
import type { Compression } from "./compression.ts";
import type { WasEncoded } from "./utf8_chunks.ts";

const ENCODING_NAMES: Readonly<Record<string, string>> = {
  "utf-8": "UTF-8",
  "latin-1": "Latin-1 (windows-1252)",
  "utf-16le": "UTF-16, little-endian",
  "utf-16be": "UTF-16, big-endian",
  ascii: "ASCII",
};

export function compressionTrait(compression: Compression): FileTrait[] {
  if (compression === "none") return [];
  return [{
    trait: "compression",
    is: compression,
    confidence: "certain",
    why: "by its first bytes",
  }];
}

/** Of a JSON file that is no UTF-8, as far as it was read. */
export function encodingTrait(was: WasEncoded | null): FileTrait[] {
  if (was === null) return [];
  const is = ENCODING_NAMES[was.encoding] ?? was.encoding;
  return [{ trait: "encoding", is, confidence: "certain", why: was.why }];
}

/** Of a CSV file, as far as it was read. */
export function csvTraits(file: CsvFile, declared: CsvDialectOptions): FileTrait[] {
  const { dialect, headerIs, encodingFound } = file;
  if (dialect === null || headerIs === null) return [];
  const told = (value: unknown) =>
    value === undefined || value === "auto" ? null : "declared" as const;
  const header = HEADERS[headerIs];
  const delimiter = dialect.delimiter === "\t" ? "tab" : dialect.delimiter;
  return [
    {
      trait: "encoding",
      is: ENCODING_NAMES[encodingFound.encoding] ?? encodingFound.encoding,
      confidence: told(declared.encoding) ?? (encodingFound.certain ? "certain" : "likely"),
      why: told(declared.encoding) ?? encodingFound.why,
    },
    {
      trait: "delimiter",
      is: delimiter,
      confidence: told(declared.delimiter) ?? "likely",
      why: told(declared.delimiter) ?? dialect.delimiterWhy,
    },
    ...(dialect.quote === '"' ? [] : [{
      trait: "quote",
      is: dialect.quote,
      confidence: told(declared.quote) ?? "likely" as const,
      why: told(declared.quote) ?? "every cell of the first row stands in them",
    }]),
    { trait: "header", ...header },
    ...(file.blankRows === 0 ? [] : [{
      trait: "blank rows",
      is: String(file.blankRows),
      confidence: "certain" as const,
      why: "skipped",
    }]),
  ];
}

/** Of a Parquet file, as its footer says. */
export function parquetTraits(metadata: FileMetaData): FileTrait[] {
  const { row_groups, num_rows, created_by } = metadata;
  const codecs = new Set(
    row_groups.flatMap(({ columns }) =>
      columns.flatMap(({ meta_data }) => meta_data === undefined ? [] : [meta_data.codec])
    ),
  );
  const certain = { confidence: "certain", why: "its footer says so" } as const;
  return [
    { trait: "rows", is: `${num_rows} in ${row_groups.length} row groups`, ...certain },
    { trait: "codec", is: [...codecs].join(", ") || "none", ...certain },
    ...(created_by === undefined ? [] : [{ trait: "written by", is: created_by, ...certain }]),
  ];
}

const HEADERS: Readonly<Record<NonNullable<CsvFile["headerIs"]>, Omit<FileTrait, "trait">>> = {
  declared: { is: "none in the file", confidence: "declared", why: "the names are declared" },
  repeated: { is: "the first row", confidence: "declared", why: "it has the declared names" },
  first_row: {
    is: "the first row",
    confidence: "likely",
    why: "no cell of it is a number or a time",
  },
  none: {
    is: "none",
    confidence: "likely",
    why:
      "the first row holds numbers or times; columns are column_1, column_2, …; name them with " +
      'csv = { header = ["…"] }',
  },
};
