import { expect, test } from "bun:test";
import fc from "fast-check";
import { LineRing } from "../../src/generator/line_ring.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** All bytes from an offset on, across the ring's edge. */
function readAll(ring: LineRing, offset: number): string {
  let text = "";
  for (let at = offset; at < ring.head;) {
    const bytes = ring.from(at);
    text += new TextDecoder().decode(bytes);
    at += bytes.length;
  }
  return text;
}

test("LineRing: holds the last bytes that fit, whatever was appended and wherever it rewound", () => {
  const step = fc.oneof(
    fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 16 }),
    fc.constant(null),
  );
  fc.assert(fc.property(fc.array(step), (steps) => {
    const ring = new LineRing(16);
    let kept = "";
    let all = "";
    for (const text of steps) {
      if (text === null) {
        ring.rewind();
        kept = "";
        continue;
      }
      ring.append(bytesOf(text));
      all += text;
      kept = (kept + text).slice(-16);
      expect(ring.head).toBe(all.length);
      for (let length = 0; length <= kept.length; length++) {
        const tail = kept.slice(kept.length - length);
        expect(readAll(ring, ring.head - length)).toBe(tail);
        expect(ring.linesFrom(ring.head - length)).toBe(tail.split("\n").length - 1);
      }
    }
  }));
});

test("LineRing: bytes that are gone or not there yet are a mistake, not other bytes", () => {
  const ring = new LineRing(4);
  ring.append(bytesOf("abcd"));
  ring.append(bytesOf("ef"));
  expect(() => ring.from(1)).toThrow("Cannot read the feed's bytes from 1: it holds 2–6");
  expect(() => ring.from(7)).toThrow(RangeError);
  ring.rewind();
  expect(() => ring.from(5)).toThrow(RangeError);
});
