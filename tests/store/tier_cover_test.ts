import { expect, test } from "bun:test";
import fc from "fast-check";
import { REGION_TIERS_S } from "../../src/model/rollup.ts";
import { coverRange } from "../../src/store/queries/tier_cover.ts";

const range = fc.tuple(fc.integer({ min: -1e7, max: 1e7 }), fc.integer({ min: 0, max: 2e7 }))
  .map(([fromMs, spanMs]) => ({ fromMs, toMs: fromMs + spanMs }));
const tiers = fc.integer({ min: 0, max: 3 }).map((first) => REGION_TIERS_S.slice(first));

test("a range's stretches follow one another, from bucket to bucket, and cover it", () => {
  fc.assert(fc.property(range, tiers, ({ fromMs, toMs }, tiersS) => {
    const stretches = coverRange({ fromMs, toMs }, tiersS);
    const finestMs = tiersS[0]! * 1000;
    let at = Math.floor(fromMs / finestMs) * finestMs;
    for (const stretch of stretches) {
      expect(stretch.fromMs).toBe(at);
      expect(stretch.toMs).toBeGreaterThan(at);
      expect(Math.abs(stretch.fromMs % (stretch.stepS * 1000))).toBe(0);
      expect(Math.abs(stretch.toMs % (stretch.stepS * 1000))).toBe(0);
      at = stretch.toMs;
    }
    expect(at).toBe(Math.ceil(toMs / finestMs) * finestMs);
  }));
});

test("a month takes days but at its ends", () => {
  const fromMs = Date.UTC(2026, 0, 1, 0, 12, 34);
  const stretches = coverRange({ fromMs, toMs: fromMs + 30 * 86_400_000 }, REGION_TIERS_S);
  expect(stretches.map(({ stepS }) => stepS)).toEqual([
    ...[10, 60, 600, 3600],
    86_400,
    ...[600, 60, 10],
  ]);
});
