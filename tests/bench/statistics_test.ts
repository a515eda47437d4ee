import { describe, expect, test } from "bun:test";
import { median, percentile, rounded } from "../../src/bench/statistics.ts";

const HUNDRED = Array.from({ length: 100 }, (_, index) => 100 - index);

describe("percentile", () => {
  test("is the sample that so many do not exceed", () => {
    expect([0.01, 0.5, 0.99, 1].map((share) => percentile(HUNDRED, share)))
      .toEqual([1, 50, 99, 100]);
  });

  test("of one sample is that sample", () => expect(percentile([7], 0.99)).toBe(7));

  test("of few samples is the largest, never one made up", () => {
    expect(percentile([3, 1, 2], 0.99)).toBe(3);
  });

  test("of no samples is an error", () => expect(() => percentile([], 0.5)).toThrow(RangeError));

  test("refuses a share that is given in percent", () => {
    expect(() => percentile([1], 99)).toThrow("got 99");
  });

  test("leaves the samples in their order", () => {
    const samples = [3, 1, 2];
    percentile(samples, 0.5);
    expect(samples).toEqual([3, 1, 2]);
  });
});

describe("median", () => {
  test("is the middle one, or the mean of the middle two", () => {
    expect([median([9, 1, 5]), median([4, 1, 2, 9])]).toEqual([5, 3]);
  });

  test("of nothing is an error", () => expect(() => median([])).toThrow(RangeError));
});

test("rounded keeps so many decimals", () => {
  expect([rounded(1.23456), rounded(1.25, 1), rounded(1234, 0)]).toEqual([1.235, 1.3, 1234]);
});
