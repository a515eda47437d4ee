/**
 * ISO 8601 / RFC 3339 times by hand, for it is the format of most lines: a date, `T` or a space, a
 * time to the minute or finer, and perhaps an offset. Strict: every part has its full width.
 */
import { composeTime, digitsAt, type WrittenTime } from "./calendar.ts";

const DASH = 45, DOT = 46, COMMA = 44, COLON = 58, SPACE = 32, PLUS = 43, UPPER_T = 84;
const LOWER_T = 116, UPPER_Z = 90, LOWER_Z = 122;

/**
 * `YYYY-MM-DD[T ]HH:mm[:ss[.fraction]][ ][Z|UTC|GMT|±HH[[:]mm]]` into `out`; false for other texts.
 * Fractions are cut to the millisecond. A date alone is refused: it names a day, not an instant.
 */
export function readIsoTime(text: string, out: WrittenTime): boolean {
  if (text.length < 16) return false;
  const separator = text.charCodeAt(10);
  if (separator !== UPPER_T && separator !== SPACE && separator !== LOWER_T) return false;
  if (text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH) return false;
  if (text.charCodeAt(13) !== COLON) return false;
  const year = digitsAt(text, 0, 4);
  const month = digitsAt(text, 5, 2);
  const day = digitsAt(text, 8, 2);
  const hour = digitsAt(text, 11, 2);
  const minute = digitsAt(text, 14, 2);
  if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0) return false;
  let end = 16;
  let second = 0;
  let milli = 0;
  if (text.charCodeAt(16) === COLON) {
    second = digitsAt(text, 17, 2);
    if (second < 0) return false;
    end = 19;
    const point = text.charCodeAt(19);
    if (point === DOT || point === COMMA) {
      end = endOfDigits(text, 20);
      if (end === 20) return false;
      milli = milliseconds(text, 20, end);
    }
  }
  const offset = end === text.length ? NaN : offsetMinutes(text, end);
  if (offset === Infinity) return false;
  return composeTime(out, year, month, day, hour, minute, second, milli, offset);
}

export function endOfDigits(text: string, start: number): number {
  let end = start;
  while (end < text.length && digitsAt(text, end, 1) >= 0) end++;
  return end;
}

/** The first three digits of a fraction as milliseconds: `5` is 500, `123456` is 123. */
export function milliseconds(text: string, start: number, end: number): number {
  let value = 0;
  for (let i = 0; i < 3; i++) {
    value = value * 10 + (start + i < end ? digitsAt(text, start + i, 1) : 0);
  }
  return value;
}

/** Minutes east of UTC written from `start` to the text's end; Infinity where that is no offset. */
export function offsetMinutes(text: string, start: number): number {
  const at = text.charCodeAt(start) === SPACE ? start + 1 : start;
  const rest = text.length - at;
  const sign = text.charCodeAt(at);
  if (rest === 1) return sign === UPPER_Z || sign === LOWER_Z ? 0 : Infinity;
  if (sign !== PLUS && sign !== DASH) {
    const name = text.slice(at);
    return name === "UTC" || name === "GMT" ? 0 : Infinity;
  }
  const hours = digitsAt(text, at + 1, 2);
  const colon = text.charCodeAt(at + 3) === COLON ? 1 : 0;
  const minutes = rest === 3 ? 0 : digitsAt(text, at + 3 + colon, 2);
  if (rest !== 3 && rest !== 5 + colon) return Infinity;
  // ±18:00 is the widest java.time admits; the widest in use are −12:00 and +14:00.
  if (hours < 0 || hours > 18 || minutes < 0 || minutes > 59) return Infinity;
  return (sign === DASH ? -1 : 1) * (hours * 60 + minutes);
}
