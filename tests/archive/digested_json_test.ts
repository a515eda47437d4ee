import { expect, test } from "bun:test";
import { encodeDigested, isChanged } from "../../src/archive/digested_json.ts";

const TEXT = new TextDecoder().decode(encodeDigested({ format: 1, a: ["é", null], last: {} }));

test("JSON with its digest is JSON, and fits", () => {
  expect(JSON.parse(TEXT)).toMatchObject({ format: 1, a: ["é", null], last: {} });
  expect(isChanged(TEXT)).toBe(false);
});

test("any flipped bit is no JSON any more, or shows", () => {
  const bytes = new TextEncoder().encode(TEXT);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Uint8Array.from(bytes);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    expect([bit, isNoticed(flipped)]).toEqual([bit, true]);
  }
});

test("a file of an older version has no digest, and is taken as it is", () => {
  const older = { format: 1, chain_head: "0".repeat(64), quarantined_count: 0 };
  expect(isChanged(JSON.stringify(older, null, 2) + "\n")).toBe(false);
  expect(isChanged(JSON.stringify(older) + "\n")).toBe(false);
});

function isNoticed(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes);
  try {
    JSON.parse(text);
  } catch {
    return true;
  }
  return isChanged(text);
}
