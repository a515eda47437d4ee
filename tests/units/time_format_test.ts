import { expect, test } from "bun:test";
import fc from "fast-check";
import { TimeReader } from "../../src/units/time_format.ts";

function read(format: string, value: unknown, zone = "UTC"): string | null {
  const atMs = new TimeReader({ format, zone, occurrence: "earlier" }).read(value);
  return Number.isNaN(atMs) ? null : new Date(atMs).toISOString();
}

const ISO_TEXTS = [
  ["2025-11-21T02:42:56Z", "2025-11-21T02:42:56.000Z"],
  ["2025-11-21 02:42:56", "2025-11-21T02:42:56.000Z"],
  ["2025-11-21t02:42z", "2025-11-21T02:42:00.000Z"],
  ["2025-11-21T02:42:56.5Z", "2025-11-21T02:42:56.500Z"],
  ["2025-11-21T02:42:56,789123456Z", "2025-11-21T02:42:56.789Z"],
  ["2025-11-21T02:42:56+05:30", "2025-11-20T21:12:56.000Z"],
  ["2025-11-21T02:42:56-0800", "2025-11-21T10:42:56.000Z"],
  ["2025-11-21T02:42:56 +01", "2025-11-21T01:42:56.000Z"],
  ["2025-11-21 02:42:56 UTC", "2025-11-21T02:42:56.000Z"],
  ["  2025-11-21 02:42:56\t", "2025-11-21T02:42:56.000Z"],
  ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
  ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"],
] as const;

for (const [text, expected] of ISO_TEXTS) {
  test(`iso: ${JSON.stringify(text)} is ${expected}`, () =>
    expect(read("iso", text)).toBe(expected));
}

const NO_ISO_TEXTS = [
  "2025-02-30T00:00:00Z",
  "2023-02-29T00:00:00Z",
  "2025-13-01T00:00:00Z",
  "2025-00-10T00:00:00Z",
  "2025-01-01T24:00:00Z",
  "2025-01-01T23:60:00Z",
  "2025-01-01T23:59:61Z",
  "2025-01-01T12:59:60Z",
  "2025-01-01T00:00:00+19:00",
  "2025-01-01T00:00:00+5:30",
  "2025-01-01T00:00:00.Z",
  "2025-01-01T00:00:00Zjunk",
  "2025-01-01",
  "2025-1-1 00:00",
  "25-01-01 00:00:00",
  "2025-01-01T0a:00:00Z",
  "",
];

for (const text of NO_ISO_TEXTS) {
  test(`iso: ${JSON.stringify(text)} is refused`, () => expect(read("iso", text)).toBeNull());
}

test("iso: every instant written by toISOString is read back", () => {
  const reader = new TimeReader({ format: "iso", zone: "Asia/Kolkata", occurrence: "earlier" });
  fc.assert(fc.property(fc.date({ noInvalidDate: true, min: new Date(0) }), (date) => {
    fc.pre(date.getUTCFullYear() <= 9999);
    expect(reader.read(date.toISOString())).toBe(date.getTime());
  }));
});

test("iso: a text without an offset is local in the zone", () => {
  expect(read("iso", "2025-11-21 02:42:56", "Asia/Kolkata")).toBe("2025-11-20T21:12:56.000Z");
});

test("iso: a leap second is judged in UTC, not in local time", () => {
  expect(read("iso", "2017-01-01 05:29:60", "Asia/Kolkata")).toBe("2017-01-01T00:00:00.000Z");
  expect(read("iso", "2016-12-31 23:59:60", "Asia/Kolkata")).toBeNull();
});

const PATTERNS = [
  ["YYYY-MM-DD HH:mm:ss", "2025-11-21 02:42:56", "2025-11-21T02:42:56.000Z"],
  ["YYYY-MM-DDTHH:mm:ss.SSSZ", "2025-11-21T02:42:56.789+01:00", "2025-11-21T01:42:56.789Z"],
  ["DD/MM/YYYY HH:mm", "05/06/2025 02:42", "2025-06-05T02:42:00.000Z"],
  ["MM/DD/YYYY hh:mm A", "05/06/2025 12:42 AM", "2025-05-06T00:42:00.000Z"],
  ["MM/DD/YYYY hh:mm A", "05/06/2025 12:42 pm", "2025-05-06T12:42:00.000Z"],
  ["D.M.YYYY H:mm", "5.6.2025 2:42", "2025-06-05T02:42:00.000Z"],
  ["D.M.YYYY H:mm", "15.12.2025 22:42", "2025-12-15T22:42:00.000Z"],
  ["DD MMM YYYY HH:mm:ss", "21 Nov 2025 02:42:56", "2025-11-21T02:42:56.000Z"],
  ["YYYYMMDDHHmmss", "20251121024256", "2025-11-21T02:42:56.000Z"],
  ["YYYYMMDDHHmmss", 20251121024256, "2025-11-21T02:42:56.000Z"],
  ["[on] YYYY-MM-DD [at] HH:mm", "on 2025-11-21 at 02:42", "2025-11-21T02:42:00.000Z"],
  ["YYYY-MM-DD", "2025-11-21", "2025-11-21T00:00:00.000Z"],
  ["DD/MM/YY HH:mm", "21/11/25 02:42", "2025-11-21T02:42:00.000Z"],
  ["YY-MM-DD HH:mm:ss", "99-12-31 23:59:59", "2099-12-31T23:59:59.000Z"],
  ["M/D/YY h:mm A", "1/5/00 3:04 PM", "2000-01-05T15:04:00.000Z"],
] as const;

for (const [pattern, text, expected] of PATTERNS) {
  test(`pattern ${pattern}: ${text} is ${expected}`, () => {
    expect(read(pattern, text)).toBe(expected);
  });
}

const NO_MATCHES = [
  ["DD/MM/YYYY HH:mm", "2025-06-05 02:42"],
  ["DD/MM/YYYY HH:mm", "05/06/2025 02:42:00"],
  ["DD/MM/YYYY HH:mm", "5/6/2025 02:42"],
  ["DD/MM/YYYY HH:mm", "05/13/2025 02:42"],
  ["DD/MM/YYYY HH:mm", "30/02/2025 02:42"],
  ["hh:mm A DD.MM.YYYY", "13:00 PM 01.01.2025"],
  ["DD MMM YYYY", "21 Nox 2025"],
  ["DD/MM/YY", "21/11/2025"],
  ["DD/MM/YYYY", "21/11/25"],
] as const;

for (const [pattern, text] of NO_MATCHES) {
  test(`pattern ${pattern}: ${text} is refused`, () => expect(read(pattern, text)).toBeNull());
}

const NO_PATTERNS = [
  ["HH:mm", "it has no YYYY"],
  ["YYYY-DD HH:mm", "it has no MM"],
  ["YYYY-MM-DD hh:mm", "it has no A beside hh"],
  ["YYYY-MM-DD foo", `"foo" is not a part of it`],
  ["%Y-%m-%d", `"Y" is not a part of it`],
] as const;

for (const [pattern, why] of NO_PATTERNS) {
  test(`pattern ${pattern}: refused, for ${why}`, () => {
    expect(() => read(pattern, "")).toThrow(why);
  });
}

const EPOCHS = [
  ["epoch_s", 1763692976, "2025-11-21T02:42:56.000Z"],
  ["epoch_s", "1763692976", "2025-11-21T02:42:56.000Z"],
  ["epoch_s", 1763692976n, "2025-11-21T02:42:56.000Z"],
  ["epoch_s", 1644834856.905985, "2022-02-14T10:34:16.905Z"],
  ["epoch_s", 1444745144.824, "2015-10-13T14:05:44.824Z"],
  ["epoch_s", "1444745144.824", "2015-10-13T14:05:44.824Z"],
  ["epoch_s", "1.763692976e9", "2025-11-21T02:42:56.000Z"],
  ["epoch_ms", 1763692976789, "2025-11-21T02:42:56.789Z"],
  ["epoch_ms", 1763692976789.9, "2025-11-21T02:42:56.789Z"],
  ["epoch_us", 1763692976789123, "2025-11-21T02:42:56.789Z"],
  ["epoch_ns", "1763692976789123456", "2025-11-21T02:42:56.789Z"],
  ["epoch_ns", 1763692976789123456n, "2025-11-21T02:42:56.789Z"],
  ["epoch_ns", 1763692976789000000, "2025-11-21T02:42:56.789Z"],
  ["auto", "1763692976789123456", "2025-11-21T02:42:56.789Z"],
  ["auto", 1763692976, "2025-11-21T02:42:56.000Z"],
  ["auto", 1763692976789, "2025-11-21T02:42:56.789Z"],
  ["auto", new Date(1763692976789), "2025-11-21T02:42:56.789Z"],
] as const;

for (const [format, value, expected] of EPOCHS) {
  test(`${format}: ${typeof value} ${String(value)} is ${expected}`, () => {
    expect(read(format, value)).toBe(expected);
  });
}

for (const value of [null, undefined, true, {}, [], Symbol("t"), NaN, Infinity, "0x10", "soon"]) {
  test(`auto: ${String(value)} is refused`, () => expect(read("auto", value)).toBeNull());
}

test("epochs: a millisecond count survives in every unit and spelling", () => {
  const ms = fc.integer({ min: 946_684_800_000, max: 4_102_444_800_000 });
  fc.assert(fc.property(ms, (atMs) => {
    const expected = new Date(atMs).toISOString();
    expect(read("epoch_s", atMs / 1e3)).toBe(expected);
    expect(read("epoch_ms", String(atMs))).toBe(expected);
    expect(read("epoch_us", atMs * 1e3)).toBe(expected);
    expect(read("epoch_ns", BigInt(atMs) * 1_000_000n)).toBe(expected);
    expect(read("auto", `${atMs}000000`)).toBe(expected);
  }));
});

test("time reader: no value whatever makes it throw", () => {
  const readers = ["auto", "iso", "epoch_s", "epoch_ns", "DD/MM/YYYY HH:mm"].map((format) =>
    new TimeReader({ format, zone: "Europe/Madrid", occurrence: "earlier" })
  );
  fc.assert(fc.property(fc.anything({ withBigInt: true, withDate: true }), (value) => {
    for (const reader of readers) expect(typeof reader.read(value)).toBe("number");
  }));
});
