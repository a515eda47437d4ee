/** Known inputs → right °C, percent and UTC, to the last digit: each folder of golden/mapping. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDeclarations } from "../../src/mapping/declaration.ts";
import { compileMapping } from "../../src/mapping/normaliser.ts";
import { readingToJson } from "../../src/model/reading.ts";
import type { Fields, Normalised } from "../../src/model/record.ts";

const directory = join(import.meta.dir, "..", "golden", "mapping");

for (const name of readdirSync(directory)) {
  test(`golden mapping: ${name}`, () => {
    const read = (file: string) => readFileSync(join(directory, name, file), "utf8");
    const { source } = Bun.TOML.parse(read("source.toml")) as { source?: unknown };
    const mapping = compileMapping(parseDeclarations(source, `${name}/source.toml`)[0]!);
    const outcomes = lines(read("input.ndjson")).map((raw, offset) =>
      outcome(mapping.normalise(
        { kind: "record", offset, fields: JSON.parse(raw) as Fields, raw },
        null,
      ))
    );
    expect(outcomes).toEqual(lines(read("expected.ndjson")).map((line) => JSON.parse(line)));
  });
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** A reading with its flags where it has any, or the code of the dead letter. */
function outcome(normalised: Normalised): unknown {
  if (normalised.kind === "dead_letter") return { code: normalised.code };
  const { flags, ...reading } = normalised.reading;
  return { ...readingToJson(reading), ...(flags === 0 ? {} : { flags }) };
}
