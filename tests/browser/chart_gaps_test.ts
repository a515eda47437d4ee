import { expect, test } from "bun:test";
import { markGaps } from "../../src/browser/chart_gaps.ts";
import { lonePoints, tableOf, timeLabel, valueRange } from "../../src/browser/chart_axes.ts";
import { ChartColumns } from "../../src/browser/chart_columns.ts";
import { rangeNamed } from "../../src/browser/ranges.ts";
import { timeFormat } from "../../src/browser/times.ts";
import { cpuSecond, NOW_MS } from "./samples.ts";

/** `1` a value, `.` none. */
function cells(text: string): (number | undefined)[] {
  return [...text].map((each) => each === "1" ? 1 : undefined);
}

const from = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

const TABLE: readonly [claim: string, stepMs: number, text: string, gaps: number[]][] = [
  ["an outage of a fast source is empty", 1000, "1111..............1111", from(4, 17)],
  ["a source once a minute is one line", 10_000, "1.....1.....1.....1", []],
  ["so is that of a slow one", 10_000, "1..1..1..............1..1", from(7, 20)],
  ["ten seconds of silence are no outage", 1000, "111.........111", []],
  [
    "where a slow source becomes a fast one the line goes on",
    1000,
    `${("1" + ".".repeat(59)).repeat(2)}1111`,
    [],
  ],
  ["nothing before the first value or after the last", 1000, "........1111........", []],
  ["no values, no gaps", 1000, "....", []],
];

for (const [claim, stepMs, text, gaps] of TABLE) {
  test(`gaps: ${claim}`, () => expect(markGaps(cells(text), stepMs)).toEqual(gaps));
}

test("lone points: only those without a neighbour in the same stretch", () => {
  expect(lonePoints([1, undefined, 2, null, 3, null, 4, 5, null, 6])).toEqual([4, 9]);
});

test("value range: CPU load is always 0 to 100, others leave room around what is measured", () => {
  const columns = new ChartColumns();
  const view = columns.view(rangeNamed("5m"), "cpu_load", NOW_MS);
  expect(valueRange("cpu_load", view)).toEqual([0, 100]);
  const temperatures = {
    ...view,
    regions: [{ region: "a", mean: [60, 64], min: [], max: [], count: [] }],
  };
  expect(valueRange("temp_c", temperatures)).toEqual([52, 72]);
});

test("time labels: seconds, minutes or days, as the step needs, in the given zone", () => {
  const time = timeFormat("Asia/Kolkata");
  const atS = Date.UTC(2025, 10, 21, 2, 42, 30) / 1000;
  expect(timeLabel(atS, 30, time)).toBe("08:12:30");
  expect(timeLabel(atS, 60, time)).toBe("08:12");
  expect(timeLabel(atS, 86_400, time)).toBe("21 Nov");
  expect(timeLabel(Date.UTC(2025, 10, 20, 18, 30) / 1000, 3600, time)).toBe("21 Nov");
});

test("table of a chart: means weighted by readings, with the lowest and highest of all", () => {
  const columns = new ChartColumns();
  columns.addSeconds([
    cpuSecond("a", NOW_MS - 2000, [10]),
    cpuSecond("a", NOW_MS - 1000, [40, 40, 40]),
  ], NOW_MS);
  const rows = tableOf(columns.view(rangeNamed("5m"), "cpu_load", NOW_MS), 1);
  expect(rows.map((row) => row.cells)).toEqual([[{ mean: 32.5, min: 10, max: 40 }]]);
});
