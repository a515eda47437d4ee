import { expect, test } from "bun:test";
import { parseDeclaration, parseDeclarations } from "../../src/mapping/declaration.ts";
import { declarationToml } from "../../src/mapping/declaration_toml.ts";
import { BUILTIN_SOURCES, FEED_DECLARATION } from "../../src/mapping/builtin.ts";
import { declare } from "./support.ts";

const PLACE = `name = "lab"\npath = "lab/*.csv"\n`;

const REFUSED = [
  ["", `rackwatch.toml, source 1: name: must be a text that is not blank, got nothing`],
  [`name = "a b"`, `must be 1 to 64 letters, digits, _ . or -`],
  [`name = "lab"`, `a source has either a path or connect / listen = true, got nothing`],
  [`${PLACE}listen = true`, `a source has either a path or connect / listen = true, got "both"`],
  [`${PLACE}hots_id = "x"`, `source 1 "lab": no setting "hots_id" here; did you mean "host_id"?`],
  [
    `${PLACE}format = "cvs"`,
    `format: must be one of csv, ndjson, json, parquet, got "cvs"; write "csv"`,
  ],
  [`${PLACE}timezone = "Madrid"`, `timezone: must be an IANA time zone or an offset, got "Madrid"`],
  [
    `${PLACE}timestamp = { column = "t", format = "HH:mm" }`,
    `timestamp.format: Cannot use time format`,
  ],
  [
    `${PLACE}timestamp = { column = "t", prefer = "late" }`,
    `timestamp.prefer: must be one of earlier, later`,
  ],
  [
    `${PLACE}temp_c = { column = "t", unit = "farenheit" }`,
    `temp_c.unit: must be one of celsius, fahrenheit, kelvin, got "farenheit"; write "fahrenheit"`,
  ],
  [`${PLACE}temp_c = { colum = "t" }`, `temp_c: no setting "colum" here; did you mean "column"?`],
  [`${PLACE}temp_c = []`, `temp_c: must not be empty`],
  [
    `${PLACE}cpu_load = { column = "c", unit = "watts" }`,
    `cpu_load.unit: must be one of percent, fraction`,
  ],
  [`${PLACE}voltage = 12`, `voltage: must be a text that is not blank, got 12`],
  [`${PLACE}csv = { delimiter = ";;" }`, `csv.delimiter: must be one character, got ";;"`],
  [`${PLACE}csv = { header = ["a", "a"] }`, `csv.header: must name every column once`],
  [`${PLACE}region = { default = "x" }`, `region: needs a column or prefixes`],
  [
    `${PLACE}region = "a\\nb"`,
    `a region holds no control, line-break or text-direction characters`,
  ],
  [`${PLACE}host_id = { value = "" }`, `host_id: must be a text that is not blank`],
  [`${PLACE}host_id = { value = "x", column = "y" }`, `has one of column, value and path`],
  [
    `${PLACE}bounds = { power_watts = [10, 0] }`,
    `bounds.power_watts: must be two numbers, the lower first`,
  ],
  [`${PLACE}bounds = { cpu_load = [0, 200] }`, `bounds.cpu_load: lies within 0 and 100 percent`],
  [`${PLACE}decimal = ";"`, `decimal: must be one of ., ,`],
  [`${PLACE}missing = [true]`, `missing[0]: must be a number or a text, got true`],
] as const;

for (const [toml, message] of REFUSED) {
  const last = toml.split("\n").at(-1) || "nothing";
  test(`declaration: ${last} is refused with what would be right`, () => {
    expect(() => declare(toml)).toThrow(message);
  });
}

test("declaration: two sources of one name are refused", () => {
  const source = { name: "lab", path: "x" };
  expect(() => parseDeclarations([source, source], "rackwatch.toml")).toThrow(
    `every source needs a name of its own, got "lab"`,
  );
});

test("declaration: what is no table is refused", () => {
  expect(() => parseDeclaration(7, "here")).toThrow("here: a source must be a table, got 7");
});

test("declaration: fields left out are null, to be inferred", () => {
  const { hostId, region, timestamp, timezone, format, metrics } = declare(PLACE);
  expect({ hostId, region, timestamp, timezone, format }).toEqual({
    hostId: null,
    region: null,
    timestamp: null,
    timezone: null,
    format: null,
  });
  expect(metrics).toEqual({ temp_c: null, cpu_load: null, voltage: null, power_watts: null });
});

test("declaration: false says that a metric is not measured", () => {
  expect(declare(`${PLACE}voltage = false`).metrics.voltage).toEqual([]);
});

test("declaration: a unit's symbol is the unit", () => {
  const { metrics } = declare(`${PLACE}temp_c = { column = "t", unit = "°F" }`);
  expect(metrics.temp_c?.[0]?.unit).toBe("fahrenheit");
});

const EVERYTHING = `${PLACE}format = "csv"
csv = { header = ["t", "a b", "c\\"d"], delimiter = ";", encoding = "latin1", quote = "'" }
region = [{ path = "zone", prefixes = { eu = "Europe" } }, { column = "dc" }, { prefixes = { "A-" = "Austria" }, default = "elsewhere" }]
host_id = ["h", { path = "host" }, { value = "one" }]
timezone = "Europe/Vienna"
timestamp = [{ column = "t", format = "DD.MM.YYYY HH:mm", timezone = "UTC", prefer = "later" }, "u"]
temp_c = [{ column = "a", unit = "kelvin", missing = [0, "N/A"] }, "b"]
cpu_load = { column = "values[0]", unit = "percent", when = { plugin = "cpu", "x y" = 2 } }
voltage = false
missing = [-999]
decimal = ","
bounds = { power_watts = [0, 50000] }
ignore = ["z"]
`;

for (const source of [declare(EVERYTHING), declare(PLACE), ...BUILTIN_SOURCES, FEED_DECLARATION]) {
  test(`declaration: ${source.name} written as TOML reads back the same`, () => {
    const { source: raw } = Bun.TOML.parse(declarationToml(source)) as { source?: unknown };
    expect(parseDeclarations(raw, "again")).toEqual([source]);
  });
}
