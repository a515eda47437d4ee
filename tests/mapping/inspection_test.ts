import { expect, test } from "bun:test";
import { inspect } from "../../src/mapping/inspection.ts";
import { formatInspection } from "../../src/mapping/inspection_text.ts";
import { parseDeclarations } from "../../src/mapping/declaration.ts";
import { compileMapping } from "../../src/mapping/normaliser.ts";
import type { Fields, SourceItem } from "../../src/model/record.ts";
import { declare, record } from "./support.ts";

const ROWS: readonly Fields[] = [
  { host: "h1", ts: 1763692976, temp_f: 95, note: "fine" },
  { host: "h2\u001b[2J", ts: 1763692977, temp_f: 95 },
  { host: "h3", ts: "soon", temp_f: 95 },
];
const BROKEN: SourceItem = {
  kind: "dead_letter",
  offset: 9,
  code: "ragged_row",
  detail: "expected 4 cells, got 3",
  raw: "a,b,c",
};

function inspected(keys = "") {
  return inspect({
    file: "lab/a.csv",
    format: "csv",
    columns: ["host", "ts", "temp_f", "note"],
    items: [...ROWS.map((fields, offset) => record(fields, offset)), BROKEN],
    declaration: declare(`name = "lab"\npath = "lab/*.csv"\ntimestamp = "ts"\n${keys}`),
  });
}

test("inspection: every item tried is a reading or a reject", () => {
  const { sampled, accepted, rejected, rejects } = inspected();
  expect({ sampled, accepted, rejected }).toEqual({ sampled: 4, accepted: 1, rejected: 3 });
  expect(rejects.map(({ code }) => code)).toEqual([
    "invalid_host_id",
    "invalid_time",
    "ragged_row",
  ]);
});

test("inspection: a row stands beside what it becomes", () => {
  expect(inspected().rows).toEqual([{
    raw: JSON.stringify(ROWS[0]),
    reading: {
      host_id: "h1",
      region: "lab",
      timestamp: "2025-11-21T02:42:56Z",
      temp_c: 35,
      cpu_load: null,
      voltage: null,
      power_watts: null,
    },
    flags: 0,
  }]);
});

test("inspection: the block to paste gives the very mapping that was shown", () => {
  const inspection = inspected();
  const { source } = Bun.TOML.parse(inspection.toml) as { source?: unknown };
  const again = compileMapping(parseDeclarations(source, "pasted")[0]!);
  expect(again.version).toBe(inspection.mapping_version!);
});

test("inspection: what is to be chosen stands in the block as comments, and each line is valid", () => {
  const { toml, problems } = inspect({
    file: "x.csv",
    format: "csv",
    columns: ["host", "time", "temperature"],
    items: [record({ host: "h", time: "01/02/2025 10:00", temperature: "70" })],
    declaration: declare(`name = "x"\npath = "x.csv"`),
  });
  expect(problems).toHaveLength(2);
  const blockOf = (text: string) => (Bun.TOML.parse(text) as { source?: unknown }).source;
  expect(parseDeclarations(blockOf(toml), "pasted")).toHaveLength(1);
  const lines = toml.split("\n").filter((line) => line.startsWith("# ") && line.includes(" = "));
  expect(lines).toHaveLength(5);
  for (const line of lines) {
    expect(parseDeclarations(blockOf(toml.replace(line, line.slice(2))), line)).toHaveLength(1);
  }
});

test("inspection: a text that is no table is called so", () => {
  const items = [record({ a: "1" }), BROKEN, BROKEN];
  const declaration = declare(`name = "x"\npath = "x"`);
  const { problems } = inspect({ file: "x", format: "csv", columns: ["a"], items, declaration });
  expect(problems[0]).toContain("2 of its first 3 rows have other than as many cells");
});

test("inspection: a file without records has no other fault", () => {
  const declaration = declare(`name = "x"\npath = "x"`);
  const { problems } = inspect({
    file: "x",
    format: "csv",
    columns: [],
    items: [],
    declaration,
  });
  expect(problems).toEqual(["the file has no records"]);
});

test("inspection: a file of which nothing can be read has the first reject as its fault", () => {
  const { problems, toml } = inspect({
    file: "x",
    format: "json",
    columns: [],
    items: [BROKEN, BROKEN],
    declaration: declare(`name = "x"\npath = "x"`),
  });
  expect(problems).toEqual([
    "none of its first 2 records can be read; the first one, at 9: ragged_row: expected 4 cells, got 3",
  ]);
  expect(toml).not.toContain("#");
});

test("inspection: it survives JSON", () => {
  const inspection = inspected();
  expect(JSON.parse(JSON.stringify(inspection))).toEqual(inspection);
});

test("inspection: what can't be read is said with its reason, and no rows are made up", () => {
  const inspection = inspect({
    file: "x",
    format: "csv",
    columns: ["a"],
    items: [record({ a: "1" })],
    declaration: declare(`name = "x"\npath = "x"`),
  });
  expect(inspection.rows).toEqual([]);
  expect(inspection.problems).toHaveLength(3);
  expect(formatInspection(inspection)).toContain("Why it can't be read yet");
});

test("inspection text: names the field, its column, unit and why, and the rejects", () => {
  const text = formatInspection(inspected());
  expect(text).toContain("lab/a.csv: csv, 4 columns");
  expect(text).toMatch(/temp_c +← temp_f +fahrenheit +certain +its name says fahrenheit/);
  expect(text).toContain("ragged_row at 9: expected 4 cells, got 3");
  expect(text).toContain("[[source]]");
});

test("inspection text: no character of the file controls the terminal", () => {
  // deno-lint-ignore no-control-regex
  expect(formatInspection(inspected())).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});
