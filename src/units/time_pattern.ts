/**
 * Times in a declared pattern: `DD/MM/YYYY HH:mm`. Strict: a letter pair wants its two digits, what
 * stands between must stand there, and nothing may follow.
 *
 *   YYYY year · YY year of 2000 to 2099 · MM M month · MMM Jan…Dec · DD D day · HH H hour 0–23 · hh h hour 1–12 with A ·
 *   mm minute · ss second · S… fraction, as many digits · A AM or PM · Z offset or Z · [text] as is
 */
import { composeTime, digitsAt, type WrittenTime } from "./calendar.ts";
import { milliseconds, offsetMinutes } from "./time_iso.ts";

/** Fills `out` from a text; false where the text does not have the pattern's form. */
export type TimeTextReader = (text: string, out: WrittenTime) => boolean;

const enum Part {
  Literal,
  Year,
  /** Of two digits. */
  ShortYear,
  Month,
  MonthName,
  Day,
  Hour,
  Minute,
  Second,
  Fraction,
  HalfDay,
  Offset,
}

interface Step {
  readonly part: Part;
  readonly token: string;
  /** Digits wanted; a literal's length. */
  readonly least: number;
  readonly most: number;
}

const TOKEN = /\[([^\]]*)\]|YYYY|YY|MMM|MM?|DD?|HH?|hh?|mm|ss|S{1,9}|A|Z|[^A-Za-z[\]]|T|[A-Za-z]+/g;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const NUMERIC: Readonly<Record<string, Part>> = {
  YYYY: Part.Year,
  YY: Part.ShortYear,
  MM: Part.Month,
  M: Part.Month,
  DD: Part.Day,
  D: Part.Day,
  HH: Part.Hour,
  H: Part.Hour,
  hh: Part.Hour,
  h: Part.Hour,
  mm: Part.Minute,
  ss: Part.Second,
};

/** Compiles a pattern. Throws a RangeError naming what in it can't be understood. */
export function compileTimePattern(pattern: string): TimeTextReader {
  const steps = [...pattern.matchAll(TOKEN)].map((match) => stepOf(match, pattern));
  const parts = new Set(steps.map((step) => step.part));
  const halfDay = parts.has(Part.HalfDay);
  for (
    const [present, what] of [
      [parts.has(Part.Year) || parts.has(Part.ShortYear), "YYYY"],
      [parts.has(Part.Month) || parts.has(Part.MonthName), "MM"],
      [parts.has(Part.Day), "DD"],
      [!halfDay || /h/.test(pattern), "hh beside A"],
      [halfDay || !/(^|[^\]])h/.test(pattern.replace(/\[[^\]]*\]/g, "")), "A beside hh"],
    ] as const
  ) {
    if (!present) {
      throw new RangeError(
        `Cannot use time format ${JSON.stringify(pattern)}: it has no ${what}; ` +
          `write one like "YYYY-MM-DD HH:mm:ss" or "DD/MM/YYYY HH:mm", or iso, epoch_s, epoch_ms`,
      );
    }
  }
  return (text, out) => scan(steps, halfDay, text, out);
}

function stepOf(match: RegExpMatchArray, pattern: string): Step {
  const token = match[0];
  const numeric = NUMERIC[token];
  if (numeric !== undefined) {
    return { part: numeric, token, least: token.length, most: Math.max(2, token.length) };
  }
  const width = token.length;
  if (token === "MMM") return { part: Part.MonthName, token, least: 3, most: 3 };
  if (token === "A") return { part: Part.HalfDay, token, least: 2, most: 2 };
  if (token === "Z") return { part: Part.Offset, token, least: 1, most: 6 };
  if (/^S+$/.test(token)) return { part: Part.Fraction, token, least: width, most: width };
  const literal = match[1] ?? token;
  if (match[1] === undefined && token !== "T" && /^[A-Za-z]/.test(token)) {
    throw new RangeError(
      `Cannot use time format ${JSON.stringify(pattern)}: "${token}" is not a part of it; parts ` +
        `are YYYY YY MM DD HH mm ss SSS A Z, and literal letters stand in brackets: [${token}]`,
    );
  }
  return { part: Part.Literal, token: literal, least: literal.length, most: literal.length };
}

function scan(steps: readonly Step[], halfDay: boolean, text: string, out: WrittenTime): boolean {
  let at = 0, year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, milli = 0;
  let offset = NaN;
  let afternoon = false;
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!;
    if (step.part === Part.Literal) {
      if (!text.startsWith(step.token, at)) return false;
      at += step.least;
      continue;
    }
    if (step.part === Part.Offset) {
      offset = offsetMinutes(text, at);
      if (offset === Infinity || i !== steps.length - 1) return false;
      at = text.length;
      continue;
    }
    if (step.part === Part.MonthName || step.part === Part.HalfDay) {
      const word = text.slice(at, at + step.least).toLowerCase();
      if (step.part === Part.MonthName) month = MONTHS.indexOf(word) + 1;
      else if (word === "pm" || word === "am") afternoon = word === "pm";
      else return false;
      at += step.least;
      continue;
    }
    const twoDigits = step.most > step.least && digitsAt(text, at + 1, 1) >= 0;
    const width = twoDigits ? step.most : step.least;
    const value = digitsAt(text, at, width);
    if (value < 0) return false;
    switch (step.part) {
      case Part.Year:
        year = value;
        break;
      case Part.ShortYear:
        // No time here is before 2000: which century is no question.
        year = 2_000 + value;
        break;
      case Part.Month:
        month = value;
        break;
      case Part.Day:
        day = value;
        break;
      case Part.Hour:
        hour = value;
        break;
      case Part.Minute:
        minute = value;
        break;
      case Part.Second:
        second = value;
        break;
      case Part.Fraction:
        milli = milliseconds(text, at, at + width);
        break;
    }
    at += width;
  }
  if (at !== text.length) return false;
  if (halfDay) {
    if (hour < 1 || hour > 12) return false;
    hour = (hour % 12) + (afternoon ? 12 : 0);
  }
  return composeTime(out, year, month, day, hour, minute, second, milli, offset);
}
