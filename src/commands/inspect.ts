/** `inspect FILE|URL|-`: how a file would be read, and why. Loads nothing, writes nothing. */
import { basename, relative } from "node:path";
import { UsageError } from "../cli.ts";
import type { Config } from "../config.ts";
import { BUILTIN_SOURCES, FEED_DECLARATION } from "../mapping/builtin.ts";
import {
  parseDeclaration,
  parseDeclarations,
  type SourceDeclaration,
} from "../mapping/declaration.ts";
import { inspect as inspectItems } from "../mapping/inspection.ts";
import { formatInspection } from "../mapping/inspection_text.ts";
import { globOf, pathParts, plainPattern } from "../mapping/path_parts.ts";
import type { SourceItem } from "../model/record.ts";
import { DamagedFileError } from "../sources/damaged_file.ts";
import type { FileSource } from "../sources/file_source.ts";
import { openSource } from "../workers/batch/open_source.ts";
import type { CommandRunner } from "./command.ts";
import { checkDeclarations } from "./declarations.ts";
import { type InspectInput, NoInputError, openInput } from "./inspect_input.ts";

/** Records looked at; the rest of the file is not read. */
const SAMPLE_ITEMS_MAX = 1_000;

/** Before the block of what is on no disk. */
const TO_BE_SAVED = "# Save it in the data directory, and write its path there:\n";

export const inspect: CommandRunner = async ({ call, config }) => {
  checkDeclarations(config);
  const json = call.flags["json"] === true;
  const word = call.positionals[0]!;
  let shown = word;
  try {
    const input = await openInput(word);
    shown = input.shown;
    const declaration = declarationFor(input, config, call.flags["source"]);
    const { source, items } = await sampleOf(input, declaration);
    const { toml, ...inspection } = inspectItems({
      file: input.cut === null ? shown : `${shown} (${input.cut})`,
      format: source.format,
      traits: source.traits(),
      columns: source.columns ?? columnsOf(items),
      items,
      declaration,
      parts: input.isFile ? pathParts(input.path, declaration.paths, config.dataDir) : {},
    });
    const told = { ...inspection, toml: input.isFile ? toml : TO_BE_SAVED + toml };
    console.log(json ? JSON.stringify(told) : formatInspection(told));
    return inspection.problems.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof DamagedFileError || error instanceof NoInputError)) throw error;
    const what = error instanceof NoInputError ? "nothing to inspect" : "the file would be refused";
    console.error(`rackwatch: ${what}. ${error.message}`);
    if (json) console.log(JSON.stringify({ file: shown, refused: error.message }));
    return 1;
  }
};

/** @throws {DamagedFileError} where the file would be refused, or too little of it is there. */
async function sampleOf(
  { path, files, shown, cut, endsInLine }: InspectInput,
  declaration: SourceDeclaration,
): Promise<{ readonly source: FileSource; readonly items: readonly SourceItem[] }> {
  const items: SourceItem[] = [];
  const source = await openSource(path, declaration, files).catch((error) => {
    if (cut === null) throw error;
    throw new DamagedFileError(shown, `${cut} are not enough; save it, and inspect the file`);
  });
  try {
    for await (const chunk of source.items()) {
      items.push(...chunk.slice(0, SAMPLE_ITEMS_MAX - items.length));
      if (items.length >= SAMPLE_ITEMS_MAX) break;
    }
  } catch (error) {
    // A compressed stream that was cut is no damage.
    if (cut === null || items.length === 0) throw error;
  }
  if (endsInLine && items.length < SAMPLE_ITEMS_MAX) items.pop();
  return { source, items };
}

function columnsOf(items: readonly SourceItem[]): string[] {
  return [
    ...new Set(items.flatMap((item) => item.kind === "record" ? Object.keys(item.fields) : [])),
  ];
}

/** The named source, else the one whose paths name the file, else nothing declared at all. */
function declarationFor(
  { path, isFile }: InspectInput,
  config: Config,
  named: string | boolean | undefined,
): SourceDeclaration {
  const declared = parseDeclarations(config.sources, config.configFile ?? "configuration");
  const all = [...declared, ...BUILTIN_SOURCES, FEED_DECLARATION];
  if (typeof named === "string") {
    const found = all.find((one) => one.name === named);
    if (found !== undefined) return found;
    throw new UsageError(
      `There is no source "${named}"; sources are ${all.map((one) => one.name).join(", ")}`,
    );
  }
  // What is on no disk yet is taken for a file of its name in the data directory.
  const inside = isFile ? relative(config.dataDir, path) : basename(path);
  const isNamed = (glob: string) =>
    new Bun.Glob(globOf(glob)).match(inside) || new Bun.Glob(globOf(glob)).match(path);
  const byPath = isFile ? all.find((one) => one.paths.some(isNamed)) : undefined;
  const shown = plainPattern(inside.startsWith("..") ? path : inside);
  return byPath ?? parseDeclaration({ name: sourceNameOf(path), path: [shown] }, "inspect");
}

/** A source name made of the file's. */
export function sourceNameOf(path: string): string {
  const stem = basename(path).replace(/(\.[A-Za-z0-9]+)?(\.(gz|zst))?$/, "")
    .replace(/[^A-Za-z0-9_.-]+/g, "_").slice(0, 64);
  return /^[A-Za-z0-9]/.test(stem) ? stem : `file${stem}`.slice(0, 64);
}
