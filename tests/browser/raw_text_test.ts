import { expect, test } from "bun:test";
import fc from "fast-check";
import { rawParts, shortened } from "../../src/browser/raw_text.ts";

test("what can't be seen is a sign of its own", () => {
  expect(rawParts("a\tb\u0001\u202ec\u{e0041}")).toEqual([
    { text: "a", hidden: false },
    { text: "\\t", hidden: true },
    { text: "b", hidden: false },
    { text: "\\x01\\u202e", hidden: true },
    { text: "c", hidden: false },
    { text: "\\u{e0041}", hidden: true },
  ]);
});

test("markup stays the text it is", () => {
  const raw = `<img src=x onerror="alert(1)">`;
  expect(rawParts(raw)).toEqual([{ text: raw, hidden: false }]);
});

test("a short text is not cut, a long one never in the middle of a character", () => {
  expect(shortened("x".repeat(10), 10)).toBeNull();
  expect(shortened("x".repeat(11), 10)).toBe("x".repeat(10));
  expect(shortened("123456789\u{1f525}more", 10)).toBe("123456789");
});

test("no text, however odd, leaves a control character on the page", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (raw) => {
    const shown = rawParts(raw).map((part) => part.text).join("");
    expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  }));
});
