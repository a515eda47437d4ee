import { expect, test } from "bun:test";
import { cursorMs } from "../../src/browser/cursor.ts";
import type { RunRow } from "../../src/browser/quality_api.ts";
import { markOf, notReplayable, replayOf, spanOf } from "../../src/browser/runs_view.ts";

const HOUR_MS = 3_600_000;

function run(change: Partial<RunRow> = {}): RunRow {
  return {
    id: "stream_run_2025-11-21_02-42-56",
    kind: "live",
    state: "closed",
    firstArrivalMs: HOUR_MS,
    lastArrivalMs: 2 * HOUR_MS,
    firstReadingMs: null,
    lastReadingMs: null,
    lines: 10,
    bytes: 1_000,
    rows: 10,
    rejects: 0,
    deletedParts: 0,
    unknownColumns: [],
    isRecovered: false,
    tornBytes: 0,
    quarantined: 0,
    ...change,
  };
}

test("a live run is replayed from its first arrival, history from its first reading", () => {
  expect(spanOf(run())).toEqual({ fromMs: HOUR_MS, toMs: 2 * HOUR_MS });
  const history = { kind: "batch", firstArrivalMs: null, lastArrivalMs: null } as const;
  expect(spanOf(run({ ...history, firstReadingMs: 5, lastReadingMs: 9 })))
    .toEqual({ fromMs: 5, toMs: 9 });
  expect(notReplayable(run({ ...history }))).toContain("not in the hot store");
});

test("a replay begins at the run's start, at the chosen speed, with charts as wide as the run", () => {
  const { cursor, range, view } = replayOf({ fromMs: HOUR_MS, toMs: 2 * HOUR_MS }, 8, 9 * HOUR_MS);
  expect(view).toBe("overview");
  expect(range?.name).toBe("1h");
  expect(cursorMs(cursor!, 9 * HOUR_MS)).toBe(HOUR_MS);
  expect(cursorMs(cursor!, 9 * HOUR_MS + 1_000)).toBe(HOUR_MS + 8_000);
});

test("what happened to a run is marked, and a whole one is not", () => {
  expect(markOf(run())).toEqual({ tone: "good", word: "Complete", detail: "" });
  expect(markOf(run({ state: "open" })).word).toBe("Being written");
  expect(markOf(run({ state: "interrupted" }))).toMatchObject({
    tone: "warn",
    word: "Interrupted",
  });
  expect(markOf(run({ isRecovered: true, tornBytes: 12 }))).toMatchObject({
    tone: "warn",
    word: "Interrupted",
    detail: "12\u202fB of an unfinished line cut off · closed by the next start",
  });
  expect(markOf(run({ quarantined: 2 }))).toMatchObject({ tone: "bad", word: "Damaged" });
  expect(markOf(run({ state: "damaged" })).tone).toBe("bad");
  expect(markOf(run({ unknownColumns: ["fan"] })).detail).toBe("unknown columns: fan");
});
