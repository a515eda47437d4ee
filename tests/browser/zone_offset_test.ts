import { expect, test } from "bun:test";
import fc from "fast-check";
import { zoneOffsetMs } from "../../src/browser/zone_offset.ts";
import { TimeZone } from "../../src/units/time_zone.ts";

const HOUR_MS = 3_600_000;
const SUMMER_MS = Date.UTC(2025, 6, 1), WINTER_MS = Date.UTC(2025, 11, 1);

test("a zone's offset: half hours, west of Greenwich, and summer", () => {
  expect(zoneOffsetMs("UTC", WINTER_MS)).toBe(0);
  expect(zoneOffsetMs("Asia/Kolkata", WINTER_MS)).toBe(5.5 * HOUR_MS);
  expect(zoneOffsetMs("America/Los_Angeles", WINTER_MS)).toBe(-8 * HOUR_MS);
  expect(zoneOffsetMs("Europe/Berlin", SUMMER_MS)).toBe(2 * HOUR_MS);
});

test("a zone's offset is that of the zone's own transitions", () => {
  const zones = fc.constantFrom(
    "Europe/Berlin",
    "America/St_Johns",
    "Pacific/Chatham",
    "Asia/Dubai",
  );
  const years = fc.integer({ min: Date.UTC(2001, 0, 1), max: Date.UTC(2060, 0, 1) });
  fc.assert(fc.property(zones, years, (zone, atMs) => {
    expect(zoneOffsetMs(zone, atMs)).toBe(TimeZone.named(zone).offsetMsAt(atMs));
  }));
});
