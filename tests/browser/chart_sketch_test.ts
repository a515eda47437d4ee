/** The chart as SVG, and the ticks that all drawings of it share, without a browser. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Cell, ChartView } from "../../src/browser/chart_columns.ts";
import {
  bandPath,
  type Frame,
  lateSigns,
  linePath,
  oldEnds,
  placeOf,
  tailPath,
} from "../../src/browser/chart_sketch.ts";
import { tickDigits, timeTicks, valueTicks } from "../../src/browser/chart_ticks.ts";
import { timeFormat } from "../../src/browser/times.ts";

const HOUR_MS = 3_600_000;
const TO_MS = Date.UTC(2025, 10, 21, 3);

/** Ten slots of ten seconds, values from 0 at the bottom to 100 at the top. */
function frameOf(...columns: readonly Cell[][]): Frame {
  const fromMs = TO_MS - 100_000;
  const view: ChartView = {
    stepMs: 10_000,
    fromMs,
    toMs: TO_MS,
    x: Array.from({ length: 10 }, (_, slot) => (fromMs + slot * 10_000) / 1000),
    regions: columns.map((mean, index) => ({
      region: `r${index}`,
      mean,
      min: mean.map((value) => typeof value === "number" ? value - 10 : value),
      max: mean.map((value) => typeof value === "number" ? value + 10 : value),
      count: mean.map((value) => typeof value === "number" ? 1 : 0),
    })),
  };
  return { view, low: 0, high: 100 };
}

const WITH_GAP: Cell[] = [50, undefined, 100, null, 0, 50];

describe("sketch", () => {
  test("a line goes across what is undefined and breaks at null", () => {
    expect(linePath(frameOf(WITH_GAP), WITH_GAP))
      .toBe("M0.0 150.0L200.0 0.0M400.0 300.0L500.0 150.0");
  });

  test("a band is one closed shape between two breaks", () => {
    const frame = frameOf([50, 60, null, 20]);
    expect(bandPath(frame, frame.view.regions[0]!))
      .toBe("M0.0 120.0L100.0 90.0L100.0 150.0L0.0 180.0Z");
  });

  test("places are parts of width and height, and none outside of what is shown", () => {
    const frame = frameOf(WITH_GAP);
    expect(placeOf(frame, 5, 25)).toEqual({ across: 0.5, down: 0.75 });
    const later = { ...frame, view: { ...frame.view, fromMs: frame.view.fromMs + 20_000 } };
    expect(placeOf(later, 1, 25)).toBeNull();
  });

  test("an old line's grey end goes no further back than its last break", () => {
    const frame = frameOf([10, 10, null, 10, 10]);
    const wide = { ...frame, view: { ...frame.view, fromMs: TO_MS - 10_000_000 } };
    expect(tailPath(wide, frame.view.regions[0]!.mean, 4).match(/[ML]/g)).toEqual(["M", "L"]);
  });

  test("ages of lines that end at one place stand under one another, left of an end far right", () => {
    const frame = frameOf([50], [50], [...new Array<undefined>(9).fill(undefined), 50]);
    const stale = [0, 0, 9].map((slot, index) => ({ region: `r${index}`, slot, ageMs: 120_000 }));
    const ends = oldEnds(frame, stale);
    expect(ends.map((each) => each.isAfter)).toEqual([true, true, false]);
    expect(ends[0]!.age.replaceAll("\u202f", " ")).toBe("2 min ago");
    const downs = ends.map((each) => each.ageDown).sort((a, b) => a - b);
    expect(downs[1]! - downs[0]!).toBeGreaterThan(0.06);
    expect(downs[2]! - downs[1]!).toBeGreaterThan(0.06);
  });
});

test("what came late is signed by slot, with its number where there is room", () => {
  const frame = frameOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const late = [0, 2, 0, 0, 5, 1, 0, 0, 0, 0];
  const view = {
    ...frame.view,
    regions: frame.view.regions.map((column) => ({ ...column, late })),
  };
  expect(lateSigns({ ...frame, view }, null)).toEqual([
    { across: 0.1, text: "▲ 2 late" },
    { across: 0.4, text: "▲" },
    { across: 0.5, text: "▲ 1 late" },
  ]);
  expect(lateSigns({ ...frame, view }, "another")).toEqual([]);
});

describe("ticks", () => {
  test("of a percentage are at every 20", () => {
    expect(valueTicks(0, 100)).toEqual({ at: [0, 20, 40, 60, 80, 100], step: 20 });
  });

  test("of values are a few, round, ascending, within the axis, and told apart by their digits", () => {
    const numbers = fc.double({ min: -1e5, max: 1e5, noNaN: true });
    const spans = fc.double({ min: 0.5, max: 1e6, noNaN: true });
    fc.assert(fc.property(numbers, spans, (low, span) => {
      const { at, step } = valueTicks(low, low + span);
      expect(at.length).toBeGreaterThanOrEqual(2);
      expect(at.length).toBeLessThanOrEqual(7);
      const words = at.map((value) => value.toFixed(tickDigits(step)));
      expect(new Set(words).size).toBe(at.length);
      at.forEach((value, index) => {
        expect(value).toBeGreaterThanOrEqual(low - span * 1e-6);
        expect(value).toBeLessThanOrEqual(low + span * (1 + 1e-6));
        if (index > 0) expect(value).toBeGreaterThan(at[index - 1]!);
        expect(Math.abs(Number(words[index]) - value)).toBeLessThan(step / 100);
      });
    }));
  });

  test("of times are round on the clock of the zone, also where it is half an hour off", () => {
    for (const zone of ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York"]) {
      const time = timeFormat(zone);
      const { at, step } = timeTicks({ fromMs: TO_MS - 24 * HOUR_MS, toMs: TO_MS }, time);
      expect(step).toBe(6 * HOUR_MS);
      for (const atMs of at) {
        expect(["00:00", "06:00", "12:00", "18:00"]).toContain(time.minute(atMs));
      }
    }
  });

  test("of the shortest span to the longest there are two to seven", () => {
    const time = timeFormat("Asia/Kolkata");
    for (let spanMs = 30_000; spanMs < 400 * 24 * HOUR_MS; spanMs *= 1.37) {
      const window = { fromMs: TO_MS - spanMs, toMs: TO_MS };
      const { at } = timeTicks(window, time);
      expect([spanMs, at.length >= 2 && at.length <= 7]).toEqual([spanMs, true]);
      for (const atMs of at) expect(atMs >= window.fromMs && atMs <= TO_MS).toBe(true);
    }
  });
});
