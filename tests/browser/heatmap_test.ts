import { expect, test } from "bun:test";
import fc from "fast-check";
import { createAsk } from "../../src/browser/ask.ts";
import {
  askHeatmap,
  columnAt,
  columnFigures,
  type Heatmap,
  heatmapOf,
  heatmapTable,
  heatOf,
  peakOf,
} from "../../src/browser/heatmap.ts";
import { histogramRows } from "../../src/browser/histogram_view.ts";

const HEATMAP: Heatmap = {
  stepMs: 10,
  t: [100, 110, 120, 130],
  edges: [40, 45, 50, 55],
  counts: [[1, 0, 0], [0, 0, 0], [0, 7, 2], [0, 5, 0]],
  late: [0, 0, 3, 0],
};

test("heatmap: asks for whole milliseconds, and for a region where there is one", async () => {
  const asked: string[] = [];
  const ask = createAsk((url) => {
    asked.push(url);
    return Promise.resolve(Response.json({ step_ms: 10, t: [], edges: [], counts: [], late: [] }));
  });
  const wish = { window: { fromMs: 1.5, toMs: 8.2 }, points: 5, bins: 6 };
  await askHeatmap(ask, { region: null, ...wish });
  await askHeatmap(ask, { region: "a & b", ...wish });
  expect(asked).toEqual([
    "/api/heatmap?metric=temp_c&from=1&to=9&points=5&bins=6&flags=1",
    "/api/heatmap?metric=temp_c&region=a+%26+b&from=1&to=9&points=5&bins=6&flags=1",
  ]);
});

test("heatmap: an answer that is none is refused", () => {
  for (const body of [null, {}, { t: [], edges: [], counts: [] }, { step_ms: 1, t: [] }]) {
    expect(() => heatmapOf(body)).toThrow("The heatmap has no");
  }
});

test("heatmap: the most in a cell, the column of a moment, a column in figures", () => {
  expect(peakOf(HEATMAP)).toBe(7);
  expect([99, 100, 119, 139, 140].map((atMs) => columnAt(HEATMAP, atMs)))
    .toEqual([null, 0, 1, 3, null]);
  expect(columnFigures(HEATMAP, 2)).toEqual({ readings: 9, low: 45, high: 55 });
  expect(columnFigures(HEATMAP, 1)).toBeNull();
});

test("heat: none is none, one is seen, the most is all, more is never less", () => {
  expect([heatOf(0, 10), heatOf(10, 10), heatOf(1, 1)]).toEqual([0, 1, 1]);
  fc.assert(fc.property(fc.integer({ min: 1, max: 1e6 }), fc.nat(1e6), (count, more) => {
    const peak = count + more;
    expect(heatOf(count, peak)).toBeGreaterThanOrEqual(0.1);
    expect(heatOf(count, peak)).toBeLessThanOrEqual(heatOf(Math.min(peak, count + 1), peak));
  }));
});

test("heatmap as a table: the newest first, and every reading in it once", () => {
  expect(heatmapTable(HEATMAP, 2, 2)).toEqual({
    edges: [40, 50, 55],
    rows: [{ atMs: 120, counts: [12, 2], late: 3 }, { atMs: 100, counts: [1, 0], late: 0 }],
  });
  expect(heatmapTable({ ...HEATMAP, edges: [], counts: [[], [], [], []] }, 9, 9).edges).toEqual([]);
});

test("histogram by the logarithm: a few among many are seen, none is none", () => {
  const window = { fromMs: 0, toMs: 1 };
  const histogram = { window, edges: [0, 1, 2, 3], counts: { a: [0, 1, 9_999] } };
  const [linear] = histogramRows(histogram);
  const [log] = histogramRows(histogram, "log");
  expect(linear?.heights[1]).toBeLessThan(0.001);
  expect(log?.heights[1]).toBeGreaterThan(0.07);
  expect([log?.heights[0], log?.heights[2]]).toEqual([0, 1]);
});
