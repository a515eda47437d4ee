/** `inspect FILE`: how a file would be read, and why. Loads nothing, writes nothing. */
import { basename, extname, relative, resolve } from "node:path";
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
import type { SourceItem } from "../model/record.ts";
import { DamagedFileError } from "../sources/damaged_file.ts";
import type { FileSource } from "../sources/file_source.ts";
import { openSource } from "../workers/batch/open_source.ts";
import type { CommandRunner } from "./command.ts";
import { checkDeclarations } from "./declarations.ts";

/** Records looked at; the rest of the file is not read. */
const SAMPLE_ITEMS_MAX = 1_000;

export const inspect: CommandRunner = async ({ call, config }) => {
  checkDeclarations(config);
  const path = resolve(call.positionals[0]!);
  if (!(await Bun.file(path).exists())) throw new UsageError(`There is no file ${path}`);
  const declaration = declarationFor(path, config, call.flags["source"]);
  let source: FileSource;
  const items: SourceItem[] = [];
  try {
    source = await openSource(path, declaration);
    for await (const chunk of source.items()) {
      items.push(...chunk.slice(0, SAMPLE_ITEMS_MAX - items.length));
      if (items.length >= SAMPLE_ITEMS_MAX) break;
    }
  } catch (error) {
    if (!(error instanceof DamagedFileError)) throw error;
    console.error(`rackwatch: the file would be refused. ${error.message}`);
    if (call.flags["json"] === true) {
      console.log(JSON.stringify({ file: path, refused: error.message }));
    }
    return 1;
  }
  const inspection = inspectItems({
    file: path,
    format: source.format,
    columns: source.columns ?? columnsOf(items),
    items,
    declaration,
  });
  console.log(
    call.flags["json"] === true ? JSON.stringify(inspection) : formatInspection(inspection),
  );
  return inspection.problems.length === 0 ? 0 : 1;
};

function columnsOf(items: readonly SourceItem[]): string[] {
  return [
    ...new Set(items.flatMap((item) => item.kind === "record" ? Object.keys(item.fields) : [])),
  ];
}

/** The named source, else the one whose paths name the file, else nothing declared at all. */
function declarationFor(
  path: string,
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
  const inside = relative(config.dataDir, path);
  const byPath = all.find((one) => one.paths.some((glob) => new Bun.Glob(glob).match(inside)));
  const shown = inside.startsWith("..") ? path : inside;
  return byPath ?? parseDeclaration({ name: nameOf(path), path: [shown] }, "inspect");
}

/** A source name made of the file's. */
function nameOf(path: string): string {
  const stem = basename(path, extname(path)).replace(/[^A-Za-z0-9_.-]+/g, "_").slice(0, 64);
  return /^[A-Za-z0-9]/.test(stem) ? stem : `file${stem}`.slice(0, 64);
}
