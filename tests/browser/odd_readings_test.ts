import { expect, test } from "bun:test";
import {
  askOdd,
  flagsOf,
  oddMarks,
  type OddReading,
  oddText,
} from "../../src/browser/odd_readings.ts";

const view = { stepMs: 10_000, fromMs: 100_000, toMs: 130_000, x: [105, 115, 125], regions: [] };
const readings: readonly OddReading[] = [
  { atMs: 131_000, flags: ["late"] },
  { atMs: 119_999, flags: ["late", "clock_change"] },
  { atMs: 110_000, flags: ["late"] },
  { atMs: 100_000, flags: ["future"] },
  { atMs: 99_999, flags: ["late"] },
];

test("odd readings: a chart has a mark a slot and flag, by time, and none outside", () => {
  expect(oddMarks(view, readings)).toEqual([
    { slot: 0, flag: "future", count: 1 },
    { slot: 1, flag: "late", count: 2 },
    { slot: 1, flag: "clock_change", count: 1 },
  ]);
  expect(oddMarks({ ...view, x: [] }, readings)).toEqual([]);
});

test("odd readings: how many of which, in words; nothing where there are none", () => {
  expect(oddText(readings, false)).toBe("4 late, 1 ahead, 1 clock change");
  expect(oddText(readings.slice(0, 1), true)).toBe("1 and more late");
  expect(oddText([], false)).toBeNull();
});

test("odd readings: flags that this page does not know are left out", () => {
  expect(flagsOf(["clock_change", "x", "late"])).toEqual(["late", "clock_change"]);
  expect(flagsOf(undefined)).toEqual([]);
});

test("odd readings: what is asked, and what is made of the answer", async () => {
  const asked: unknown[] = [];
  const body = {
    readings: [{ timestamp: "2025-11-21T03:00:00Z", flags: ["late"] }, { timestamp: "x" }],
    more: true,
  };
  const get = (path: string, query: object) => {
    asked.push([path, query]);
    return Promise.resolve(body);
  };
  const window = { fromMs: 1, toMs: 2 };
  const found = await askOdd({ get } as never, { host: "a", region: null }, window);
  expect(asked).toEqual([["/api/readings/odd", { host_id: "a", from: 1, to: 2 }]]);
  expect(found).toEqual({
    window,
    readings: [{ atMs: Date.UTC(2025, 10, 21, 3), flags: ["late"] }],
    more: true,
  });
});
