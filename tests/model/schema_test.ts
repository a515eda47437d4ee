/** What differs between two findings of a source's columns. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { schemaChanges, type SchemaColumn } from "../../src/model/schema.ts";

const tempF = { name: "temp_f", type: "number", mappedTo: "temp_c", unit: "fahrenheit" };
const tempC = { name: "temp_c", type: "number", mappedTo: "temp_c", unit: "celsius" };
const rack = { name: "rack", type: "text", mappedTo: null, unit: null };
const kinds = (before: SchemaColumn[], after: SchemaColumn[]) =>
  schemaChanges(before, after).map(({ kind }) => kind);

const columns = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom("a", "b", "c", "d", "e"),
    type: fc.constantFrom("number", "text"),
    mappedTo: fc.constantFrom("temp_c", "voltage", null),
    unit: fc.constantFrom("celsius", "kelvin", null),
  }),
  { selector: ({ name }) => name },
);

test("schema: a column of the same field under another name and unit is renamed and of another unit", () => {
  expect(kinds([tempF, rack], [rack, tempC])).toEqual(["renamed", "unit_changed"]);
});

test("schema: columns that no field is read from are gone and added, never renamed", () => {
  expect(kinds([rack], [{ ...rack, name: "slot" }])).toEqual(["gone", "added"]);
});

test("schema: with two successors nobody guesses which one it became", () => {
  expect(kinds([tempF], [tempC, { ...tempC, name: "inlet" }])).toEqual(["gone", "added", "added"]);
});

test("schema: a column that stayed tells another type", () => {
  expect(kinds([rack], [{ ...rack, type: "number" }])).toEqual(["type_changed"]);
});

test("schema: the same columns in any order are no change", () => {
  fc.assert(fc.property(columns, (some) => {
    expect(schemaChanges(some, some.toReversed())).toEqual([]);
  }));
});

test("schema: what is gone one way is added the other way, and renames and changes are as many", () => {
  fc.assert(fc.property(columns, columns, (before, after) => {
    const mirror = { gone: "added", added: "gone" } as Record<string, string>;
    const back = kinds(after, before).map((kind) => mirror[kind] ?? kind);
    expect(back.sort()).toEqual(kinds(before, after).sort());
  }));
});
