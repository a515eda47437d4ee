import { describe, expect, test } from "bun:test";
import {
  atLeast,
  atMost,
  type BenchResult,
  formatResult,
  isFault,
  verifyGoal,
} from "../../src/bench/result.ts";

describe("a goal", () => {
  test("of at least so much is met from there on", () => {
    expect([1.49, 1.5, 9].map((value) => atLeast("x", value, 1.5).met))
      .toEqual([false, true, true]);
  });

  test("of at most so much is met up to there", () => {
    expect([0, 50, 50.1].map((value) => atMost("x", value, 50, " ms").met))
      .toEqual([true, true, false]);
  });

  test("is judged before its value is rounded", () => {
    expect(atLeast("x", 0.99996, 1)).toMatchObject({ value: 1, met: false });
  });

  test("is missed by a figure that is none", () => {
    expect([atLeast("x", NaN, 1).met, atMost("x", NaN, 1).met]).toEqual([false, false]);
  });
});

describe("verify after a benchmark", () => {
  test("that finds no difference is a goal met", () => {
    expect([verifyGoal(0).met, isFault(verifyGoal(0))]).toEqual([true, false]);
  });

  test("that finds one is a fault, as no slow figure is", () => {
    expect([isFault(verifyGoal(2)), isFault(atLeast("slow", 0, 1))]).toEqual([true, false]);
  });
});

test("the text names figures, peers, goals and notes", () => {
  const result: BenchResult = {
    bench: "ingest",
    machine: "2 × somewhat",
    figures: { "rackwatch, rows/s": 123_456.7891 },
    peers: { "psql, rows/s": 100_000 },
    goals: [atLeast("of psql", 1.2345, 1.5), atMost("p99", 12, 50, " ms")],
    notes: ["InfluxDB: not installed"],
  };
  const lines = formatResult(result).split("\n").map((line) =>
    line.trim().replace(/ {2,}/g, " | ")
  );
  expect(lines).toEqual([
    "ingest on 2 × somewhat",
    "rackwatch, rows/s | 123,456.789",
    "peers in the same run",
    "psql, rows/s | 100,000",
    "goals",
    "of psql | 1.235× | at least 1.5× | NOT MET",
    "p99 | 12 ms | at most 50 ms | met",
    "notes",
    "InfluxDB: not installed",
  ]);
});

test("sections without lines are left out", () => {
  const text = formatResult({
    bench: "start",
    machine: "m",
    figures: {},
    peers: {},
    goals: [],
    notes: [],
  });
  expect(text).toBe("start on m");
});
