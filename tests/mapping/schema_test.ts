/** A file's columns as its first records and its mapping tell them. */
import { expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { parseDeclarations } from "../../src/mapping/declaration.ts";
import { compileMapping } from "../../src/mapping/normaliser.ts";
import { schemaColumns } from "../../src/mapping/schema.ts";

const mapping = compileMapping(
  parseDeclarations([{
    name: "lab",
    path: "*.csv",
    host_id: "host",
    timestamp: { column: "time", format: "epoch_s" },
    temp_c: { column: "sensor.temp", unit: "fahrenheit" },
    missing: ["-"],
  }], "test")[0]!,
);

test("schema of a file: fields with units, paths as columns, values of each kind", () => {
  const record = {
    host: "a",
    time: "1700000000",
    sensor: { temp: 70 },
    on: "true",
    note: "-",
    mode: 1,
  };
  const records = [record, record, { ...record, mode: "eco" }, { ...record, mode: "eco" }];
  expect(schemaColumns(mapping, ["host", "time", "later"], records)).toEqual([
    { name: "host", type: "text", mappedTo: "host_id", unit: null },
    { name: "sensor.temp", type: "number", mappedTo: "temp_c", unit: "fahrenheit" },
    { name: "time", type: "number", mappedTo: "timestamp", unit: "epoch_s" },
    { name: "later", type: "unknown", mappedTo: null, unit: null },
    { name: "mode", type: "mixed", mappedTo: null, unit: null },
    { name: "note", type: "unknown", mappedTo: null, unit: null },
    { name: "on", type: "boolean", mappedTo: null, unit: null },
    { name: "sensor", type: "object", mappedTo: null, unit: null },
  ]);
});

test("schema of a file: a region told from the host's name is read from no column", () => {
  const [source] = parseDeclarations([{
    name: "lab",
    path: "*.csv",
    host_id: "host",
    region: { prefixes: { DE: "Germany" } },
    timestamp: "time",
    temp_c: "t",
  }], "test");
  const found = schemaColumns(compileMapping(source!), ["host", "host_id", "t", "time"], []);
  expect(found.find(({ name }) => name === "host_id")?.mappedTo).toBeNull();
});

test("schema of a file: a bad value among good ones changes no type", () => {
  const records = [...Array.from({ length: 20 }, (_, fan) => ({ fan })), { fan: "hot" }];
  expect(schemaColumns(mapping, [], records)[0]?.type).toBe("number");
});

test("schema of a file: of too many columns those stay that a reading is read from", () => {
  const columns = Array.from({ length: 2 * LIMITS.schemaColumnsMax }, (_, index) => `a${index}`);
  const found = schemaColumns(mapping, [...columns, "time", "host"], []);
  expect(found).toHaveLength(LIMITS.schemaColumnsMax);
  expect(found.slice(0, 2).map(({ name }) => name)).toEqual(["host", "time"]);
});

test("schema of a file: a name that the store can't hold is made one that it can", () => {
  const [found] = schemaColumns(mapping, ["\u0000\ud800" + "x".repeat(1_000)], []);
  expect(found?.name).toMatch(/^\ufffd\ufffdx+/);
  expect(Buffer.byteLength(found!.name)).toBeLessThanOrEqual(LIMITS.schemaNameBytesMax);
});
