/** Arbitrary readings that share hosts and buckets often enough to collide. */
import * as fc from "fast-check";
import type { Reading } from "../../src/model/reading.ts";

const START_MS = 1_763_690_400_000;

const metric = (min: number, max: number) =>
  fc.option(
    fc.oneof(
      fc.double({ min, max, noNaN: true }),
      fc.integer({ min, max }),
      fc.constantFrom(0, -0, 0.1, 0.0000005),
    ),
    { nil: null, freq: 4 },
  );

export const readingArbitrary: fc.Arbitrary<Reading> = fc.record({
  host_id: fc.constantFrom("a", "b", "IND-SRV-1"),
  region: fc.constantFrom("India", "USA"),
  atMs: fc.oneof(
    fc.integer({ min: START_MS, max: START_MS + 30_000 }),
    fc.integer({ min: START_MS, max: START_MS + 7_500_000 }),
    fc.integer({ min: 946_684_800_000, max: 4_102_444_800_000 }),
  ),
  temp_c: metric(-60, 200),
  cpu_load: metric(0, 100),
  voltage: metric(-400, 400),
  power_watts: metric(0, 100_000),
  flags: fc.constant(0),
  offset: fc.nat(),
});

export function reading(part: Partial<Reading>): Reading {
  return {
    host_id: "a",
    region: "India",
    atMs: START_MS,
    temp_c: null,
    cpu_load: null,
    voltage: null,
    power_watts: null,
    flags: 0,
    offset: 0,
    ...part,
  };
}
