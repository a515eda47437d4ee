/** Days and milliseconds of the proleptic Gregorian calendar, by arithmetic alone. */

export const DAY_MS = 86_400_000;

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export function daysInMonth(year: number, month: number): number {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return leap ? 29 : MONTH_DAYS[month - 1] ?? 0;
}

/**
 * Days from 1970-01-01 to a date of the years 0–9999. Source: Howard Hinnant, "chrono-compatible
 * low-level date algorithms", days_from_civil: March starts the year, so that a leap day ends it.
 */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = (((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) | 0) + day - 1;
  const dayOfEra = yearOfEra * 365 + ((yearOfEra / 4) | 0) - ((yearOfEra / 100) | 0) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/**
 * What a time's text says, before a zone gives it meaning. One is reused for a whole file: a fresh
 * object a record would be half the cost of reading it.
 */
export interface WrittenTime {
  /** As if the text were in UTC; exact where `zoned`. */
  ms: number;
  /** The text names its own offset, and `ms` has it applied. */
  zoned: boolean;
  /** The second was :60; `ms` is then the following second, as POSIX time has it. */
  leapSecond: boolean;
}

/**
 * Fills `out` from the parts of a time; false where they name no time: 30 February, 24:00, :61.
 * `offsetMinutes` is NaN where the text names no zone. A :60 passes here, its place in the UTC day
 * is the zone's matter.
 */
export function composeTime(
  out: WrittenTime,
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  milli: number,
  offsetMinutes: number,
): boolean {
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60) return false;
  if (day > 28 && day > daysInMonth(year, month)) return false;
  const ms = daysFromCivil(year, month, day) * DAY_MS + hour * 3_600_000 + minute * 60_000 +
    second * 1000 + milli;
  out.zoned = !Number.isNaN(offsetMinutes);
  out.ms = out.zoned ? ms - offsetMinutes * 60_000 : ms;
  out.leapSecond = second === 60;
  return true;
}

/** `length` ASCII digits at `start` as a number; −1 where one of them is none or the text ends. */
export function digitsAt(text: string, start: number, length: number): number {
  if (start + length > text.length) return -1;
  let value = 0;
  for (let i = start; i < start + length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
