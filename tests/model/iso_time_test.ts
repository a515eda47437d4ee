import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { isoUtc } from "../../src/model/iso_time.ts";

const expected = (atMs: number) => new Date(atMs).toISOString().replace(".000Z", "Z");

test("a time reads as Date writes it, without milliseconds where there are none", () => {
  const times = fc.array(fc.oneof(
    fc.integer({ min: -8.64e15, max: 8.64e15 }),
    fc.integer({ min: 946_684_800_000, max: 4_102_444_800_000 }),
    fc.integer({ min: -100_000, max: 100_000 }).map((seconds) => seconds * 1000),
    fc.double({ min: -1e12, max: 1e12, noNaN: true }),
  ));
  fc.assert(fc.property(times, (all) => {
    expect(all.map(isoUtc)).toEqual(all.map(expected));
  }));
});

test("what no Date can hold is refused", () => {
  for (const atMs of [NaN, Infinity, 8.64e15 + 1]) expect(() => isoUtc(atMs)).toThrow(RangeError);
});
