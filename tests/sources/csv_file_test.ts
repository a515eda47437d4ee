import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { DeadLetter, RawRecord, SourceItem } from "../../src/model/record.ts";
import { CsvFile, type CsvOptions } from "../../src/sources/csv_file.ts";
import { HeaderWatch } from "../../src/sources/csv_header.ts";

async function* sliced(bytes: Uint8Array, size: number) {
  // One buffer for all, as a file's chunks have.
  const buffer = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size);
    buffer.set(chunk);
    yield buffer.subarray(0, chunk.length);
    buffer.fill(0);
  }
}

async function read(bytes: Uint8Array, options: CsvOptions = {}, chunkBytes = 65_536) {
  const file = new CsvFile("test.csv", options);
  const items: SourceItem[] = [];
  for await (const list of file.read(sliced(bytes, chunkBytes))) items.push(...list);
  return { file, items };
}

const readText = (text: string, options?: CsvOptions, chunkBytes?: number) =>
  read(new TextEncoder().encode(text), options, chunkBytes);

const codes = (items: readonly SourceItem[]) =>
  items.map((item) => item.kind === "record" ? item.fields : item.code);

const GOLDEN = join(import.meta.dir, "../golden/csv");
for (const name of readdirSync(GOLDEN).filter((name) => name.endsWith(".csv"))) {
  const golden = JSON.parse(readFileSync(join(GOLDEN, name.replace(".csv", ".json")), "utf8"));
  for (const chunkBytes of [65_536, 1]) {
    test(`csv golden ${name} in chunks of ${chunkBytes}`, async () => {
      const { items } = await read(readFileSync(join(GOLDEN, name)), golden.options, chunkBytes);
      expect(codes(items)).toEqual(golden.rows);
    });
  }
}

test("CsvFile gives each row its byte offset and its text", async () => {
  const { items } = await readText('\ufeffhost,note\na,"x\ny"\r\né,2\nc,3\n');
  expect(items.map((item) => [item.offset, item.raw])).toEqual([
    [13, 'a,"x\ny"'],
    [22, "é,2"],
    [27, "c,3"],
  ]);
});

test("CsvFile says how many cells a ragged row should have", async () => {
  const { items } = await readText("host,temp\na\nb,1,2\n");
  expect(items as DeadLetter[]).toEqual([
    {
      kind: "dead_letter",
      offset: 10,
      code: "ragged_row",
      detail: "expected 2 cells as in the header, got 1",
      raw: "a",
    },
    {
      kind: "dead_letter",
      offset: 12,
      code: "ragged_row",
      detail: "expected 2 cells as in the header, got 3",
      raw: "b,1,2",
    },
  ]);
});

test("CsvFile cuts a row over the limit and reads on behind it, wherever chunks end", async () => {
  const text = `host,temp\n${"x".repeat(100)},1\nb,2\na,"${"y\n".repeat(40)}\nc,3\n`;
  for (const chunkBytes of [1, 7, 65_536]) {
    const { items } = await readText(text, { rowBytesMax: 50 }, chunkBytes);
    expect(items[0]).toMatchObject({ code: "line_too_long", raw: "x".repeat(50) });
    expect(items[1]).toMatchObject({ fields: { host: "b" } });
    expect(items[2]).toMatchObject({ code: "ragged_row", raw: 'a,"y' });
    expect(items.at(-1)).toMatchObject({ fields: { host: "c" } });
    expect(items).toHaveLength(3 + 39 + 1);
  }
});

test("CsvFile knows its columns and dialect, and counts blank rows", async () => {
  const { file } = await readText("host;temp\n\na;1\n\n");
  expect(file.columns).toEqual(["host", "temp"]);
  expect(file.dialect).toMatchObject({ delimiter: ";", encoding: "auto" });
  expect(file.blankRows).toBe(2);
});

test("CsvFile refuses a delimiter that can't be one", async () => {
  await expect(readText("a,b\n", { delimiter: ";;" })).rejects.toThrow(
    'Cannot use ";;" as a CSV delimiter',
  );
});

test("CsvFile refuses a file with more columns than the limit", async () => {
  await expect(readText(",".repeat(5_000) + "\n")).rejects.toThrow("5001 cells");
});

test("HeaderWatch takes a header with one old name for a changed one where numbers turn to names", () => {
  const watch = new HeaderWatch(["host", "temp", "load", "volts"]);
  expect(watch.judge(["a", "1", "2", "3"]).kind).toBe("data");
  expect(watch.judge(["host", "t", "l", "v"]).kind).toBe("changed");
  expect(watch.judge(["host", "n/a", "n/a", "n/a"]).kind).toBe("data");
});

const cell = fc.string({ unit: fc.constantFrom("a", "é", "7", '"', ",", "\n", "\r\n", " ", ";") });
const table = fc.integer({ min: 1, max: 5 }).chain((columns) =>
  fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1 })
);
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

test("property: what was written as CSV is read back, wherever chunks end", async () => {
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.constantFrom("\n", "\r\n"),
      fc.boolean(),
      fc.integer({ min: 1, max: 9 }),
      async (rows, lineEnd, quoteAll, chunkBytes) => {
        const write = (text: string) =>
          quoteAll || text === "" || /[",;\n\r ]/.test(text) ? quoted(text) : text;
        const names = rows[0]!.map((_, index) => `column_${index + 1}`);
        const text = rows.map((row) => row.map(write).join(",") + lineEnd).join("");
        const { items } = await readText(text, { header: names, delimiter: "," }, chunkBytes);
        expect(items.map((item) => names.map((name) => (item as RawRecord).fields[name]))).toEqual(
          rows,
        );
      },
    ),
    { numRuns: 300 },
  );
});

test("property: any bytes give the same items wherever chunks end, and never a thrown error", async () => {
  const unit = fc.constantFrom(...'ab1,,""\n\n\r; ', "é", "host", "temp");
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit, maxLength: 120 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 5, max: 60 }),
      async (text, chunkBytes, rowBytesMax) => {
        const options = { rowBytesMax, delimiter: ",", header: ["host", "temp"] };
        const whole = await readText(text, options);
        expect((await readText(text, options, chunkBytes)).items).toEqual(whole.items);
      },
    ),
    { numRuns: 1_000 },
  );
});
