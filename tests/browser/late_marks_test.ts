import { expect, test } from "bun:test";
import { seriesOf } from "../../src/browser/api.ts";
import { tableOf } from "../../src/browser/chart_axes.ts";
import { ChartColumns, type HistorySeries } from "../../src/browser/chart_columns.ts";
import { slotAt, steppedMs } from "../../src/browser/chart_cursor.ts";
import { spokenValues } from "../../src/browser/chart_words.ts";
import { heatmapTable } from "../../src/browser/heatmap.ts";
import { histogramRows } from "../../src/browser/histogram_view.ts";
import { lateMarks, lateText } from "../../src/browser/late_marks.ts";
import { rangeNamed } from "../../src/browser/ranges.ts";
import { cpuSecond, NOW_MS } from "./samples.ts";

const HOUR = rangeNamed("1h");
const STEP_MS = HOUR.ms / HOUR.points;
/** The last bucket that ends before the window does, and those before it. */
const bucketMs = (back: number) => (Math.floor(NOW_MS / STEP_MS) - 1 - back) * STEP_MS;

/** @param late by bucket, counted back from the newest */
function history(region: string, late: readonly (readonly [number, number])[]): HistorySeries {
  const backs = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
  const values = backs.map(() => 50);
  return {
    region,
    stepMs: STEP_MS,
    t: backs.map(bucketMs),
    mean: values,
    min: values,
    max: values,
    count: values,
    late: backs.map((back) => late.find(([each]) => each === back)?.[1] ?? 0),
  };
}

function viewOf(...series: HistorySeries[]) {
  const columns = new ChartColumns();
  columns.setHistory(series);
  return columns.view(HOUR, "cpu_load", NOW_MS);
}

const VIEW = viewOf(history("a", [[7, 3], [2, 1]]), history("b", [[7, 4]]), history("c", []));
const slotOf = (back: number) => slotAt(VIEW, bucketMs(back))!;

test("late marks: one a slot, of all regions or of one, by time", () => {
  expect(lateMarks(VIEW, null)).toEqual([
    { slot: slotOf(7), count: 7 },
    { slot: slotOf(2), count: 1 },
  ]);
  expect(lateMarks(VIEW, "b")).toEqual([{ slot: slotOf(7), count: 4 }]);
  expect(lateMarks(VIEW, "c")).toEqual([]);
});

test("late marks: said by region, at a slot or of all; nothing where nothing came late", () => {
  expect(lateText(VIEW, null)).toBe("a 4, b 4");
  expect(lateText(VIEW, slotOf(2))).toBe("a 1");
  expect(lateText(VIEW, slotOf(3))).toBe("");
  expect(spokenValues("cpu_load", [], "03:00", "a 1")).toBe("03:00: nothing yet; came late: a 1");
});

test("late marks: a mark stands where its bucket's value does", () => {
  const at = slotOf(2);
  expect(VIEW.regions[0]!.mean[at]).toBe(50);
  expect(VIEW.regions[0]!.late![at]).toBe(1);
});

test("late marks: the table's spans hold all of them", () => {
  const rows = tableOf(VIEW, 12);
  const sums = [0, 1, 2].map((index) => rows.reduce((sum, row) => sum + row.late[index]!, 0));
  expect(sums).toEqual([4, 4, 0]);
});

test("late marks: history that lies behind the window, or was not asked for them, has none", () => {
  const { late: _, ...plain } = history("a", []);
  expect(viewOf(plain).regions[0]!.late).toBeNull();
  const old = history("a", [[9, 5]]);
  const moved = viewOf({ ...old, t: old.t.map((atMs) => atMs - 2 * HOUR.ms) });
  expect(lateMarks(moved, null)).toEqual([]);
  const ahead = viewOf({ ...old, t: old.t.map((atMs) => atMs + 2 * HOUR.ms) });
  expect(lateMarks(ahead, null)).toEqual([]);
});

test("late marks: keys stop at a slot that nothing but a mark stands in", () => {
  const { mean, ...rest } = history("a", [[5, 1]]);
  const view = viewOf({ ...rest, mean: mean.map(() => null) });
  expect(steppedMs(view, null, "last")).toBe(view.x[slotAt(view, bucketMs(5))!]! * 1000);
});

test("late marks: on the grid of live seconds a ten-second bucket has one", () => {
  const columns = new ChartColumns();
  const range = rangeNamed("5m");
  const startMs = Math.floor((NOW_MS - 100_000) / 10_000) * 10_000;
  columns.addSeconds(
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((second) => cpuSecond("a", startMs + second * 1000, [50])),
    NOW_MS,
  );
  columns.setHistory([{
    region: "a",
    stepMs: 10_000,
    t: [startMs],
    mean: [50],
    min: [50],
    max: [50],
    count: [10],
    late: [6],
  }]);
  const view = columns.view(range, "cpu_load", NOW_MS);
  expect(view.stepMs).toBeLessThan(10_000);
  expect(lateMarks(view, null).map(({ count }) => count)).toEqual([6]);
});

test("late marks: an answer may tell them; heatmap and distribution count them", () => {
  const body = { step_ms: 10, t: [1], mean: [2], min: [2], max: [2], count: [1] };
  expect(seriesOf("a", body)).not.toHaveProperty("late");
  expect(seriesOf("a", { ...body, late: [1] }).late).toEqual([1]);
  const heatmap = {
    stepMs: 10,
    t: [0, 10, 20],
    edges: [0, 1],
    counts: [[1], [1], [1]],
    late: [1, 0, 2],
  };
  expect(heatmapTable(heatmap, 2, 1).rows.map(({ late }) => late)).toEqual([2, 1]);
  const histogram = { window: HOUR_WINDOW, edges: [0, 1], counts: { a: [5], b: [1] } };
  expect(histogramRows({ ...histogram, late: { b: 1 } }).map(({ late }) => late)).toEqual([0, 1]);
  expect(histogramRows(histogram).map(({ late }) => late)).toEqual([0, 0]);
});

const HOUR_WINDOW = { fromMs: 0, toMs: 3_600_000 };
