import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { LineTemplate } from "../../src/sources/line_template.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** Values by key, or null where the template does not match. */
function valuesOf(template: LineTemplate, line: string): Record<string, unknown> | null {
  const bytes = encode(line);
  if (!template.match(bytes, 0, bytes.length)) return null;
  return Object.fromEntries(template.slots.map(({ key, kind }, slot) => [
    key,
    kind === "number"
      ? template.numbers[slot]
      : new TextDecoder().decode(bytes.subarray(template.starts[slot], template.ends[slot])),
  ]));
}

const LEARNT =
  `{"host_id": "a-1", "timestamp":"2026-01-01 00:00:00" , "temp_c": 54.5,"volts": null}`;

describe("what a template is learnt from", () => {
  test("texts and numbers are slots, the rest stays as it is", () => {
    expect(LineTemplate.of(LEARNT)!.slots).toEqual([
      { key: "host_id", kind: "text" },
      { key: "timestamp", kind: "text" },
      { key: "temp_c", kind: "number" },
    ]);
  });

  test.each([
    ["a nested object", `{"a": {"b": 1}}`],
    ["an array", `{"a": [1]}`],
    ["a boolean", `{"a": true}`],
    ["an escape in a key", `{"a\\n": 1}`],
    ["an escape in a value", `{"a": "\\u0041"}`],
    ["a key that stands twice", `{"a": 1, "a": 2}`],
    ["an exponent", `{"a": 1e3}`],
    ["no ASCII", `{"a": "Köln"}`],
    ["no object", `[1]`],
    ["an empty object", `{}`],
    ["something after the object", `{"a": 1} {}`],
  ])("%s gives none", (_what, line) => {
    expect(LineTemplate.of(line)).toBeNull();
  });
});

describe("what a template matches", () => {
  const template = LineTemplate.of(LEARNT)!;
  const line = (temp: string, host = "b-22") =>
    `{"host_id": "${host}", "timestamp":"2026-01-01 00:00:01" , "temp_c": ${temp},"volts": null}`;

  test.each(["0", "-0", "7", "-7.25", "0.1", "100000", "12345.678901234", "-0.000000000001"])(
    "the number %s is that of JSON.parse, to the bit",
    (number) => {
      expect(Object.is(valuesOf(template, line(number))!["temp_c"], JSON.parse(number))).toBe(true);
    },
  );

  test.each(["01", "1.", ".5", "-", "", "+1", "1e3", "NaN", "1.2.3", "1234567890123456", "null"])(
    "%s is left to the parser",
    (number) => expect(valuesOf(template, line(number))).toBeNull(),
  );

  test("other bytes between the values are left to the parser", () => {
    expect(valuesOf(template, line("1").replace(`,"volts": null`, ""))).toBeNull();
    expect(valuesOf(template, line("1") + " ")).toBeNull();
    expect(valuesOf(template, line("1").slice(0, -1))).toBeNull();
    expect(valuesOf(template, line("1", "a\\\\"))).toBeNull();
    expect(valuesOf(template, line("1", "ä"))).toBeNull();
  });
});

test("what it matches, whatever line it was learnt from, is what JSON.parse gives", () => {
  const value = fc.oneof(
    fc.string({ unit: "grapheme-ascii", maxLength: 8 }),
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.constant(null),
    fc.boolean(),
  );
  const object = fc.dictionary(fc.string({ unit: "grapheme-ascii", maxLength: 4 }), value);
  let matched = 0;
  fc.assert(
    fc.property(object, fc.array(value, { minLength: 8, maxLength: 8 }), (first, others) => {
      const template = LineTemplate.of(JSON.stringify(first));
      if (template === null) return;
      const next = Object.fromEntries(
        Object.entries(first).map((
          [key, was],
          index,
        ) => [key, was === null ? null : others[index % 8]]),
      );
      for (const line of [JSON.stringify(first), JSON.stringify(next)]) {
        const values = valuesOf(template, line);
        if (values === null) continue;
        matched++;
        const parsed = JSON.parse(line) as Record<string, unknown>;
        for (const { key } of template.slots) {
          expect(Object.is(values[key], parsed[key]) || values[key] === parsed[key]).toBe(true);
        }
      }
    }),
    { numRuns: 5_000 },
  );
  expect(matched).toBeGreaterThan(100);
});
