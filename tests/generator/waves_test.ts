import { expect, test } from "bun:test";
import fc from "fast-check";
import { cosine, decay, lagResponse, sine } from "../../src/generator/waves.ts";

test("sine: within 0.0012 of the true one at any number of turns", () => {
  fc.assert(fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (turns) => {
    expect(Math.abs(sine(turns) - Math.sin(2 * Math.PI * (turns % 1)))).toBeLessThan(0.0012);
  }));
});

test("cosine: runs a quarter turn ahead of sine", () => {
  expect(cosine(0)).toBeCloseTo(1, 3);
  expect(cosine(0.25)).toBeCloseTo(0, 3);
  expect(cosine(0.5)).toBeCloseTo(-1, 3);
});

test("decay: starts at 1, never rises, is 0 in the end and within 0.005 of the exponential", () => {
  expect(decay(0)).toBe(1);
  expect(decay(64)).toBe(0);
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 70, noNaN: true }),
      fc.double({ min: 0, max: 9, noNaN: true }),
      (x, more) => {
        expect(decay(x + more)).toBeLessThanOrEqual(decay(x));
        expect(Math.abs(decay(x) - Math.exp(-x))).toBeLessThan(0.005);
      },
    ),
  );
});

test("lagResponse: is what integrating the lag step by step settles to", () => {
  const tauMs = 8 * 60_000;
  const periodMs = 45 * 60_000;
  const stepMs = 250;
  const { inPhase, quadrature } = lagResponse(tauMs, periodMs);
  let y = 0;
  for (let at = 0; at <= 10 * periodMs; at += stepMs) {
    const turn = 2 * Math.PI * at / periodMs;
    if (at > 9 * periodMs && at % 60_000 === 0) {
      expect(y).toBeCloseTo(inPhase * Math.cos(turn) + quadrature * Math.sin(turn), 2);
    }
    y += (Math.cos(turn) - y) * stepMs / tauMs;
  }
});
