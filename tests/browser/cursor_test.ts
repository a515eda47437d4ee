import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  atSpeed,
  type Cursor,
  cursorMs,
  LIVE,
  paused,
  playing,
  settled,
  soughtTo,
  SPEED_MAX,
  SPEED_MIN,
  stepped,
} from "../../src/browser/cursor.ts";

const NOW_MS = Date.UTC(2025, 10, 21, 3);
const past = fc.integer({ min: NOW_MS - 30 * 86_400_000, max: NOW_MS - 1 });
const speed = fc.double({ min: SPEED_MIN, max: SPEED_MAX, noNaN: true });
const cursor: fc.Arbitrary<Cursor> = fc.oneof(
  fc.constant(LIVE),
  past.map((atMs): Cursor => ({ kind: "paused", atMs })),
  fc.tuple(past, speed).map(([fromMs, speed]): Cursor => ({
    kind: "replay",
    fromMs,
    sinceMs: NOW_MS - 1_000,
    speed,
  })),
);

test("cursor: live is the head, at every moment", () => {
  expect(cursorMs(LIVE, NOW_MS)).toBe(NOW_MS);
});

test("cursor: a replay at any speed comes to the same place, later or sooner", () => {
  fc.assert(fc.property(past, speed, (fromMs, speed) => {
    const replay = playing({ kind: "paused", atMs: fromMs }, speed, NOW_MS);
    const distanceMs = 50_000;
    const at = cursorMs(replay, NOW_MS + distanceMs / speed);
    const headMs = NOW_MS + distanceMs / speed;
    expect(at).toBeCloseTo(Math.min(fromMs + distanceMs, headMs), 0);
  }));
});

test("cursor: pausing, going on and changing the speed move nothing by themselves", () => {
  fc.assert(fc.property(cursor, speed, (before, speed) => {
    const at = cursorMs(before, NOW_MS);
    expect(cursorMs(paused(before, NOW_MS), NOW_MS)).toBe(at);
    expect(cursorMs(playing(before, speed, NOW_MS), NOW_MS)).toBe(at);
    expect(cursorMs(atSpeed(before, speed, NOW_MS), NOW_MS)).toBe(at);
  }));
});

test("cursor: it is never after the head, whatever is done to it", () => {
  const far = fc.integer({ min: -40 * 86_400_000, max: 40 * 86_400_000 });
  fc.assert(fc.property(cursor, far, fc.nat(100_000), (before, byMs, laterMs) => {
    for (
      const moved of [soughtTo(before, NOW_MS + byMs, NOW_MS), stepped(before, byMs, NOW_MS)]
    ) {
      expect(cursorMs(moved, NOW_MS + laterMs)).toBeLessThanOrEqual(NOW_MS + laterMs);
    }
  }));
});

test("cursor: seeking is opening there, and a replay goes on from there", () => {
  fc.assert(fc.property(cursor, past, (before, atMs) => {
    const moved = soughtTo(before, atMs, NOW_MS);
    expect(cursorMs(moved, NOW_MS)).toBe(atMs);
    expect(moved.kind).toBe(before.kind === "replay" ? "replay" : "paused");
  }));
});

test("cursor: a replay that has come up with the head is live, a slower one falls behind", () => {
  const fast = playing({ kind: "paused", atMs: NOW_MS - 7_000 }, 8, NOW_MS);
  expect(settled(fast, NOW_MS + 999).kind).toBe("replay");
  expect(settled(fast, NOW_MS + 1_001)).toBe(LIVE);
  const slow = atSpeed(LIVE, 0.5, NOW_MS);
  expect(cursorMs(settled(slow, NOW_MS + 1_000), NOW_MS + 1_000)).toBe(NOW_MS + 500);
});
