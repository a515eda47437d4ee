import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { LIMITS } from "../../src/limits.ts";
import { readExposition } from "../../src/sources/exposition.ts";

function samplesOf(text: string) {
  const found = readExposition(text);
  if (found.kind === "refused") throw new Error(found.message);
  return found.samples;
}

// From https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-example.
const EXAMPLE = String.raw`# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9

# Minimalistic line:
metric_without_timestamp_and_labels 12.47

# A weird metric from before the epoch:
something_weird{problem="division by zero"} +Inf -3982045
`;

describe("Prometheus' text format", () => {
  test("its own example is read", () => {
    expect(samplesOf(EXAMPLE)).toEqual([
      {
        labels: { __name__: "http_requests_total", method: "post", code: "200" },
        value: 1027,
        atMs: 1395066363000,
      },
      {
        labels: {
          __name__: "msdos_file_access_time_seconds",
          path: String.raw`C:\DIR\FILE.TXT`,
          error: 'Cannot find file:\n"FILE.TXT"',
        },
        value: 1.458255915e9,
        atMs: null,
      },
      { labels: { __name__: "metric_without_timestamp_and_labels" }, value: 12.47, atMs: null },
      {
        labels: { __name__: "something_weird", problem: "division by zero" },
        value: Infinity,
        atMs: -3982045,
      },
    ]);
  });

  test("spaces, an empty set of labels, a comma at its end and CR are borne", () => {
    expect(samplesOf('a { } 1\r\nb { x = "1" , } 2\r\nc{} NaN\r\n').map((one) => one.value))
      .toEqual([1, 2, NaN]);
  });

  test("a label of any name is an own property", () => {
    const [found] = samplesOf('a{__proto__="x"} 1');
    expect(Object.entries(found!.labels)).toEqual([["__name__", "a"], ["__proto__", "x"]]);
  });

  test.each([
    ["<html>", "a line begins with a metric's name"],
    ["a{x=1} 2", "labels are"],
    ['a{x="1" y="2"} 2', "labels are"],
    ['a{x="1} 2', "labels are"],
    ["a", "a value is a number"],
    ["a 1e", "a value is a number"],
    ["a 1 2 3", "a value is a number"],
    ["a 0x10", "a value is a number"],
    [`a 1 ${"9".repeat(400)}`, "a value is a number"],
  ])("%s is refused, with the line", (line, rule) => {
    const found = readExposition(`ok 1\n${line}\n`);
    expect(found).toMatchObject({
      kind: "refused",
      message: expect.stringContaining(`line 2: ${rule}`),
    });
  });

  test("more samples than the limit are refused", () => {
    expect(readExposition("a 1\n".repeat(LIMITS.scrapeSamplesMax)).kind).toBe("samples");
    expect(readExposition("a 1\n".repeat(LIMITS.scrapeSamplesMax + 1)).kind).toBe("refused");
  });

  test("property: what is written by its rules is read back", () => {
    const escaped = (text: string) =>
      text.replace(/[\\"\n]/g, (one) => one === "\n" ? "\\n" : `\\${one}`);
    const name = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,10}$/).filter((one) =>
      one !== "__name__"
    );
    const labels = fc.dictionary(name, fc.string({ unit: "grapheme" }), {
      maxKeys: 4,
      noNullPrototype: true,
    });
    fc.assert(fc.property(name, labels, fc.double({ noNaN: true }), (metric, of, value) => {
      const pairs = Object.entries(of).map(([key, text]) => `${key}="${escaped(text)}"`);
      const written = value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value);
      fc.pre(pairs.every((pair) => !/[\r\u2028\u2029]/.test(pair)));
      const [found] = samplesOf(`${metric}{${pairs.join(",")}} ${written}\n`);
      expect(found).toEqual({ labels: { __name__: metric, ...of }, value: value + 0, atMs: null });
    }));
  });

  test("property: whatever text comes, it is samples or a refusal, in no time", () => {
    const changes = fc.array(fc.tuple(fc.nat(700), fc.integer({ min: 1, max: 126 })), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(changes, (edits) => {
        const bytes = new TextEncoder().encode(EXAMPLE);
        for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
        readExposition(new TextDecoder().decode(bytes));
      }),
      { numRuns: 500 },
    );
    const started = performance.now();
    for (
      const text of [
        'a{x="',
        "\\".repeat(100_000),
        `a{${'x="1",'.repeat(20_000)}`,
        "a " + " ".repeat(100_000),
      ]
    ) {
      readExposition(text.padEnd(200_000, text));
    }
    // Backtracking would take hours.
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
