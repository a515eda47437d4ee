import { expect, test } from "bun:test";
import fc from "fast-check";
import { LIMITS } from "../../src/limits.ts";
import type { DeadLetter, SourceItem } from "../../src/model/record.ts";
import { jsonFault } from "../../src/sources/json_fault.ts";
import { LineFramer } from "../../src/sources/line_framer.ts";
import { parseLineBlock } from "../../src/sources/line_parser.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

function parse(input: string | Uint8Array, baseOffset = 0, lineBytesMax?: number) {
  const framer = new LineFramer(lineBytesMax);
  const bytes = typeof input === "string" ? bytesOf(input) : input;
  const items: SourceItem[] = [];
  const counts = { lines: 0, blank: 0 };
  let base = baseOffset;
  for (const block of [framer.push(bytes), framer.end()]) {
    if (block === null) continue;
    const { lines, blank } = parseLineBlock(block, base, (item) => items.push(item), lineBytesMax);
    base += block.bytes.length;
    counts.lines += lines;
    counts.blank += blank;
  }
  return { items, ...counts };
}

function only(input: string | Uint8Array): SourceItem {
  const { items } = parse(input);
  expect(items).toHaveLength(1);
  return items[0]!;
}

test("parseLineBlock gives each line's fields, raw text and offset", () => {
  expect(parse('{"a":1}\n{"b":"é"}\n{"c":null}\n', 100).items).toEqual([
    { kind: "record", offset: 100, fields: { a: 1 }, raw: '{"a":1}' },
    { kind: "record", offset: 108, fields: { b: "é" }, raw: '{"b":"é"}' },
    { kind: "record", offset: 119, fields: { c: null }, raw: '{"c":null}' },
  ]);
});

test("parseLineBlock strips CR and a byte order mark from a line", () => {
  const { items } = parse('\ufeff{"a":1}\r\n\ufeff{"a":2}\r\n');
  expect(items.map((item) => [item.offset, item.raw])).toEqual([[0, '{"a":1}'], [12, '{"a":2}']]);
});

test("parseLineBlock counts blank lines and hands nothing on for them", () => {
  expect(parse('\n \t\r\n\ufeff\n{"a":1}\n\r\n')).toMatchObject({ lines: 5, blank: 4 });
});

test("parseLineBlock keeps a bad line to itself", () => {
  const { items, lines } = parse('{"a":1}\n{"a":\n1}\n{"a":2}\n');
  expect(lines).toBe(4);
  expect(items.map((item) => item.kind === "record" ? item.fields["a"] : item.code)).toEqual([
    1,
    "invalid_json",
    "invalid_json",
    2,
  ]);
});

const BAD_LINES: [line: string, code: string, says: string][] = [
  ['{"a":}', "invalid_json", "character 6: expected a value"],
  ['{"a":1', "invalid_json", 'character 7: expected "," or "}", got the end'],
  ["{a:1}", "invalid_json", 'a field name in double quotes, got "a"'],
  ['{"a" 1}', "invalid_json", 'expected ":", got "1"'],
  ['{"a":NaN}', "invalid_json", "character 6: expected a value"],
  ['{"a":01}', "invalid_json", 'character 7: expected "," or "}", got "1"'],
  ['{"a":1,}', "invalid_json", "a field name in double quotes"],
  ['{"a":"b', "invalid_json", "a closing double quote, got the end"],
  ['{"a":"\t"}', "invalid_json", "an escape instead of a control character"],
  ['{"a":"\\x"}', "invalid_json", "an escape such as"],
  ['{"a":1} {"b":2}', "invalid_json", "nothing after the value"],
  ["garbage", "invalid_json", "character 1: expected a value (object, array, string"],
  ["[]", "not_an_object", "an array of 0"],
  ['[{"a":1},{"b":2}]', "not_an_object", "an array of 2"],
  ["[[1]]", "not_an_object", "an array of 1"],
  ["42", "not_an_object", 'the number "42"'],
  ['"text"', "not_an_object", 'the string "text"'],
  ["null", "not_an_object", "got null"],
];
for (const [line, code, says] of BAD_LINES) {
  test(`parseLineBlock refuses ${JSON.stringify(line)} and says what is wrong`, () => {
    const item = only(line) as DeadLetter;
    expect(item).toMatchObject({ kind: "dead_letter", code, raw: line, offset: 0 });
    expect(item.detail).toContain(says);
  });
}

test("parseLineBlock unwraps an array of one object", () => {
  expect(only('[{"host":"a"}]')).toMatchObject({ kind: "record", fields: { host: "a" } });
});

test("parseLineBlock lets the last of duplicate keys win", () => {
  expect(only('{"a":1,"a":2}')).toMatchObject({ fields: { a: 2 } });
});

test("parseLineBlock reads a __proto__ key as a plain field", () => {
  const item = only('{"__proto__":{"polluted":1},"a":1}');
  expect(item.kind === "record" && Object.hasOwn(item.fields, "__proto__")).toBe(true);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

test("parseLineBlock refuses a line of invalid UTF-8, names the byte, and reads the others", () => {
  const bytes = bytesOf('{"a":"é"}\n{"a":"?"}\r\n{"a":"é"}\n');
  bytes[bytes.indexOf(63)] = 0xe9;
  const { items } = parse(bytes);
  expect(items[1]).toEqual({
    kind: "dead_letter",
    offset: 11,
    code: "invalid_utf8",
    detail: "byte 7 (0xE9) is not valid UTF-8; send UTF-8",
    raw: '{"a":"\ufffd"}',
  });
  expect(items[0]).toMatchObject({ kind: "record", offset: 0, fields: { a: "é" } });
  expect(items[2]).toMatchObject({ kind: "record", offset: 22, fields: { a: "é" } });
});

test("parseLineBlock refuses a line that was cut at the limit, and keeps its head", () => {
  const long = `{"a":"${"x".repeat(40)}"}`;
  const { items } = parse(`${long}\n{"a":1}\n`, 0, 20);
  expect(items[0]).toMatchObject({ code: "line_too_long", offset: 0, raw: long.slice(0, 20) });
  expect(items[0]).toHaveProperty("detail", expect.stringContaining("19 bytes"));
  expect(items[1]).toMatchObject({ kind: "record", offset: 21 });
});

test("parseLineBlock cuts a dead letter's raw text to its limit without splitting a character", () => {
  const item = only(`{"a":"${"é".repeat(10_000)}`) as DeadLetter;
  const bytes = bytesOf(item.raw).length;
  expect(bytes).toBeLessThanOrEqual(LIMITS.deadLetterRawBytesMax);
  expect(bytes).toBeGreaterThan(LIMITS.deadLetterRawBytesMax - 4);
  expect(item.raw.endsWith("é")).toBe(true);
});

test("parseLineBlock refuses nesting that a recursive reader would die of", () => {
  for (const deep of ["[".repeat(400_000), `{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`]) {
    expect(only(deep)).toMatchObject({
      code: "invalid_json",
      detail: "nested deeper than 1000 levels",
    });
  }
  const brackets = `{"a":"${"[".repeat(5_000)}","b":[]}`;
  expect(only(brackets)).toMatchObject({ kind: "record" });
});

test("parseLineBlock keeps numbers that JSON allows and doubles can't hold for the mapping to judge", () => {
  expect(only('{"a":1e400}')).toMatchObject({ fields: { a: Infinity } });
});

const anyLine = fc.oneof(
  fc.json(),
  fc.string({ unit: fc.constantFrom(...'{}[]",:\\ \t0123456789-+.eEtruefalsn') }),
  fc.object().map((value) => JSON.stringify(value)),
  fc.constant("  "),
);

test("property: jsonFault finds a fault exactly where JSON.parse refuses", () => {
  fc.assert(
    fc.property(anyLine, (text) => {
      let parses = true;
      try {
        JSON.parse(text);
      } catch {
        parses = false;
      }
      expect(jsonFault(text) === null).toBe(parses);
    }),
    { numRuns: 2_000 },
  );
});

test("property: every line that isn't blank becomes one item, at its own offset", () => {
  fc.assert(fc.property(fc.array(anyLine), fc.boolean(), (lines, damaged) => {
    const clean = lines.map((line) => line.replaceAll("\n", " "));
    const good = bytesOf(clean.map((line) => line + "\n").join(""));
    const bytes = damaged ? Uint8Array.of(...good, 0xff, 10) : good;
    const result = parse(bytes);
    expect(result.lines).toBe(clean.length + (damaged ? 1 : 0));
    expect(result.items.length + result.blank).toBe(result.lines);
    for (const item of result.items) {
      expect(item.offset === 0 || bytes[item.offset - 1] === 10).toBe(true);
    }
  }));
});
