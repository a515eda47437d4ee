/** Lines of the longest length, made to cost as much as they can: each is done with in time. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { readExposition } from "../../src/sources/exposition.ts";
import { inTime } from "../support/mutations.ts";
import { walk } from "./live_lines.ts";

setDefaultTimeout(60_000);

const BYTES = LIMITS.lineBytesMax - 1_000;
const many = (text: string, bytes = BYTES) => text.repeat(Math.floor(bytes / text.length));
const list = (count: number, each: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => each(index)).join(",");
const wire = (changes: Readonly<Record<string, unknown>>) =>
  JSON.stringify({ host_id: "h", timestamp: "2026-11-28 00:00:00", temp_c: 1, ...changes });
const series = (labels: string, samples: number) =>
  `{"labels":{"__name__":"node_cpu_seconds_total","cpu":"0","mode":"idle"${labels}},` +
  `"samples":[${list(samples, (i) => `[${1_700_000_000_000 + i},${i}]`)}]}`;
const otlp = (attributes: string, points: string) =>
  `{"resourceMetrics":[{"resource":{"attributes":[${attributes}]},"scopeMetrics":[{"metrics":[` +
  `{"name":"x","gauge":{"dataPoints":[${points}]}}]}]}]}`;

const LINES: Readonly<Record<string, string>> = {
  "brackets that never close": many("["),
  "objects that never close": many('{"a":'),
  "quotes": many('"'),
  "backslashes in a text": `{"a":"${many("\\")}`,
  "halves of escapes": `{"a":"${many("\\u12")}`,
  "commas": `{"a":1${many(",")}`,
  "90,000 keys": `{${list(90_000, (i) => `"k${i}":1`)}}`,
  "spaces before a letter": `${many(" ")}x`,
  "carriage returns": `${many("\r")}x`,
  "line protocol of tags without values": `cpu${many(",a")}`,
  "line protocol of equals signs": `cpu ${many("a=")}`,
  "line protocol of escapes": `cpu,a=${many("\\ ")} x=1`,
  "line protocol of escaped quotes": `cpu f="${many('\\"')}`,
  "line protocol of 100,000 fields": `cpu ${list(100_000, (i) => `f${i}=1`)}`,
  "line protocol of a long number": `cpu a=${many("1")}`,
  "a number of a million digits": wire({ cpu_load: many("1") }),
  "a number of a million points": wire({ cpu_load: many("1.") }),
  "an exponent of a million digits": wire({ cpu_load: `1e${many("9")}` }),
  "a time of a million digits": wire({ timestamp: many("1") }),
  "a time of a million spaces": wire({ timestamp: `2026-11-28${many(" ")}00:00:00` }),
  "a time of a million decimals": wire({ timestamp: `2026-11-28 00:00:00.${many("1")}` }),
  "a host of a million letters": wire({ host_id: many("h") }),
  "a region of a million letters": wire({ region: many("r") }),
  "350,000 empty records": `[${many("{},")}{}]`,
  "260,000 nulls": `[${many("null,")}null]`,
  "350,000 empty resources": `{"resourceMetrics":[${many("{},")}{}]}`,
  "20,000 attributes that 9,000 points share": otlp(
    list(20_000, (i) => `{"key":"k${i}","value":{"intValue":1}}`),
    list(9_000, () => "{}"),
  ),
  "an attribute of 900,000 letters that 9,000 points share": otlp(
    `{"key":"k","value":{"stringValue":"${"x".repeat(900_000)}"}}`,
    list(9_000, () => "{}"),
  ),
  "30,000 labels that 9,999 samples share": series(`,${list(30_000, (i) => `"k${i}":"v"`)}`, 9_999),
  "a label of 700,000 letters that 9,999 samples share": series(
    `,"l":"${"x".repeat(700_000)}"`,
    9_999,
  ),
  "9,999 times of one counter": series("", 9_999),
  "5,000 counters of 5,000 times": `[${
    list(5_000, (i) =>
      `{"values":[${i}],"dstypes":["derive"],"time":${1_700_000_000 + i},"interval":1,"host":"h",` +
      `"plugin":"cpu","plugin_instance":"${i}","type":"cpu","type_instance":"idle"}`)
  }]`,
};

describe("a line of", () => {
  test.each(Object.entries(LINES))("%s is done with in time, as values", (what, line) => {
    const bytes = new TextEncoder().encode(`${line}\n`);
    const { outcomes, ignored, slices } = inTime(what, () => walk([bytes]));
    const blank = slices.reduce((sum, slice) => sum + slice.blank, 0);
    expect(outcomes.length + ignored + blank).toBeGreaterThan(0);
  });
});

test("records that share too much are one dead letter, and few of them are read", () => {
  const samples = (count: number) => series(`,${list(30_000, (i) => `"k${i}":"v"`)}`, count);
  const codes = (line: string) =>
    walk([new TextEncoder().encode(`${line}\n`)]).slices
      .flatMap(({ deadLetters, ignored }) => [...deadLetters.map(({ code }) => code), ignored]);
  expect(codes(samples(1_000))).toEqual(["too_many_records", 0]);
  expect(codes(samples(50))).toEqual([50]);
});

describe("an exposition of", () => {
  test.each([
    ["labels without an end", `a{${many('a="b",')}`],
    ["escapes", `a{a="${many("\\\\")}`],
    ["quotes", `a{${many('"')}`],
    ["spaces", `a ${many(" ")}x`],
    ["a number of a million digits", `a ${many("1")}`],
    ["lines of nothing", many("\n#\n")],
  ])("%s is done with in time", (what, text) => {
    expect(["samples", "refused"]).toContain(inTime(what, () => readExposition(text)).kind);
  });
});
