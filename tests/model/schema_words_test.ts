/** What changed of a source's columns, in words. */
import { expect, test } from "bun:test";
import { schemaChanges, type SchemaColumn } from "../../src/model/schema.ts";
import { schemaWords } from "../../src/model/schema_words.ts";

const column = (name: string, change: Partial<SchemaColumn> = {}): SchemaColumn => ({
  name,
  type: "number",
  mappedTo: null,
  unit: null,
  ...change,
});
const temperature = (name: string, unit: string) => column(name, { mappedTo: "temp_c", unit });
const F = temperature("temp_f", "fahrenheit"), C = temperature("temp_c", "celsius");

const CASES: readonly [string, SchemaColumn[], SchemaColumn[], string][] = [
  ["nothing", [F], [F], ""],
  [
    "a rename with its unit",
    [F],
    [C],
    "temp_f gone, temp_c added: temperature is now read from temp_c in celsius",
  ],
  ["what no field is read from", [column("fan")], [column("rack")], "fan gone; rack added"],
  [
    "a field that nothing tells any more, before the rest",
    [column("fan"), C],
    [],
    "temp_c gone: temperature is no longer read from it; fan gone",
  ],
  [
    "a column that stays under another unit",
    [temperature("t", "fahrenheit")],
    [temperature("t", "celsius")],
    "t is now read in celsius, was fahrenheit",
  ],
  ["a type", [column("a")], [column("a", { type: "text" })], "a is now text, was number"],
  [
    "a column that another field is read from",
    [column("t")],
    [column("t", { mappedTo: "timestamp", unit: "epoch_s" })],
    "time is now read from t as epoch_s",
  ],
];

for (const [name, before, after, words] of CASES) {
  test(`schema words: ${name}`, () => {
    expect(schemaWords(schemaChanges(before, after))).toBe(words);
  });
}

test("schema words: of many changes a few are told and the rest counted", () => {
  const many = Array.from({ length: 20 }, (_, index) => column(`c${index}`));
  expect(schemaWords(schemaChanges([], many))).toEndWith("; and 12 more");
});
