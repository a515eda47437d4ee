/** Times as text: millions a second, so the day is made once and the rest by hand. */
const DAY_MS = 86_400_000;
/** ECMA-262, 21.4.1.1: the times that a Date can hold. */
const DATE_MS_MAX = 8.64e15;
const TWO = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, "0"));

let lastDay = NaN;
let lastDayText = "";

/**
 * `2025-11-21T02:42:56Z`, with milliseconds only where there are some.
 * @throws {RangeError} for what no Date can hold.
 */
export function isoUtc(atMs: number): string {
  if (!(Math.abs(atMs) <= DATE_MS_MAX)) throw new RangeError(`${atMs} ms is no time`);
  const wholeMs = Math.trunc(atMs);
  const day = Math.floor(wholeMs / DAY_MS);
  if (day !== lastDay) {
    lastDayText = new Date(day * DAY_MS).toISOString().slice(0, -"00:00:00.000Z".length);
    lastDay = day;
  }
  const inDayMs = wholeMs - day * DAY_MS;
  const second = Math.floor(inDayMs / 1000);
  const minute = Math.floor(second / 60);
  const time = `${TWO[Math.floor(minute / 60)]}:${TWO[minute % 60]}:${TWO[second % 60]}`;
  const ms = inDayMs - second * 1000;
  const fraction = ms === 0 ? "" : `.${String(ms).padStart(3, "0")}`;
  return `${lastDayText}${time}${fraction}Z`;
}
