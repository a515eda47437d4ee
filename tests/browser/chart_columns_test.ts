import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  CHART_REGIONS_MAX,
  ChartColumns,
  type HistorySeries,
} from "../../src/browser/chart_columns.ts";
import { rangeNamed, RANGES } from "../../src/browser/ranges.ts";
import { cpuSecond, NOW_MS } from "./samples.ts";

const FIVE_MINUTES = rangeNamed("5m");
const HOUR = rangeNamed("1h");

function history(
  region: string,
  stepMs: number,
  points: [number, number, number][],
): HistorySeries {
  return {
    region,
    stepMs,
    t: points.map(([t]) => t),
    mean: points.map(([, mean]) => mean),
    min: points.map(([, mean]) => mean - 1),
    max: points.map(([, mean]) => mean + 1),
    count: points.map(([, , count]) => count),
  };
}

const secondsArbitrary = fc.array(
  fc.record({
    region: fc.constantFrom("a", "b", "c"),
    back: fc.integer({ min: 0, max: 290 }),
    values: fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 4 }),
  }),
  { maxLength: 60 },
);

/** Later seconds replace earlier ones of the same region and time, as the stream means them. */
function whole(seconds: { region: string; back: number; values: number[] }[]) {
  const last = new Map<string, { region: string; atMs: number; values: number[] }>();
  for (const { region, back, values } of seconds) {
    const atMs = (Math.floor(NOW_MS / 1000) - back) * 1000;
    last.set(`${region} ${atMs}`, { region, atMs, values });
  }
  return [...last.values()];
}

test("live seconds: every reading of the window is counted once, and means are theirs", () => {
  fc.assert(fc.property(secondsArbitrary, (given) => {
    const seconds = whole(given);
    const columns = new ChartColumns();
    columns.addSeconds(
      seconds.map((each) => cpuSecond(each.region, each.atMs, each.values)),
      NOW_MS,
    );
    const view = columns.view(FIVE_MINUTES, "cpu_load", NOW_MS);
    for (const column of view.regions) {
      const own = seconds.filter((each) => each.region === column.region);
      const first = view.x[0]! * 1000 - view.stepMs / 2;
      column.mean.forEach((mean, slot) => {
        const start = first + slot * view.stepMs;
        const values = own.filter(({ atMs }) => atMs >= start && atMs < start + view.stepMs)
          .flatMap((each) => each.values);
        expect(column.count[slot]).toBe(values.length);
        // The newest step may still be filling, see below.
        if (slot >= column.mean.length - 2) return;
        if (values.length === 0) return expect(mean ?? null).toBeNull();
        expect(mean).toBeCloseTo(values.reduce((a, b) => a + b, 0) / values.length, 6);
        expect(column.min[slot]).toBe(Math.min(...values));
        expect(column.max[slot]).toBe(Math.max(...values));
      });
    }
  }));
});

test("live seconds: the order they come in, and coming twice, change nothing", () => {
  fc.assert(fc.property(secondsArbitrary, fc.nat(), (given, turn) => {
    const seconds = whole(given).map((each) => cpuSecond(each.region, each.atMs, each.values));
    const turned = [...seconds.slice(turn % (seconds.length + 1)), ...seconds].reverse();
    const one = new ChartColumns(), other = new ChartColumns();
    one.addSeconds(seconds, NOW_MS);
    other.addSeconds(turned, NOW_MS);
    expect(other.view(FIVE_MINUTES, "cpu_load", NOW_MS))
      .toEqual(one.view(FIVE_MINUTES, "cpu_load", NOW_MS));
  }));
});

test("columns: x rises strictly, all columns are as long, for every range and any second", () => {
  for (const range of RANGES) {
    const columns = new ChartColumns();
    columns.addSeconds([cpuSecond("a", NOW_MS - 3_000, [5])], NOW_MS);
    for (let offset = 0; offset < 12_000; offset += 777) {
      const view = columns.view(range, "cpu_load", NOW_MS + offset);
      expect(view.x.every((x, index) => index === 0 || x > view.x[index - 1]!)).toBe(true);
      for (const { mean, min, max, count } of view.regions) {
        expect([mean.length, min.length, max.length, count.length])
          .toEqual(new Array(4).fill(view.x.length));
      }
    }
  }
});

test("history and live: a bucket that both hold in full is counted once", () => {
  const columns = new ChartColumns();
  const bucket = Math.floor(NOW_MS / 10_000) * 10_000 - 60_000;
  columns.setHistory([history("a", 10_000, [[bucket, 50, 2]])]);
  columns.addSeconds([cpuSecond("a", bucket, [40]), cpuSecond("a", bucket + 1000, [60])], NOW_MS);
  const column = columns.view(HOUR, "cpu_load", NOW_MS).regions[0]!;
  expect(column.count.filter((count) => count > 0)).toEqual([2]);
  expect(column.mean.filter((mean) => typeof mean === "number")).toEqual([50]);
});

test("history and live: the store wins where it saw more, such as a batch file", () => {
  const columns = new ChartColumns();
  const bucket = Math.floor(NOW_MS / 10_000) * 10_000 - 60_000;
  columns.setHistory([history("a", 10_000, [[bucket, 70, 9]])]);
  columns.addSeconds([cpuSecond("a", bucket, [40, 42])], NOW_MS);
  const column = columns.view(FIVE_MINUTES, "cpu_load", NOW_MS).regions[0]!;
  expect(column.count.reduce((a, b) => a + b)).toBe(9);
  expect(column.mean.find((mean) => typeof mean === "number")).toBe(70);
});

test("history and live: where both saw the same, the line keeps the stream's finer points", () => {
  const columns = new ChartColumns();
  const bucket = Math.floor(NOW_MS / 10_000) * 10_000 - 20_000;
  const hundred = (value: number) => Array.from({ length: 100 }, () => value);
  columns.addSeconds([
    cpuSecond("a", bucket, hundred(40)),
    cpuSecond("a", bucket + 5000, hundred(60)),
  ], NOW_MS);
  columns.setHistory([history("a", 10_000, [[bucket, 50, 200]])]);
  const column = columns.view(FIVE_MINUTES, "cpu_load", NOW_MS).regions[0]!;
  expect(column.mean.filter((mean) => typeof mean === "number")).toEqual([40, 60]);
});

test("history and live: the stream wins where the store is behind", () => {
  const columns = new ChartColumns();
  const bucket = Math.floor(NOW_MS / 10_000) * 10_000;
  columns.setHistory([history("a", 10_000, [[bucket, 70, 1]])]);
  columns.addSeconds([cpuSecond("a", bucket, [40, 42])], NOW_MS);
  const column = columns.view(HOUR, "cpu_load", NOW_MS).regions[0]!;
  expect(column.mean.find((mean) => typeof mean === "number")).toBe(41);
});

test("live seconds: the newest step joins the line once it holds half of the one before", () => {
  const columns = new ChartColumns();
  const start = Math.floor(NOW_MS / 10_000) * 10_000;
  const newest = () => {
    const { regions } = columns.view(FIVE_MINUTES, "cpu_load", start + 1500);
    return regions[0]!.mean.findLast((mean) => typeof mean === "number");
  };
  columns.addSeconds([cpuSecond("a", start - 1000, [40, 40, 40, 40])], start);
  columns.addSeconds([cpuSecond("a", start, [90])], start);
  expect(newest()).toBe(40);
  columns.addSeconds([cpuSecond("a", start + 1000, [70])], start + 1000);
  expect(newest()).toBe(80);
});

test("live step: a slow source gets wider points than a fast one", () => {
  const slow = new ChartColumns(), fast = new ChartColumns();
  for (let back = 0; back < 120; back++) {
    if (back % 4 === 0) slow.addSeconds([cpuSecond("a", NOW_MS - back * 1000, [1])], NOW_MS);
    fast.addSeconds([
      cpuSecond("a", NOW_MS - back * 1000, Array.from("abcdefghijklmnopqrst", () => 5)),
    ], NOW_MS);
  }
  expect(slow.view(FIVE_MINUTES, "cpu_load", NOW_MS).stepMs).toBe(10_000);
  expect(fast.view(FIVE_MINUTES, "cpu_load", NOW_MS).stepMs).toBe(1_000);
});

test("bounds: a year of seconds and a thousand regions leave a fixed number of points", () => {
  const columns = new ChartColumns();
  for (let at = 0; at < 40_000; at++) {
    columns.addSeconds([cpuSecond("a", NOW_MS + at * 1000, [1])], NOW_MS + at * 1000);
  }
  for (let region = 0; region < 1000; region++) {
    columns.addSeconds([cpuSecond(`r${region}`, NOW_MS + 40_000_000, [1])], NOW_MS + 40_000_000);
  }
  const view = columns.view(HOUR, "cpu_load", NOW_MS + 40_000_000);
  expect(view.regions.length).toBe(CHART_REGIONS_MAX);
  expect(view.regions[0]!.count.reduce((a, b) => a + b)).toBeLessThanOrEqual(901);
});

test("bounds: a clock far ahead does not push true seconds out", () => {
  const columns = new ChartColumns();
  columns.addSeconds(
    [cpuSecond("a", NOW_MS, [40]), cpuSecond("a", NOW_MS + 3_600_000, [1])],
    NOW_MS,
  );
  const column = columns.view(FIVE_MINUTES, "cpu_load", NOW_MS).regions[0]!;
  expect(column.mean.findLast((mean) => typeof mean === "number")).toBe(40);
});

test("trend: the mean of all regions' readings per 10 s, null where there were none", () => {
  const columns = new ChartColumns();
  const start = Math.floor(NOW_MS / 10_000) * 10_000;
  columns.addSeconds([
    cpuSecond("a", start, [10]),
    cpuSecond("b", start + 1000, [40, 40, 40]),
    cpuSecond("a", start - 20_000, [7]),
  ], NOW_MS);
  const trend = columns.trend("cpu_load", NOW_MS);
  expect(trend.length).toBe(30);
  expect(trend.slice(-3)).toEqual([7, null, 32.5]);
});
