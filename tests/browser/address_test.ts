import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  besideMs,
  DEFAULT_VIEW,
  searchOf,
  viewOf,
  VIEWS,
  type ViewState,
} from "../../src/browser/address.ts";
import { cursorMs, LIVE, SPEEDS } from "../../src/browser/cursor.ts";
import { rangeOf, RANGES } from "../../src/browser/ranges.ts";
import { METRICS } from "../../src/model/reading.ts";

const NOW_MS = Date.UTC(2025, 10, 21, 3);

const name = fc.option(fc.string({ minLength: 1, maxLength: 20 }));
const state: fc.Arbitrary<ViewState> = fc.record({
  view: fc.constantFrom(...VIEWS),
  cursor: fc.oneof(
    fc.constant(LIVE),
    fc.integer({ min: 0, max: NOW_MS }).map((atMs) => ({ kind: "paused", atMs }) as const),
  ),
  speed: fc.constantFrom(...SPEEDS),
  range: fc.oneof(
    fc.constantFrom(...RANGES),
    fc.integer({ min: 30_000, max: 34_560_000_000 }).map(rangeOf),
  ),
  metric: fc.constantFrom(...METRICS),
  region: name,
  host: name,
  ghost: fc.constantFrom(null, "1h", "1d", "1w", "now"),
  beside: fc.oneof(
    fc.constantFrom(null, "1h", "1d", "1w", "now"),
    fc.integer({ min: 0, max: NOW_MS }),
  ),
  wall: fc.boolean(),
});

test("address: what is written is what is read, names of any characters too", () => {
  fc.assert(fc.property(state, (before) => {
    expect(viewOf(searchOf(before, NOW_MS), NOW_MS)).toEqual(before);
  }));
});

test("address: the second moment is now, so much before the cursor's, or one of its own", () => {
  expect(besideMs("now", NOW_MS)).toBeNull();
  expect(besideMs("1d", NOW_MS)).toBe(NOW_MS - 86_400_000);
  expect(besideMs(5, NOW_MS)).toBe(5);
  expect(viewOf("?vs=yesterday", NOW_MS).beside).toBeNull();
});

test("address: the page as it opens has none", () => {
  expect(searchOf(DEFAULT_VIEW, NOW_MS)).toBe("");
});

test("address: a replay is opened where it stood, and goes on at its speed", () => {
  const replay = { kind: "replay", fromMs: NOW_MS - 90_000, sinceMs: NOW_MS - 1_000, speed: 8 };
  const search = searchOf(
    { ...DEFAULT_VIEW, cursor: replay as ViewState["cursor"], speed: 8 },
    NOW_MS,
  );
  const opened = viewOf(search, NOW_MS + 60_000).cursor;
  expect(opened).toMatchObject({ kind: "replay", speed: 8 });
  expect(cursorMs(opened, NOW_MS + 60_000)).toBe(NOW_MS - 90_000 + 8_000);
});

test("address: what can't be read is taken for the default", () => {
  const search = "?view=moon&at=yesterday&speed=9000&range=ever&metric=noise&ghost=2d&wall=yes";
  expect(viewOf(search, NOW_MS)).toEqual(DEFAULT_VIEW);
});
