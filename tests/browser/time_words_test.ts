import { expect, test } from "bun:test";
import fc from "fast-check";
import { exactRange } from "../../src/browser/exact_range.ts";
import { momentOfWords } from "../../src/browser/time_words.ts";
import { fieldMs, fieldText } from "../../src/browser/wall_clock.ts";

/** A Friday, 03:42:56 in Berlin. */
const NOW_MS = Date.UTC(2025, 10, 21, 2, 42, 56);
const BERLIN = "Europe/Berlin";
const said = (text: string, zone = "UTC") => {
  const atMs = momentOfWords(text, NOW_MS, zone);
  return atMs === null ? null : new Date(atMs).toISOString().replace(".000Z", "Z");
};

const MOMENTS: readonly (readonly [written: string, utc: string])[] = [
  ["now", "2025-11-21T02:42:56Z"],
  ["2h ago", "2025-11-21T00:42:56Z"],
  ["1 h 30 min ago", "2025-11-21T01:12:56Z"],
  ["-15m", "2025-11-21T02:27:56Z"],
  ["1.5 hours ago", "2025-11-21T01:12:56Z"],
  ["3 days ago", "2025-11-18T02:42:56Z"],
  ["1w ago", "2025-11-14T02:42:56Z"],
  ["02:30", "2025-11-21T02:30:00Z"],
  ["2:30:15", "2025-11-21T02:30:15Z"],
  ["10:30", "2025-11-20T10:30:00Z"],
  ["3 pm", "2025-11-20T15:00:00Z"],
  ["12am", "2025-11-21T00:00:00Z"],
  ["12:15 pm", "2025-11-20T12:15:00Z"],
  ["today 01:00", "2025-11-21T01:00:00Z"],
  ["Yesterday 03:00", "2025-11-20T03:00:00Z"],
  ["yesterday", "2025-11-20T00:00:00Z"],
  ["yesterday at 3am", "2025-11-20T03:00:00Z"],
  ["mon 22:15", "2025-11-17T22:15:00Z"],
  ["Wednesday", "2025-11-19T00:00:00Z"],
  ["fri 22:15", "2025-11-14T22:15:00Z"],
  ["20 nov 22:15", "2025-11-20T22:15:00Z"],
  ["nov 20", "2025-11-20T00:00:00Z"],
  ["24 December 18:00", "2024-12-24T18:00:00Z"],
  ["2025-11-20", "2025-11-20T00:00:00Z"],
  ["2025-11-20 03:12", "2025-11-20T03:12:00Z"],
  ["2025-11-20T03:12:05Z", "2025-11-20T03:12:05Z"],
  ["2025-11-20T03:12:05+05:30", "2025-11-19T21:42:05Z"],
];

for (const [written, utc] of MOMENTS) {
  test(`times in words: ${written}`, () => expect(said(written)).toBe(utc));
}

test("times in words: the zone's own clock, but for what names another", () => {
  expect(said("03:00", BERLIN)).toBe("2025-11-21T02:00:00Z");
  expect(said("yesterday 03:00", BERLIN)).toBe("2025-11-20T02:00:00Z");
  expect(said("2025-07-01 12:00", BERLIN)).toBe("2025-07-01T10:00:00Z");
  expect(said("2025-07-01T12:00Z", BERLIN)).toBe("2025-07-01T12:00:00Z");
});

test("times in words: what is no moment, or none that was", () => {
  const none = [
    ...["", "10", "25:00", "10:61", "13 pm", "ago", "2 cows ago", "host-7", "10:30 host"],
    ...["2025-13-01", "2025-02-30", "31 feb", "-", "today 23:00", "foo 10:30"],
  ];
  expect(none.filter((text) => said(text) !== null)).toEqual([]);
});

test("times in words: any text is read or refused, never thrown at", () => {
  const words = fc.array(
    fc.constantFrom(..."now ago yesterday mon 10:30 3 pm - 2h nov 31".split(" ")),
  );
  fc.assert(fc.property(fc.oneof(fc.string(), words.map((each) => each.join(" "))), (text) => {
    const atMs = momentOfWords(text, NOW_MS, BERLIN);
    expect(atMs === null || Number.isFinite(atMs)).toBe(true);
  }));
});

test("fields: what a field shows is what it says, but for the hour that comes twice", () => {
  const whole = fc.integer({ min: Date.UTC(2010) / 1000, max: Date.UTC(2040) / 1000 });
  fc.assert(fc.property(whole, fc.constantFrom("UTC", BERLIN, "Asia/Kolkata"), (atS, zone) => {
    const text = fieldText(atS * 1000, zone);
    expect(fieldText(fieldMs(text, zone)!, zone)).toBe(text);
  }));
  expect(fieldMs("2025-11-21", "UTC")).toBeNull();
  expect(fieldMs("2025-02-30T10:00", "UTC")).toBeNull();
});

test("exact range: the stretch, or in words why not", () => {
  const ask = (from: string, to: string) => exactRange(from, to, BERLIN, NOW_MS);
  expect(ask("2025-11-20T03:00", "2025-11-20T04:00:30")).toEqual({
    fromMs: Date.UTC(2025, 10, 20, 2),
    toMs: Date.UTC(2025, 10, 20, 3, 0, 30),
  });
  expect(ask("2025-11-20T03:00", "2026-11-20T03:00")).toMatchObject({ toMs: NOW_MS });
  const words = (from: string, to: string) => {
    const range = ask(from, to);
    return "error" in range ? `${range.field}: ${range.error}` : "fine";
  };
  expect(words("", "2025-11-20T03:00")).toBe("from: From is no whole date and time.");
  expect(words("2025-11-20T03:00", "")).toBe("to: To is no whole date and time.");
  expect(words("2025-11-22T03:00", "2025-11-23T03:00")).toBe("from: From lies in the future.");
  expect(words("2025-11-20T03:00", "2025-11-20T02:00")).toBe("to: To has to come after From.");
  expect(words("2025-11-20T03:00", "2025-11-20T03:00:10")).toStartWith("to: At least 30");
  expect(words("2020-11-20T03:00", "2025-11-20T03:00")).toStartWith("from: At most 400");
});
