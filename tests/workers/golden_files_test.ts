/**
 * Files as found, nothing declared → what they become, each folder of golden/files: `inspect` asks
 * or tells, and its block, pasted, loads the file to the readings that it showed.
 */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { sourceNameOf } from "../../src/commands/inspect.ts";
import { parseDeclaration, parseDeclarations } from "../../src/mapping/declaration.ts";
import { inspect, type Inspection } from "../../src/mapping/inspection.ts";
import { pathParts, plainPattern } from "../../src/mapping/path_parts.ts";
import { type ReadingJson, readingToJson } from "../../src/model/reading.ts";
import type { SourceItem } from "../../src/model/record.ts";
import { openMapped } from "../../src/workers/batch/mapped_file.ts";
import { openSource } from "../../src/workers/batch/open_source.ts";
import { findHistoryFiles } from "../../src/workers/batch/sources.ts";

interface Expected {
  /** Lines to choose from, where the file alone does not tell, and the one taken. */
  readonly choices?: string[];
  readonly chosen?: string;
  readonly readings: ReadingJson[];
  readonly rejects?: string[];
}

const GOLDEN = join(import.meta.dir, "..", "golden", "files");

for (const name of readdirSync(GOLDEN)) {
  const directory = join(GOLDEN, name);
  const expected: Expected = JSON.parse(readFileSync(join(directory, "expected.json"), "utf8"));
  const { choices = [], chosen, readings, rejects = [] } = expected;

  test(`golden file ${name}: what inspect asks for, and what it shows`, async () => {
    const inspection = await inspected(directory);
    const offered = inspection.toml.split("\n").filter((line) => /^# \w+ = /.test(line));
    expect(offered).toEqual(choices.map((line) => `# ${line}`));
    expect(inspection.problems.length).toBe(choices.length === 0 ? 0 : 1);
    const shown = choices.length === 0 ? readings : [];
    expect(inspection.rows.map(({ reading }) => reading)).toEqual(shown);
  });

  test(`golden file ${name}: inspect's block, pasted, loads it`, async () => {
    const { toml } = await inspected(directory);
    const block = chosen === undefined ? toml : toml.replace(`# ${chosen}`, chosen);
    expect(await loaded(directory, block)).toEqual({ readings, rejects });
  });

  if (choices.length > 0) {
    test(`golden file ${name}: it is not loaded while nothing is chosen`, async () => {
      const { toml } = await inspected(directory);
      await expect(loaded(directory, toml)).rejects.toThrow("Cannot tell how to read it");
    });
  }
}

async function inspected(directory: string): Promise<Inspection> {
  const path = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "expected.json")
    .map((entry) => join(entry.parentPath, entry.name))[0]!;
  const inside = path.slice(directory.length + 1);
  const declaration = parseDeclaration(
    { name: sourceNameOf(basename(path)), path: plainPattern(inside) },
    "test",
  );
  const source = await openSource(path, declaration);
  const items: SourceItem[] = [];
  for await (const list of source.items()) items.push(...list);
  const fields = items.flatMap((item) => item.kind === "record" ? Object.keys(item.fields) : []);
  return inspect({
    file: inside,
    format: source.format,
    columns: source.columns ?? [...new Set(fields)],
    items,
    declaration,
    parts: pathParts(path, declaration.paths, directory),
  });
}

async function loaded(directory: string, toml: string) {
  const { source: tables } = Bun.TOML.parse(toml) as { source?: unknown };
  const [file, ...others] = await findHistoryFiles(parseDeclarations(tables, "pasted"), directory);
  expect(others).toEqual([]);
  const { source, mappingOf } = await openMapped(file!);
  const readings: ReadingJson[] = [];
  const rejects: string[] = [];
  for await (const items of source.items()) {
    const mapping = mappingOf(items);
    for (const item of items) {
      const outcome = item.kind === "record" ? mapping.normalise(item, null) : item;
      if (outcome.kind === "dead_letter") rejects.push(outcome.code);
      else readings.push(readingToJson(outcome.reading));
    }
  }
  return { readings, rejects };
}
