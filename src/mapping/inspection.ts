/**
 * The pure part of `inspect`: how a file would be read, from its columns and first records. Finding
 * the format and reading the file is the caller's; so is what the text is written on.
 */
import type { FileTrait } from "../model/file_trait.ts";
import { type ReadingJson, readingToJson } from "../model/reading.ts";
import { type DeadLetter, type RawRecord, rawText, type SourceItem } from "../model/record.ts";
import type { SourceDeclaration } from "./declaration.ts";
import { declarationToml } from "./declaration_toml.ts";
import type { FieldDescription } from "./description.ts";
import { fileKind, withKind } from "./file_kind.ts";
import { infer, type Inference } from "./inference.ts";
import type { FieldInference, LeftOut } from "./inference_work.ts";
import { DeclarationError } from "./declaration_check.ts";
import { type PathParts, withPathParts } from "./path_parts.ts";
import { compileMapping, type Mapping } from "./normaliser.ts";
import { cutToBytes } from "./text.ts";

export interface Inspection {
  readonly file: string;
  readonly format: string;
  readonly source: string;
  /** What the file is taken to be: format, compression, delimiter, … */
  readonly traits: readonly FileTrait[];
  readonly columns: readonly string[];
  readonly unknown_columns: readonly string[];
  readonly fields: readonly FieldInference[];
  readonly left_out: readonly LeftOut[];
  /** Why it can't be read as it is; then there is no mapping and no rows. */
  readonly problems: readonly string[];
  readonly mapping_version: string | null;
  readonly mapping: readonly FieldDescription[];
  /** How many items were tried, and what became of them. */
  readonly sampled: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly rows: readonly InspectedRow[];
  /** The first records as they are in the file, read or not. */
  readonly raw_rows: readonly string[];
  readonly rejects: readonly DeadLetter[];
  /** The `[[source]]` block to paste into rackwatch.toml. */
  readonly toml: string;
}

export interface InspectedRow {
  readonly raw: string;
  readonly reading: ReadingJson;
  readonly flags: number;
}

export interface InspectionInput {
  /** As shown to people. */
  readonly file: string;
  readonly format: string;
  readonly columns: readonly string[];
  /** The first items of the file, dead letters of the reader included. */
  readonly items: readonly SourceItem[];
  readonly declaration: SourceDeclaration;
  /** What the file's path says; nothing unless given. */
  readonly parts?: PathParts;
  /** What was found out about the file itself. */
  readonly traits?: readonly FileTrait[];
  /** Rows and rejects shown; 5 by default. */
  readonly rowsMax?: number;
}

const RAW_BYTES_MAX = 400;

export function inspect(input: InspectionInput): Inspection {
  const { items, declaration, columns, parts = {}, rowsMax = 5 } = input;
  const records = items.filter((item) => item.kind === "record");
  const sample = records.map((record) => record.fields);
  const inference = infer(columns, sample, declaration, parts);
  const { mapping, problems } = mappingOf(inference, parts, items);
  const tried = tryOut(items, mapping, rowsMax);
  return {
    file: input.file,
    format: input.format,
    source: declaration.name,
    traits: input.traits ?? [],
    columns,
    unknown_columns: inference.unknownColumns,
    fields: inference.fields,
    left_out: inference.leftOut,
    problems,
    mapping_version: mapping?.version ?? null,
    mapping: mapping?.describe() ?? [],
    sampled: items.length,
    ...tried,
    raw_rows: records.slice(0, rowsMax).map(rawOf),
    toml: declarationToml(inference.declaration) +
      choiceLines(fileKind(items)?.isAll === true ? [] : inference.choices),
  };
}

function mappingOf(
  { declaration, problems }: Inference,
  parts: PathParts,
  items: readonly SourceItem[],
): { readonly mapping: Mapping | null; readonly problems: readonly string[] } {
  if (items.length === 0) {
    return { mapping: null, problems: withKind(items, problems) };
  }
  if (problems.length > 0) {
    return { mapping: null, problems: withKind(items, [...oddShape(items), ...problems]) };
  }
  try {
    return { mapping: compileMapping(withPathParts(declaration, parts)), problems };
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    return { mapping: null, problems: [error.message] };
  }
}

/** A text that is no table has rows of any number of cells, and should be called by its name. */
function oddShape(items: readonly SourceItem[]): string[] {
  const ragged =
    items.filter((item) => item.kind !== "record" && item.code === "ragged_row").length;
  if (ragged * 3 < items.length) return [];
  return [
    `${ragged} of its first ${items.length} rows have other than as many cells as the header: ` +
    `is it CSV? Then csv = { delimiter = "…" } may be another`,
  ];
}

/** As comments, so that the block is valid while nothing is chosen. */
function choiceLines(choices: readonly string[]): string {
  if (choices.length === 0) return "";
  const lines = [...new Set(choices)].map((line) => `# ${line}`);
  return ["# Not to be told from the file; take the lines that are so:", ...lines, ""].join("\n");
}

function tryOut(
  items: readonly SourceItem[],
  mapping: Mapping | null,
  rowsMax: number,
): Pick<Inspection, "accepted" | "rejected" | "rows" | "rejects"> {
  const rows: InspectedRow[] = [];
  const rejects: DeadLetter[] = [];
  let accepted = 0;
  let rejected = 0;
  for (const item of items) {
    const outcome = item.kind === "dead_letter" ? item : mapping?.normalise(item, null);
    if (outcome === undefined) continue;
    if (outcome.kind === "dead_letter") {
      rejected++;
      if (rejects.length < rowsMax) rejects.push(outcome);
    } else {
      accepted++;
      if (rows.length < rowsMax && item.kind === "record") {
        const { reading } = outcome;
        rows.push({ raw: rawOf(item), reading: readingToJson(reading), flags: reading.flags });
      }
    }
  }
  return { accepted, rejected, rows, rejects };
}

function rawOf(record: RawRecord): string {
  return cutToBytes(rawText(record), RAW_BYTES_MAX);
}
