import { expect, test } from "bun:test";
import fc from "fast-check";
import type { SourceItem } from "../../src/model/record.ts";
import { readJson } from "../../src/sources/json_array_file.ts";

async function* sliced(bytes: Uint8Array, size: number) {
  const buffer = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size);
    buffer.set(chunk);
    yield buffer.subarray(0, chunk.length);
    buffer.fill(0);
  }
}

async function read(text: string | Uint8Array, chunkBytes = 65_536, elementBytesMax?: number) {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const items: SourceItem[] = [];
  for await (const list of readJson(sliced(bytes, chunkBytes), elementBytesMax)) {
    items.push(...list);
  }
  return items;
}

const brief = (items: readonly SourceItem[]) =>
  items.map((item) => item.kind === "record" ? item.fields : `${item.code}: ${item.detail}`);

const DOCUMENTS: [what: string, text: string, gives: unknown[]][] = [
  ["an array over several lines", '[\n  {"a": 1},\n  {"a":\n 2}\n]\n', [{ a: 1 }, { a: 2 }]],
  ["an array behind a byte order mark", '\ufeff[{"a":"é"}]', [{ a: "é" }]],
  ["brackets and quotes in strings", '[{"a":"]}\\"[{,"},{"b":"\\\\"}]', [
    { a: ']}"[{,' },
    { b: "\\" },
  ]],
  ["nested elements", '[{"a":{"b":[1,{"c":2}]}}]', [{ a: { b: [1, { c: 2 }] } }]],
  ["objects one after the other", '{"a":1}\n{\n"a":2\n} {"a":3}', [{ a: 1 }, { a: 2 }, { a: 3 }]],
  ["an empty array", " [ ] ", []],
  ["an empty file", "", []],
  ["a comma at the end", '[{"a":1},]', [
    { a: 1 },
    'damaged_file: "," without an element after it (byte 9)',
  ]],
  ["two commas", '[{"a":1},,{"a":2}]', [
    { a: 1 },
    'damaged_file: "," without an element before it (byte 9)',
    { a: 2 },
  ]],
  ["a missing comma", '[{"a":1} {"a":2}]', [
    { a: 1 },
    'damaged_file: "," is missing between elements (byte 9)',
    { a: 2 },
  ]],
  ["garbage between elements", '[{"a":1},nonsense,{"a":2}]', [
    { a: 1 },
    expect.stringContaining("invalid_json: invalid JSON at character 1"),
    { a: 2 },
  ]],
  ["elements that are no objects", '[1,"x",null,[2]]', [
    expect.stringContaining("not_an_object"),
    expect.stringContaining("not_an_object"),
    expect.stringContaining("not_an_object"),
    expect.stringContaining("not_an_object"),
  ]],
  ["an end inside an element", '[{"a":1},{"a":', [
    { a: 1 },
    "damaged_file: the document ends inside this element (byte 9)",
    expect.stringContaining("invalid_json"),
    'damaged_file: the document ends without the array\'s "]" (byte 14)',
  ]],
  ["more behind the array", '[{"a":1}]{"a":2}', [
    { a: 1 },
    "damaged_file: there is more after the array's end (byte 9)",
  ]],
  ["an unclosed quote", '[{"a":"x},\n{"a":1}]', [
    expect.stringContaining("invalid_json"),
    'damaged_file: "," is missing between elements (byte 11)',
    { a: 1 },
  ]],
  ["separators where none belong", ',]{"a":1}', [
    expect.stringContaining("invalid_json"),
    expect.stringContaining("invalid_json"),
  ]],
];
for (const [what, text, gives] of DOCUMENTS) {
  for (const chunkBytes of [65_536, 1]) {
    test(`readJson reads ${what}, in chunks of ${chunkBytes}`, async () => {
      expect<unknown[]>(brief(await read(text, chunkBytes))).toEqual(gives);
    });
  }
}

test("readJson gives each element its byte offset and its text", async () => {
  const items = await read('[ {"a":"é"},\n{"a": 2}]');
  expect(items.map((item) => [item.offset, item.raw])).toEqual([[2, '{"a":"é"}'], [
    14,
    '{"a": 2}',
  ]]);
});

test("readJson says that a byte order mark is cut short", async () => {
  const items = await read(Uint8Array.of(0xef, 0xbb, 123, 125));
  expect(items[0]).toMatchObject({ code: "damaged_file", detail: expect.stringContaining("mark") });
  expect(items[1]).toMatchObject({ kind: "record", offset: 2 });
});

test("readJson keeps only the head of an element over the limit and reads on", async () => {
  const text = `[{"a":"${"x".repeat(100)}"},{"a":1}]`;
  for (const chunkBytes of [65_536, 7, 1]) {
    const items = await read(text, chunkBytes, 20);
    expect(items[0]).toMatchObject({ code: "line_too_long", raw: text.slice(1, 21), offset: 1 });
    expect(items[1]).toMatchObject({ fields: { a: 1 } });
  }
});

test("readJson refuses an element of invalid UTF-8 and reads the others", async () => {
  const bytes = new TextEncoder().encode('[{"a":"?"},{"a":1}]');
  bytes[7] = 0xff;
  const items = await read(bytes);
  expect(items[0]).toMatchObject({ code: "invalid_utf8", offset: 1 });
  expect(items[1]).toMatchObject({ fields: { a: 1 } });
});

test("property: an array written as JSON is read back, wherever chunks end", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.dictionary(fc.string(), fc.jsonValue())),
      fc.boolean(),
      fc.integer({ min: 1, max: 9 }),
      async (objects, pretty, chunkBytes) => {
        const text = JSON.stringify(objects, null, pretty ? 2 : undefined);
        const items = await read(text, chunkBytes);
        expect(brief(items)).toEqual(JSON.parse(text));
      },
    ),
    { numRuns: 200 },
  );
});

test("property: any text ends, and gives the same items wherever chunks end", async () => {
  const unit = fc.constantFrom(...'[]{},:"\\\n a1é');
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit, maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      async (text, chunkBytes) => {
        expect(await read(text, chunkBytes, 30)).toEqual(await read(text, 65_536, 30));
      },
    ),
    { numRuns: 1_000 },
  );
});
