/** An inspection for a terminal: what was found, what it becomes, what to paste. */
import { FLAG_DST, READING_COLUMNS } from "../model/reading.ts";
import type { InspectedRow, Inspection } from "./inspection.ts";
import { printable } from "./text.ts";

/** Lines for a terminal of some 100 columns, with a newline at the end. No control characters. */
export function formatInspection(inspection: Inspection): string {
  const sections = [
    heading(inspection),
    section("Taken to be", traitLines(inspection)),
    section("Fields", fieldLines(inspection)),
    section("Left out: declare these to have them", leftOutLines(inspection)),
    section("Columns nothing reads", columnLines(inspection)),
    section("Why it can't be read yet", inspection.problems.map((problem) => `- ${problem}`)),
    section("First records as they are", inspection.problems.length > 0 ? inspection.raw_rows : []),
    section("First rows", inspection.rows.flatMap(rowLines)),
    section("Rejects", rejectLines(inspection)),
    section("For rackwatch.toml", inspection.toml.trimEnd().split("\n")),
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return text.join("\n\n") + "\n";
}

function heading({ file, format, source, columns, sampled, accepted, rejected }: Inspection) {
  return [
    printable(`${file}: ${format}, ${columns.length} columns, source "${source}"`),
    `${sampled} records tried: ${accepted} readings, ${rejected} rejects`,
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return [title, ...lines.map((line) => `  ${printable(line)}`)];
}

function traitLines({ traits }: Inspection): string[] {
  return aligned(traits.map(({ trait, is, confidence, why }) => [trait, is, confidence, why]));
}

function fieldLines({ fields }: Inspection): string[] {
  return aligned(
    fields.map(({ field, from, unit, confidence, why }) => [
      field,
      `← ${from}`,
      unit,
      confidence,
      confidence === "declared" ? "" : why,
    ]),
  );
}

const LEFT_OUT_SHOWN_MAX = 20;

function leftOutLines({ left_out }: Inspection): string[] {
  const lines = aligned(
    left_out.slice(0, LEFT_OUT_SHOWN_MAX).map(({ field, column, why, candidates }) => [
      field,
      column,
      candidates.length > 0 ? `${why}; unit = ${candidates.join(" | ")}` : why,
    ]),
  );
  const more = left_out.length - LEFT_OUT_SHOWN_MAX;
  return more > 0 ? [...lines, `and ${more} more (--json has them all)`] : lines;
}

function columnLines({ unknown_columns }: Inspection): string[] {
  return unknown_columns.length === 0 ? [] : [unknown_columns.join(", ")];
}

function rowLines({ raw, reading, flags }: InspectedRow): string[] {
  const values = READING_COLUMNS.map((column) => `${column}=${reading[column] ?? "null"}`);
  const note = (flags & FLAG_DST) === 0 ? "" : " (clock change: the rule chose the instant)";
  return [raw, `→ ${values.join(" ")}${note}`];
}

function rejectLines({ rejects, rejected }: Inspection): string[] {
  const lines = rejects.flatMap(({ offset, code, detail, raw }) => [
    `${code} at ${offset}: ${detail}`,
    `  ${raw.slice(0, 200)}`,
  ]);
  const more = rejected - rejects.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

/** Columns padded to their widest cell, the last one left as it is. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.min(40, Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  );
  return rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()
  );
}
