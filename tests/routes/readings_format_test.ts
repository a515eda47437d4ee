import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ReadingJson } from "../../src/model/reading.ts";
import { csvCell, formatReadings, type ReadingFormat } from "../../routes/readings_format.ts";

function reading(host_id: string, temp_c: number | null = -1.5): ReadingJson {
  return {
    host_id,
    region: "India",
    timestamp: "2025-11-21T02:42:56Z",
    temp_c,
    cpu_load: 42,
    voltage: null,
    power_watts: 0,
  };
}

async function* inPages(pages: readonly (readonly ReadingJson[])[]) {
  yield* pages;
}

async function written(pages: readonly (readonly ReadingJson[])[], format: ReadingFormat) {
  return (await Array.fromAsync(formatReadings(inPages(pages), format))).join("");
}

/** RFC 4180, strictly: rows end with CRLF, a quote only opens at a cell's start. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [], rest = text;
  while (rest !== "") {
    const match = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(rest);
    if (match === null) throw new Error(`not CSV: ${JSON.stringify(rest.slice(0, 80))}`);
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === "\r\n") {
      rows.push(row);
      row = [];
    }
    rest = rest.slice(match[0].length);
  }
  return rows;
}

const CELLS: readonly (readonly [string | number | null, string])[] = [
  [null, ""],
  [0, "0"],
  [-1.5, "-1.5"],
  ["plain", "plain"],
  ["a,b", '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ["two\nlines", '"two\nlines"'],
  ["=cmd()", "'=cmd()"],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\tx", "'\tx"],
  ["\rx", '"\'\rx"'],
  ['=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'],
  ["a=b", "a=b"],
  ["<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"],
];

for (const [value, cell] of CELLS) {
  test(`the cell of ${JSON.stringify(value)} is ${JSON.stringify(cell)}`, () => {
    expect(csvCell(value)).toBe(cell);
  });
}

test("no host name makes a cell that begins like a formula, and every one reads back", async () => {
  const names = fc.array(fc.string({ minLength: 1, unit: "binary" }), { maxLength: 5 });
  await fc.assert(fc.asyncProperty(names, async (hosts) => {
    const rows = parseCsv(await written([hosts.map((host) => reading(host))], "csv")).slice(1);
    expect(rows.length).toBe(hosts.length);
    rows.forEach((row, i) => {
      expect(row.length).toBe(7);
      expect(row[0]).not.toMatch(/^[=+\-@\t\r\n]/);
      expect([hosts[i]!, `'${hosts[i]}`]).toContain(row[0]!);
    });
  }));
});

test("CSV has the seven columns in their order, numbers as numbers, not measured as empty", async () => {
  expect(await written([[reading("a")]], "csv")).toBe(
    "host_id,region,timestamp,temp_c,cpu_load,voltage,power_watts\r\n" +
      "a,India,2025-11-21T02:42:56Z,-1.5,42,,0\r\n",
  );
});

test("JSON and NDJSON read back the same however the pages are cut", async () => {
  const pages = fc.array(
    fc.array(fc.record({ host: fc.string(), temp: fc.option(fc.integer()) }), { maxLength: 3 }),
    { maxLength: 4 },
  );
  await fc.assert(fc.asyncProperty(pages, async (given) => {
    const cut = given.map((page) => page.map(({ host, temp }) => reading(host, temp)));
    expect(JSON.parse(await written(cut, "json"))).toEqual(cut.flat());
    const text = await written(cut, "ndjson");
    const parsed = text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
    expect(parsed).toEqual(cut.flat());
  }));
});

test("without readings each format is still a whole document", async () => {
  expect(await written([], "json")).toBe("[]\n");
  expect(await written([[]], "json")).toBe("[]\n");
  expect(await written([], "ndjson")).toBe("");
  expect(await written([], "csv")).toStartWith("host_id,");
});

test("what is odd about a reading's time is a column of its own, if asked for", async () => {
  const odd = { ...reading("a"), flags: ["late", "clock_change"] as const };
  const text = (await Array.fromAsync(formatReadings(inPages([[odd, reading("b")]]), "csv", true)))
    .join("");
  const [head, first, second] = parseCsv(text);
  expect(head!.at(-1)).toBe("flags");
  expect(first!.at(-1)).toBe("late clock_change");
  expect(second!.at(-1)).toBe("");
  expect(parseCsv(await written([[odd]], "csv"))[1]).toEqual(first!.slice(0, -1));
});
