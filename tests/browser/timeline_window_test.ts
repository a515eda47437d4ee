import { expect, test } from "bun:test";
import fc from "fast-check";
import type { TimeWindow } from "../../src/browser/ranges.ts";
import {
  msAt,
  showing,
  ticksOf,
  wholeWindow,
  xOf,
  zoomedAround,
} from "../../src/browser/timeline_window.ts";

const NOW_MS = Date.UTC(2025, 10, 21, 3);
const WHOLE: TimeWindow = { fromMs: NOW_MS - 30 * 86_400_000, toMs: NOW_MS };
const window = fc.tuple(
  fc.integer({ min: WHOLE.fromMs, max: WHOLE.toMs - 60_000 }),
  fc.double({ min: 0, max: 1, noNaN: true }),
).map(([fromMs, share]): TimeWindow => ({
  fromMs,
  toMs: fromMs + 60_000 + share * (WHOLE.toMs - fromMs - 60_000),
}));
const inside = fc.double({ min: 0, max: 1, noNaN: true });

test("timeline: a place and its moment are each other's", () => {
  fc.assert(fc.property(window, inside, (window, share) => {
    const x = share * 800;
    expect(xOf(msAt(x, window, 800), window, 800)).toBeCloseTo(x, 1);
  }));
});

test("timeline: zooming keeps the pointed-at moment under the pointer, and stays within", () => {
  const factor = fc.double({ min: 0.01, max: 0.99, noNaN: true });
  fc.assert(fc.property(window, inside, factor, (before, share, factor) => {
    const atMs = before.fromMs + share * (before.toMs - before.fromMs);
    const after = zoomedAround(before, factor, atMs, WHOLE);
    expect(after.fromMs).toBeGreaterThanOrEqual(WHOLE.fromMs - 1);
    expect(after.toMs).toBeLessThanOrEqual(WHOLE.toMs + 1);
    expect(xOf(atMs, after, 800)).toBeCloseTo(share * 800, 0);
  }));
});

test("timeline: zooming out ends at all there is", () => {
  fc.assert(fc.property(window, inside, (before, share) => {
    const atMs = before.fromMs + share * (before.toMs - before.fromMs);
    const { fromMs, toMs } = zoomedAround(before, 1e9, atMs, WHOLE);
    expect(toMs - fromMs).toBeCloseTo(WHOLE.toMs - WHOLE.fromMs, 0);
  }));
});

test("timeline: a cursor that leaves the strip takes it along", () => {
  fc.assert(fc.property(window, inside, (before, share) => {
    const atMs = WHOLE.fromMs + share * (WHOLE.toMs - WHOLE.fromMs);
    const { fromMs, toMs } = showing(before, atMs, WHOLE);
    expect(atMs).toBeGreaterThanOrEqual(fromMs - 1);
    expect(atMs).toBeLessThanOrEqual(toMs + 1);
    expect(toMs - fromMs).toBeCloseTo(before.toMs - before.fromMs, 0);
  }));
});

test("timeline: an empty store still has ten minutes to show", () => {
  expect(wholeWindow(null, NOW_MS)).toEqual({ fromMs: NOW_MS - 600_000, toMs: NOW_MS });
});

test("timeline: labels stand apart, on round times, and are few", () => {
  fc.assert(fc.property(window, (window) => {
    const ticks = ticksOf(window, 1_000, 90);
    expect(ticks.length).toBeLessThanOrEqual(13);
    for (const [index, atMs] of ticks.entries()) {
      expect(atMs % 60_000).toBe(0);
      if (index > 0) {
        expect(xOf(atMs, window, 1_000) - xOf(ticks[index - 1]!, window, 1_000))
          .toBeGreaterThanOrEqual(89.9);
      }
    }
  }));
});

test("timeline: labels stand on round times of the zone's own clocks", () => {
  const MINUTE_MS = 60_000, HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS;
  const offsets = fc.constantFrom(5.5 * HOUR_MS, -8 * HOUR_MS, 12.75 * HOUR_MS, 0);
  fc.assert(fc.property(window, offsets, (window, offsetMs) => {
    const ticks = ticksOf(window, 1_000, 90, offsetMs);
    const stepMs = ticks.length < 2 ? MINUTE_MS : ticks[1]! - ticks[0]!;
    for (const atMs of ticks) {
      expect(atMs).toBeGreaterThanOrEqual(window.fromMs);
      expect(atMs).toBeLessThanOrEqual(window.toMs);
      expect(Math.abs((atMs + offsetMs) % Math.min(DAY_MS, stepMs))).toBe(0);
    }
  }));
});
