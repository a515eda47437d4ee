import { describe, expect, test } from "bun:test";
import { type Curve, curveSvg, logScale, short } from "../../src/bench/chart_svg.ts";
import { curvesPage } from "../../src/bench/curve_files.ts";

const CURVE: Curve = {
  name: "rows",
  title: "Cost <by> rows & more",
  axis: "rows",
  panels: [
    { label: "ingest", unit: "rows/s", points: [[1_000_000, 200_000], [50_000_000, 100_000]] },
    { label: "memory", unit: "MB", points: [[1_000_000, 180], [50_000_000, 190.5]] },
  ],
};

const attribute = (svg: string, pattern: RegExp) =>
  [...svg.matchAll(pattern)].map((match) => Number(match[1]));

describe("a curve's SVG", () => {
  const svg = curveSvg(CURVE);

  test("is XML that a parser takes, with what users wrote as text", async () => {
    const seen: string[] = [];
    await new HTMLRewriter().on("text.title", { text: ({ text }) => void seen.push(text) })
      .transform(new Response(svg)).text();
    expect(seen.join("")).toBe("Cost &lt;by&gt; rows &amp; more");
  });

  test("has a path and a number for every point", () => {
    expect(svg.match(/<path /g)).toHaveLength(2);
    expect(svg.match(/<circle /g)).toHaveLength(4);
    for (const text of [">200 k<", ">100 k<", ">180<", ">191<", ">1 M<", ">50 M<"]) {
      expect(svg).toContain(text);
    }
  });

  test("draws twice the value twice as high above the panel's ground", () => {
    const [ground] = attribute(svg, /y1="([\d.]+)"/g);
    const [high, low] = attribute(svg, /cy="([\d.]+)"/g);
    expect(ground! - high!).toBeCloseTo(2 * (ground! - low!), 0);
  });

  test("keeps every point inside of the picture", () => {
    const [, , width = 0, height = 0] = /viewBox="([^"]+)"/.exec(svg)![1]!.split(" ").map(Number);
    for (const x of attribute(svg, /cx="([\d.]+)"/g)) expect(x > 0 && x < width).toBe(true);
    for (const y of attribute(svg, /cy="([\d.]+)"/g)) expect(y > 0 && y < height).toBe(true);
  });

  test("has colours of its own on dark ground, and says its numbers in words", () => {
    expect(svg).toContain("prefers-color-scheme: dark");
    expect(svg).toMatch(/<desc[^>]*>ingest: 200 k rows\/s at 1 M, 100 k rows\/s at 50 M/);
  });

  test("of nothing is an error", () => {
    expect(() => curveSvg({ ...CURVE, panels: [] })).toThrow(RangeError);
  });
});

test("the logarithmic axis puts equal factors at equal distances", () => {
  const scale = logScale(1, 100, 0, 200);
  expect([1, 10, 100].map(scale)).toEqual([0, 100, 200]);
});

test("an axis of one value has no width to share out", () => {
  expect(logScale(5, 5, 10, 90)(5)).toBe(10);
});

test("short keeps three digits and says the size", () => {
  expect([0, 0.5, 12.345, 1500, 50e6, 2e9].map(short))
    .toEqual(["0", "0.5", "12.3", "1.5 k", "50 M", "2 G"]);
});

test("the page of curves has a table with a line a point", () => {
  const page = curvesPage([{ ...CURVE, machine: "2 × somewhat", day: "2026-01-31" }]);
  const rows = page.split("\n").filter((line) => line.startsWith("|"));
  expect(rows.map((row) => row.replaceAll(/ +/g, " "))).toEqual([
    "| rows | ingest, rows/s | memory, MB |",
    expect.stringMatching(/^\| -+ \| -+ \| -+ \|$/),
    "| 1,000,000 | 200,000 | 180 |",
    "| 50,000,000 | 100,000 | 190.5 |",
  ]);
});
