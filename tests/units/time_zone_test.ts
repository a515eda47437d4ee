import { expect, test } from "bun:test";
import fc from "fast-check";
import { TimeZone } from "../../src/units/time_zone.ts";

const HOUR = 3_600_000;

function utc(zone: string, local: string, occurrence?: "earlier" | "later"): string {
  const atMs = TimeZone.named(zone).toUtcMs(Date.parse(`${local}Z`), occurrence);
  return new Date(atMs).toISOString().slice(0, 19);
}

test("time zone: Asia/Kolkata is five and a half hours ahead", () => {
  expect(utc("Asia/Kolkata", "2025-11-21T02:42:56")).toBe("2025-11-20T21:12:56");
});

test("time zone: a repeated local time means its first occurrence", () => {
  const zone = TimeZone.named("Europe/Madrid");
  expect(utc("Europe/Madrid", "2022-10-30T02:30:00")).toBe("2022-10-30T00:30:00");
  expect(zone.resolution).toBe("repeated");
});

test("time zone: a repeated local time means its second occurrence where that is preferred", () => {
  expect(utc("Europe/Madrid", "2022-10-30T02:30:00", "later")).toBe("2022-10-30T01:30:00");
});

test("time zone: a skipped local time is moved on by the gap", () => {
  const zone = TimeZone.named("America/New_York");
  expect(utc("America/New_York", "2022-03-13T02:30:00")).toBe("2022-03-13T07:30:00");
  expect(zone.resolution).toBe("skipped");
});

test("time zone: the second before and after a gap are exact", () => {
  const zone = TimeZone.named("Europe/Madrid");
  expect(utc("Europe/Madrid", "2022-03-27T01:59:59")).toBe("2022-03-27T00:59:59");
  expect(zone.resolution).toBe("exact");
  expect(utc("Europe/Madrid", "2022-03-27T03:00:00")).toBe("2022-03-27T01:00:00");
  expect(zone.resolution).toBe("exact");
});

test("time zone: half an hour of daylight saving on Lord Howe Island", () => {
  expect(utc("Australia/Lord_Howe", "2024-10-06T02:15:00")).toBe("2024-10-05T15:45:00");
});

test("time zone: a whole day skipped on Samoa is moved on by a day", () => {
  expect(utc("Pacific/Apia", "2011-12-30T12:00:00")).toBe("2011-12-30T22:00:00");
});

test("time zone: a fixed offset is a zone", () => {
  expect(utc("+05:30", "2025-11-21T02:42:56")).toBe("2025-11-20T21:12:56");
});

test("time zone: an unknown name is refused with what to write", () => {
  expect(() => TimeZone.named("Mars/Olympus")).toThrow(
    `Cannot use time zone "Mars/Olympus": not an IANA name; write one like "Asia/Kolkata"`,
  );
});

for (
  const name of [
    "Europe/Madrid",
    "America/New_York",
    "Africa/Casablanca",
    "Asia/Gaza",
    "Asia/Tehran",
  ]
) {
  test(`time zone: ${name} agrees with Temporal at every local time`, () => {
    const zone = TimeZone.named(name);
    fc.assert(fc.property(
      fc.integer({ min: Date.UTC(2000, 0, 2), max: Date.UTC(2099, 11, 30) }),
      (localMs) => {
        const plain = Temporal.PlainDateTime.from(new Date(localMs).toISOString().slice(0, 23));
        expect(zone.toUtcMs(localMs)).toBe(plain.toZonedDateTime(name).epochMilliseconds);
      },
    ));
  });

  test(`time zone: ${name} agrees with Temporal around every transition`, () => {
    const zone = TimeZone.named(name);
    let at = Temporal.Instant.from("2000-01-02T00:00Z").toZonedDateTimeISO(name);
    for (
      let next = at.getTimeZoneTransition("next");
      next;
      next = at.getTimeZoneTransition("next")
    ) {
      if (next.epochMilliseconds > Date.UTC(2099, 0, 1)) break;
      const wallMs = next.epochMilliseconds + at.offsetNanoseconds / 1e6;
      for (const aroundMs of [-2 * HOUR, -HOUR, -1000, 0, 1000, HOUR - 1000, HOUR, 2 * HOUR]) {
        const localMs = wallMs + aroundMs;
        const plain = Temporal.PlainDateTime.from(new Date(localMs).toISOString().slice(0, 23));
        expect(zone.toUtcMs(localMs)).toBe(plain.toZonedDateTime(name).epochMilliseconds);
      }
      at = next;
    }
  });
}

test("time zone: an instant's local time leads back to it unless a clock change repeats it", () => {
  const zone = TimeZone.named("Europe/Madrid");
  fc.assert(fc.property(
    fc.integer({ min: Date.UTC(2000, 0, 2), max: Date.UTC(2099, 11, 30) }),
    (utcMs) => {
      const back = zone.toUtcMs(utcMs + zone.offsetMsAt(utcMs));
      expect(back === utcMs || zone.resolution === "repeated").toBe(true);
    },
  ));
});
