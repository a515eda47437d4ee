import { expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import type { Clock } from "../../src/runtime/clock.ts";
import { inSlices, type Steps } from "../../src/runtime/slices.ts";

/** Time goes on by a millisecond a step of `work`; others are served in `after`. */
class StepClock implements Clock {
  atMs = 0;
  readonly turnsAtMs: number[] = [];
  nowMs = () => this.atMs;
  monotonicMs = () => this.atMs;
  after(_delayMs: number, task: () => void): () => void {
    this.turnsAtMs.push(this.atMs);
    queueMicrotask(task);
    return () => {};
  }
}

function* work(clock: StepClock, steps: number): Steps<number> {
  let sum = 0;
  for (let step = 1; step <= steps; step++) {
    clock.atMs++;
    sum += step;
    yield;
  }
  return sum;
}

test("others have their turn whenever a slice is used up, and not before", async () => {
  const clock = new StepClock();
  await inSlices(work(clock, 3 * LIMITS.sliceMsMax + 1), clock);
  expect(clock.turnsAtMs).toEqual([1, 2, 3].map((nth) => nth * LIMITS.sliceMsMax));
});

test("the work's result, or its error, is what comes of it", async () => {
  const clock = new StepClock();
  expect(await inSlices(work(clock, 100), clock)).toBe(5_050);
  const failing = function* (): Steps<never> {
    yield;
    throw new Error("no such chunk");
  };
  expect(inSlices(failing(), clock)).rejects.toThrow("no such chunk");
});
