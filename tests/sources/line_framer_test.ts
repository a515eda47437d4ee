import { expect, test } from "bun:test";
import fc from "fast-check";
import type { LineBlock } from "../../src/model/line_block.ts";
import { LineFramer } from "../../src/sources/line_framer.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** All that comes out, as text, with the lines that `ends` tells apart. */
function framed(framer: LineFramer, chunks: readonly Uint8Array[]) {
  let text = "";
  const lines: string[] = [];
  const take = (block: LineBlock | null) => {
    if (block === null) return;
    const whole = new TextDecoder("latin1").decode(block.bytes);
    text += whole;
    let start = 0;
    for (const end of block.ends) {
      lines.push(whole.slice(start, end));
      start = end + 1;
    }
    expect(start).toBe(whole.length);
  };
  for (const chunk of chunks) take(framer.push(chunk));
  take(framer.end());
  return { text, lines, cutLines: framer.cutLines, cutBytes: framer.cutBytes };
}

test("LineFramer holds an unfinished line back until its LF comes", () => {
  const framer = new LineFramer();
  expect(framer.push(bytesOf("ab"))).toBeNull();
  expect(framer.pendingBytes).toBe(2);
  expect(framer.push(bytesOf("c\nd"))).toEqual({ bytes: bytesOf("abc\n"), ends: [3] });
  expect(framer.pendingBytes).toBe(1);
});

test("LineFramer hands a chunk of whole lines on without a copy", () => {
  const chunk = bytesOf("a\nbb\r\n\n");
  const block = new LineFramer().push(chunk);
  expect(block?.bytes).toBe(chunk);
  expect(block?.ends).toEqual([1, 5, 6]);
});

test("LineFramer gives an unfinished last line its LF at the end", () => {
  const framer = new LineFramer();
  framer.push(bytesOf("a\nb"));
  expect(framer.end()).toEqual({ bytes: bytesOf("b\n"), ends: [1] });
  expect(framer.end()).toBeNull();
});

test("LineFramer cuts a line that reaches the limit and counts what it drops", () => {
  const framer = new LineFramer(4);
  expect(framed(framer, [bytesOf("ab\ncdefgh\ni\n")])).toEqual({
    text: "ab\ncdef\ni\n",
    lines: ["ab", "cdef", "i"],
    cutLines: 1,
    cutBytes: 2,
  });
});

test("LineFramer cuts a line of exactly the limit, so that length alone tells a cut line", () => {
  expect(framed(new LineFramer(4), [bytesOf("abc\nabcd\n")])).toEqual({
    text: "abc\nabcd\n",
    lines: ["abc", "abcd"],
    cutLines: 1,
    cutBytes: 0,
  });
});

test("LineFramer forgets a cut line at the end of its connection", () => {
  const framer = new LineFramer(4);
  framer.push(bytesOf("abcdefgh"));
  expect(framer.end()).toBeNull();
  expect(framer.push(bytesOf("x\n"))).toEqual({ bytes: bytesOf("x\n"), ends: [1] });
});

test("LineFramer keeps memory flat under a line without end", () => {
  const framer = new LineFramer(1_000);
  const chunk = new Uint8Array(65_536).fill(120);
  let out = 0;
  for (let i = 0; i < 1_000; i++) {
    out += framer.push(chunk)?.bytes.length ?? 0;
    expect(framer.pendingBytes).toBeLessThan(1_000);
  }
  expect(out).toBe(1_001);
  expect(framer.cutBytes).toBe(65_536_000 - 1_000);
});

test("LineFramer refuses a limit that no line could satisfy", () => {
  expect(() => new LineFramer(0)).toThrow("lineBytesMax must be 1 or more, got 0");
});

const slicedText = fc.record({
  text: fc.array(fc.constantFrom("a", "é", "\n", "\r\n", "{", "xyzxyzxyz"), { maxLength: 60 }),
  cuts: fc.array(fc.nat(200), { maxLength: 20 }),
  lineBytesMax: fc.integer({ min: 1, max: 30 }),
});

test("property: framing does not depend on where the chunks are cut", () => {
  fc.assert(fc.property(slicedText, ({ text, cuts, lineBytesMax }) => {
    const bytes = bytesOf(text.join(""));
    const bounds = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b)];
    const chunks = bounds.map((from, i) => bytes.slice(from, bounds[i + 1] ?? bytes.length));
    const oneByOne = Array.from(bytes, (byte) => Uint8Array.of(byte));
    const whole = framed(new LineFramer(lineBytesMax), [bytes]);
    expect(framed(new LineFramer(lineBytesMax), chunks)).toEqual(whole);
    expect(framed(new LineFramer(lineBytesMax), oneByOne)).toEqual(whole);
  }));
});

test("property: every byte comes out or is counted as cut", () => {
  fc.assert(fc.property(slicedText, ({ text, lineBytesMax }) => {
    const bytes = bytesOf(text.join("") + "\n");
    const { text: out, lines, cutBytes } = framed(new LineFramer(lineBytesMax), [bytes]);
    expect(out.length + cutBytes).toBe(bytes.length);
    expect(lines.every((line) => line.length <= lineBytesMax)).toBe(true);
    const expected = new TextDecoder("latin1").decode(bytes).split("\n").slice(0, -1);
    expect(lines).toEqual(expected.map((line) => line.slice(0, lineBytesMax)));
  }));
});
