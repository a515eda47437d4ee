import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { looksLikeLineProtocol, parseLineProtocol } from "../../src/sources/line_protocol.ts";

const ARRIVAL_MS = 1_763_692_976_123;

function fieldsOf(line: string): unknown {
  const item = parseLineProtocol(line, 7, ARRIVAL_MS);
  if (item.kind === "dead_letter") throw new Error(item.detail);
  expect(item).toMatchObject({ offset: 7, raw: line });
  return item.fields;
}

function refusal(line: string): string {
  const item = parseLineProtocol(line, 0, ARRIVAL_MS);
  if (item.kind !== "dead_letter") throw new Error("it was read");
  expect(item.code).toBe("invalid_line_protocol");
  return item.detail;
}

describe("line protocol", () => {
  test("a line has a name, tags, fields and a timestamp", () => {
    expect(fieldsOf("cpu,cpu=cpu-total,host=web-1 usage_idle=97.5,n=3i 1763692976000000000"))
      .toEqual({
        name: "cpu",
        tags: { cpu: "cpu-total", host: "web-1" },
        fields: { usage_idle: 97.5, n: 3 },
        timestamp: "1763692976000000000",
      });
  });

  test("without a timestamp it is of when it came", () => {
    expect(fieldsOf("temp value=1")).toMatchObject({ tags: {}, timestamp: ARRIVAL_MS });
  });

  // As https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/#special-characters
  // has them.
  test("commas, spaces and equals signs are escaped with a backslash", () => {
    expect(fieldsOf("my\\ Measurement\\,x,tag\\ K\\=ey=tag\\,Va\\ lue fie\\ ld=1")).toMatchObject({
      name: "my Measurement,x",
      tags: { "tag K=ey": "tag,Va lue" },
      fields: { "fie ld": 1 },
    });
  });

  test("a backslash before anything else is itself", () => {
    expect(fieldsOf("m,path=C:\\Program\\x v=1")).toMatchObject({
      tags: { path: "C:\\Program\\x" },
    });
  });

  test("a text in quotes holds spaces, commas and escaped quotes", () => {
    expect(fieldsOf('m s="a, b=\\"c\\" \\\\",v=2 1')).toMatchObject({
      fields: { s: 'a, b="c" \\', v: 2 },
      timestamp: "1",
    });
  });

  test("whole numbers, unsigned ones, truths and exponents are values", () => {
    expect(fieldsOf("m a=-5i,b=7u,c=t,d=FALSE,e=1.5e-3,f=.5,g=+2")).toMatchObject({
      fields: { a: -5, b: 7, c: true, d: false, e: 0.0015, f: 0.5, g: 2 },
    });
  });

  test("a whole number that a double can't hold stays a text", () => {
    expect(fieldsOf("m a=9223372036854775807i")).toMatchObject({
      fields: { a: "9223372036854775807" },
    });
  });

  test("a tag of any name is an own property", () => {
    const { tags } = fieldsOf("m,__proto__=x v=1") as { tags: object };
    expect(Object.entries(tags)).toEqual([["__proto__", "x"]]);
  });

  test.each([
    ["cpu,host v=1", '"=" is due after the tag host'],
    ["cpu,host= v=1", "the value of the tag host is due"],
    ["cpu v=1,", "a field's key is due"],
    ["cpu v=abc", "the field v is a number"],
    ['cpu v="open', "the text of the field v has no end"],
    ["cpu v=1 12x", "a timestamp is a whole number"],
    ["cpu v=NaN", "the field v is a number"],
  ])("%s is refused, and says why", (line, rule) => {
    expect(refusal(line)).toContain(rule);
  });

  test.each([
    ["cpu,host=a v=1 5", true],
    ["cpu v=1", true],
    ["a\\ b,c=d e=f", true],
    ['{"host_id":"a b=c"}', false],
    ["not json at all", false],
    ["[1, 2]", false],
    ["cpu v", false],
    ["", false],
    ["key = value", false],
  ])("whether %s looks like it is told", (line, looks) => {
    expect(looksLikeLineProtocol(line)).toBe(looks);
  });

  test("property: what is written by its rules is read back", () => {
    const escaped = (text: string) => text.replace(/[,= ]/g, "\\$&");
    const plain = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme-ascii" })
      .filter((text) => !text.includes("\\") && text.trim() !== "");
    const tags = fc.dictionary(plain, plain, { maxKeys: 4 });
    const fields = fc.dictionary(
      plain,
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
      {
        minKeys: 1,
        maxKeys: 4,
      },
    );
    fc.assert(fc.property(plain, tags, fields, (name, ofTags, ofFields) => {
      const pairs = (of: object) =>
        Object.entries(of).map(([key, value]) =>
          `${escaped(key)}=${typeof value === "string" ? escaped(value) : value}`
        );
      const line = `${[escaped(name), ...pairs(ofTags)].join(",")} ${pairs(ofFields).join(",")} 5`;
      expect(fieldsOf(line)).toEqual({ name, tags: ofTags, fields: ofFields, timestamp: "5" });
    }));
  });
});
