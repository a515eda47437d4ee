import { expect, test } from "bun:test";
import { withoutComments } from "../../src/server/influx_comments.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const without = (text: string) => new TextDecoder().decode(withoutComments(bytesOf(text)));

test("a comment becomes a blank line, wherever it stands; the numbers of lines stay", () => {
  expect(without("# one\na v=1\n#\nb v=2\n# last")).toBe("\na v=1\n\nb v=2\n");
});

test("a # within a line is a character", () => {
  expect(without('a,t=#1 v="# no"\n #b\n')).toBe('a,t=#1 v="# no"\n #b\n');
});

test("a body without a comment is the same bytes", () => {
  const body = bytesOf("a,t=#1 v=1\n");
  expect(withoutComments(body)).toBe(body);
});
