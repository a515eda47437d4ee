/** Which of a mapping's rules made the fields of one record. */
import { expect, test } from "bun:test";
import { FEED_DECLARATION } from "../../../src/mapping/builtin.ts";
import { parseDeclaration } from "../../../src/mapping/declaration.ts";
import { compileMapping } from "../../../src/mapping/normaliser.ts";
import { fieldOrigins } from "../../../src/workers/origin/field_origins.ts";

const feed = compileMapping(FEED_DECLARATION).describe();
const LINE = { host_id: "a", timestamp: "2025-11-21T02:42:56Z", temp_c: 61.5 };

test("each field once, with the value as it stood in the record", () => {
  const origins = fieldOrigins(feed, { ...LINE, region: "Home" });
  expect(origins.map(({ field, value }) => [field, value])).toEqual([
    ["host_id", "a"],
    ["region", "Home"],
    ["timestamp", "2025-11-21T02:42:56Z"],
    ["temp_c", "61.5"],
    ["cpu_load", null],
    ["voltage", null],
    ["power_watts", null],
  ]);
});

test("a region that is not in the record comes from the host's name", () => {
  const regions = fieldOrigins(feed, LINE).filter((one) => one.field === "region");
  expect(regions).toMatchObject([{ column: "host_id", value: "a" }]);
});

test("without the record, all rules as declared; long values are cut", () => {
  expect(fieldOrigins(feed, null).length).toBe(feed.length);
  const [host] = fieldOrigins(feed, { ...LINE, host_id: "x".repeat(500) });
  expect(host!.value!.length).toBe(201);
});

test("a constant has no column, and a path leads into nested records", () => {
  const declaration = parseDeclaration({
    name: "lab",
    listen: true,
    region: "Lab",
    host_id: "node.name",
    timestamp: { column: "at", format: "epoch_s" },
    temp_c: { column: "t[0]", unit: "fahrenheit" },
  }, "test");
  const rules = compileMapping(declaration).describe();
  const origins = fieldOrigins(rules, { node: { name: "n1" }, at: 1_763_692_976, t: [194] });
  expect(origins.slice(0, 4)).toMatchObject([
    { field: "host_id", column: "node.name", value: "n1" },
    { field: "region", column: `"Lab"`, value: null },
    { field: "timestamp", value: "1763692976" },
    { field: "temp_c", column: "t[0]", value: "194", unit: "fahrenheit" },
  ]);
});
