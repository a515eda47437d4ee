import { expect, test } from "bun:test";
import fc from "fast-check";
import { Pacer } from "../../src/generator/pacer.ts";
import { ManualClock } from "./manual_clock.ts";

function paced(rate: number) {
  const clock = new ManualClock();
  const produced: { atMs: number; lines: number }[] = [];
  const startMs = clock.nowMs();
  const pacer = new Pacer(clock, rate, (lines) => {
    produced.push({ atMs: clock.nowMs() - startMs, lines });
  });
  const total = () => produced.reduce((sum, { lines }) => sum + lines, 0);
  return { clock, pacer, produced, total };
}

test("Pacer: keeps to any rate, to within a line and a tick", () => {
  const rates = fc.oneof(
    fc.double({ min: 0.1, max: 200, noNaN: true }),
    fc.integer({ min: 200, max: 2_000_000 }),
  );
  fc.assert(
    fc.property(rates, fc.integer({ min: 100, max: 20_000 }), (rate, forMs) => {
      const { clock, pacer, total } = paced(rate);
      pacer.start();
      clock.advance(forMs);
      // One at once, then by the rate; the tick under way is still to come.
      const due = 1 + forMs * rate / 1000;
      expect(total()).toBeLessThanOrEqual(due + 1e-6);
      expect(total()).toBeGreaterThan(due - 2 - rate * 0.011);
    }),
    { numRuns: 60 },
  );
});

test("Pacer: the first line comes at once, each later one at its own moment", () => {
  const { clock, pacer, produced } = paced(2);
  pacer.start();
  clock.advance(1600);
  expect(produced).toEqual([0, 500, 1000, 1500].map((atMs) => ({ atMs, lines: 1 })));
});

test("Pacer: at a high rate lines come every 10 ms in even portions", () => {
  const { clock, pacer, produced } = paced(100_000);
  pacer.start();
  clock.advance(100);
  expect(produced.map(({ atMs }) => atMs)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  expect(produced.slice(1).every(({ lines }) => lines === 1000)).toBe(true);
});

test("Pacer: a new rate takes effect at once, even in the middle of a long wait", () => {
  const { clock, pacer, total } = paced(0.1);
  pacer.start();
  clock.advance(1000);
  expect(total()).toBe(1);
  pacer.setRate(1000);
  clock.advance(1000);
  expect(total()).toBeWithin(999, 1003);
  pacer.setRate(0.1);
  clock.advance(9_000);
  expect(total()).toBeLessThan(1004);
});

test("Pacer: rests at rate 0 and when stopped, and owes nothing afterwards", () => {
  const { clock, pacer, total } = paced(0);
  pacer.start();
  clock.advance(60_000);
  expect(total()).toBe(0);
  expect(clock.waiting).toBe(0);
  pacer.setRate(10);
  clock.advance(1000);
  expect(total()).toBeWithin(10, 13);
  pacer.stop();
  const before = total();
  clock.advance(60_000);
  expect(total()).toBe(before);
});

test("Pacer: a stall is made up for, by a second's lines at most", () => {
  const clock = new ManualClock();
  let stalledMs = 0;
  let lines = 0;
  const stalling = {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs() + stalledMs,
    after: clock.after.bind(clock),
  };
  new Pacer(stalling, 1000, (count) => lines += count).start();
  stalledMs = 3_600_000;
  clock.advance(10);
  expect(lines).toBe(1000);
});

test("Pacer: no tick is longer than others can wait, the rest comes in the next", () => {
  const { clock, pacer, produced } = paced(10_000_000);
  pacer.start();
  clock.advance(20);
  expect(produced.map(({ lines }) => lines)).toEqual([65_536, 65_536]);
});

test("Pacer: refuses what is no rate, and keeps the one it has", () => {
  const { pacer } = paced(5);
  for (const rate of [-1, 0.05, NaN, Infinity, 10_000_001]) {
    expect(() => pacer.setRate(rate)).toThrow("Cannot set the feed's rate");
    expect(() => paced(rate)).toThrow(RangeError);
  }
  expect(pacer.rate).toBe(5);
});
