/** Which column holds the time, in which format and zone, told from names and values. */
import type { WrittenTime } from "../units/calendar.ts";
import { epochUnitByMagnitude } from "../units/time_epoch.ts";
import { TimeReader } from "../units/time_format.ts";
import { readIsoTime } from "../units/time_iso.ts";
import type { TimeRule } from "./declaration.ts";
import { mostly, type SampleColumn } from "./sample.ts";

export interface TimeGuess {
  readonly rule: TimeRule;
  readonly certain: boolean;
  readonly why: string;
}

/** Why there is none, and where there is one of unknown format, which it could be. */
export interface NoTime {
  readonly why: string;
  readonly column?: string;
  readonly formats?: readonly string[];
}

/** Words that make a column a time, the surest first. */
const TIME_WORDS = ["timestamp", "datetime", "epoch", "time", "ts", "date", "zeit", "fecha", "t"];
/** With one of these it is a length of time, or a zone. */
const NO_TIME_WORDS = ["zone", "uptime", "duration", "interval", "elapsed", "timeout", "latency"];

/** Abbreviations in names. Those that mean several zones (CST, BST) are left out. */
const ZONE_WORDS: Readonly<Record<string, string>> = {
  utc: "UTC",
  gmt: "UTC",
  ist: "Asia/Kolkata",
  jst: "Asia/Tokyo",
  kst: "Asia/Seoul",
  sgt: "Asia/Singapore",
  hkt: "Asia/Hong_Kong",
  msk: "Europe/Moscow",
  cet: "Europe/Berlin",
  cest: "Europe/Berlin",
  est: "America/New_York",
  edt: "America/New_York",
  mst: "America/Denver",
  mdt: "America/Denver",
  pst: "America/Los_Angeles",
  pdt: "America/Los_Angeles",
  aest: "Australia/Sydney",
  aedt: "Australia/Sydney",
};

/** Formats tried on texts that are neither ISO nor epochs. */
const PATTERNS = withYear("YYYY")
  .concat(["YYYYMMDDHHmmss", "YYYYMMDDTHHmmss", "YYYYMMDDTHHmmssZ", "DD MMM YYYY HH:mm:ss"]);
/** Tried last: of three numbers below a hundred each may be the year, and often two are left. */
const SHORT_PATTERNS = withYear("YY").concat(["DD MMM YY HH:mm:ss"]);

function withYear(year: string): string[] {
  return ["/", ".", "-"].flatMap((dash) =>
    [["DD", "MM", year], ["MM", "DD", year], [year, "MM", "DD"]].flatMap((date) =>
      ["HH:mm:ss", "HH:mm", "hh:mm:ss A", "hh:mm A"].map((time) => `${date.join(dash)} ${time}`)
    )
  );
}

/** The formats that fit nearly all values; several where the day can't be told from the month. */
export function fittingFormats(values: readonly unknown[]): string[] {
  const fitting = (format: string) => {
    const reader = new TimeReader({ format, zone: "UTC", occurrence: "earlier" });
    return values.filter((value) => !Number.isNaN(reader.read(value))).length;
  };
  const fits = (count: number) => count > 0 && mostly(count, values.length);
  if (fits(fitting("iso"))) {
    return values.every((value) => value instanceof Date) ? ["auto"] : ["iso"];
  }
  const units = values.map((value) => epochUnitByMagnitude(Number(value)));
  const unit = units.find((each) => each !== null);
  if (unit && mostly(units.filter((each) => each === unit).length, units.length)) return [unit];
  // One day beyond the twelfth settles it, however many values both ways of writing fit.
  for (const patterns of [PATTERNS, SHORT_PATTERNS]) {
    const counts = patterns.map(fitting);
    const most = Math.max(...counts);
    if (fits(most)) return patterns.filter((_, index) => counts[index] === most);
  }
  return fits(fitting("auto")) ? ["auto"] : [];
}

/** The best guess among columns, or the reason why there is none. */
export function inferTime(
  columns: readonly SampleColumn[],
  timezone: string | null,
): TimeGuess | NoTime {
  const ranked = columns
    .filter((column) => mayNameTime(column.words))
    .map((column) => ({ column, rank: rankOf(column.words) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ column }) => column);
  const tried: string[] = [];
  let open: Omit<NoTime, "why"> = {};
  for (const column of ranked) {
    const formats = column.values.length === 0 ? ["auto"] : fittingFormats(column.values);
    if (formats.length === 1) return guess(column, formats[0]!, timezone, true);
    if (open.column === undefined && formats.length > 1) open = { column: column.name, formats };
    tried.push(
      formats.length === 0
        ? `${column.name} is in no known time format`
        : `${column.name} could be ${formats.join(" or ")}: declare its format`,
    );
  }
  if (tried.length > 0) return { why: tried.join("; "), ...open };
  const isoOnly = columns.filter((column) =>
    column.values.length > 0 && column.values.every((value) => typeof value === "string") &&
    fittingFormats(column.values)[0] === "iso"
  );
  if (isoOnly.length === 1) return guess(isoOnly[0]!, "iso", timezone, false);
  return { why: "no column has a time's name (timestamp, time, date, ts, epoch, …)" };
}

/** Whether a column of these words is a time, if its values are. */
export function mayNameTime(words: readonly string[]): boolean {
  return rankOf(words) < TIME_WORDS.length && !words.some((word) => NO_TIME_WORDS.includes(word));
}

function rankOf(words: readonly string[]): number {
  const rank = TIME_WORDS.findIndex((word) => words.includes(word));
  // `t` alone is a time; as one word of several it is anything.
  if (rank < 0 || TIME_WORDS[rank] === "t" && words.length > 1) return TIME_WORDS.length;
  return rank;
}

function guess(
  column: SampleColumn,
  format: string,
  timezone: string | null,
  byName: boolean,
): TimeGuess {
  const named = column.words.map((word) => ZONE_WORDS[word]).find((zone) => zone !== undefined);
  // A name that says UTC is no local time, whatever the source's zone; else the declared one wins.
  const zone = named === "UTC" ? named : timezone ?? named ?? "UTC";
  const naive = !format.startsWith("epoch_") && column.values.some(isNaive);
  const reasons = [byName ? "by its name and values" : "the only column that holds times"];
  if (naive) {
    reasons.push(
      zone === named
        ? `its name says ${zone}`
        : zone === timezone
        ? `local in ${zone} as declared`
        : "no zone is named anywhere: taken for UTC",
    );
  }
  return {
    rule: {
      column: column.name,
      format,
      timezone: zone === (timezone ?? "UTC") ? null : zone,
      occurrence: "earlier",
    },
    certain: byName && column.values.length > 0 &&
      (!naive || zone === timezone || named === "UTC"),
    why: reasons.join("; "),
  };
}

const WRITTEN: WrittenTime = { ms: 0, zoned: false, leapSecond: false };

function isNaive(value: unknown): boolean {
  return typeof value === "string" && !(readIsoTime(value.trim(), WRITTEN) && WRITTEN.zoned);
}
