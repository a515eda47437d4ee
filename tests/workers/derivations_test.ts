import { expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { FINEST_TIERS } from "../../src/model/rollup.ts";
import { Derivations } from "../../src/workers/derivations.ts";
import { reading } from "./support/fake_run.ts";
import { SimulatedClock } from "./support/simulated_clock.ts";

const REST_MS = 60_000;
const spread = (count: number, change: (index: number) => object) =>
  Array.from({ length: count }, (_, index) => reading(index, change(index)));

test("rollups of a small fleet rest only where nobody looks", () => {
  const clock = new SimulatedClock();
  const looked = new Derivations(clock), unseen = new Derivations(clock, REST_MS);
  for (const each of [looked, unseen]) each.add([reading(0)], FINEST_TIERS);
  expect([looked.restMs, unseen.restMs]).toEqual([0, REST_MS]);
});

test("rollups that nobody looks at rest from one writing to the next", async () => {
  const clock = new SimulatedClock();
  const derivations = new Derivations(clock, REST_MS);
  derivations.add([reading(0)], FINEST_TIERS);
  await clock.advance(REST_MS);
  expect(derivations.restMs).toBe(0);
  derivations.take();
  derivations.written(100);
  derivations.add([reading(10)], FINEST_TIERS);
  expect(derivations.restMs).toBe(REST_MS);
});

for (
  const [what, max, change] of [
    ["buckets of hosts", LIMITS.rollupHostBucketsMax, (i: number) => ({ host_id: `h${i}` })],
    ["buckets of regions", LIMITS.rollupRegionBucketsMax, (i: number) => ({ atMs: i * 10_000 })],
  ] as const
) {
  test(`rollups do not rest beyond their ${what}`, () => {
    const derivations = new Derivations(new SimulatedClock(), REST_MS);
    derivations.add(spread(max, change), FINEST_TIERS);
    expect(derivations.restMs).toBe(REST_MS);
    derivations.add(spread(max + 1, change).slice(max), FINEST_TIERS);
    expect(derivations.restMs).toBe(0);
  });
}
