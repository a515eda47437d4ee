/**
 * Moments as people type them: `10:30`, `3 pm`, `yesterday 03:00`, `mon 22:15`, `2h ago`,
 * `2025-11-21 03:12`, ISO 8601. In the zone that the page shows, and never in the future: `23:00`
 * in the morning is last night's. Pure.
 */
import { instantMs, wallMs } from "./wall_clock.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** By the letters that begin them. */
const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^s(ec(ond)?s?)?$/, SECOND_MS],
  [/^m(in(ute)?s?)?$/, MINUTE_MS],
  [/^h(rs?|ours?)?$/, HOUR_MS],
  [/^d(ays?)?$/, DAY_MS],
  [/^w(eeks?)?$/, 7 * DAY_MS],
];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");

/** Epoch ms; null for what is no moment. */
export function momentOfWords(written: string, nowMs: number, zone: string): number | null {
  const text = written.trim().toLowerCase().replace(/\s+/g, " ");
  if (text === "now") return nowMs;
  return spanAgo(text, nowMs) ?? isoMoment(text, zone) ?? dayAndClock(text, nowMs, zone);
}

/** `2h ago`, `1 h 30 min ago`, `-15m` */
function spanAgo(text: string, nowMs: number): number | null {
  const spans = /^(?:-|−) ?(.+)$/.exec(text)?.[1] ?? /^(.+?) ago$/.exec(text)?.[1];
  if (spans === undefined) return null;
  let ms = 0, rest = spans;
  while (rest !== "") {
    const part = /^(\d{1,6}(?:\.\d{1,3})?) ?([a-z]+) ?/.exec(rest);
    const unitMs = UNITS.find(([pattern]) => pattern.test(part?.[2] ?? ""))?.[1];
    if (part === null || unitMs === undefined) return null;
    ms += Number(part[1]) * unitMs;
    rest = rest.slice(part[0].length);
  }
  return past(nowMs - Math.round(ms), nowMs);
}

/** `2025-11-21`, `2025-11-21 03:12`, `2025-11-21T03:12:00+01:00` */
function isoMoment(text: string, zone: string): number | null {
  const match = /^(\d{4}-\d\d-\d\d)(?:[t ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(z|[+-]\d\d:?\d\d)?)?$/
    .exec(text);
  if (match === null) return null;
  const [, day = "", clock = "00:00", offset] = match;
  const atMs = Date.parse(`${day}T${clock}${(offset ?? "z").toUpperCase()}`);
  if (!Number.isFinite(atMs) || new Date(`${day}T00:00Z`).toISOString().slice(0, 10) !== day) {
    return null;
  }
  return offset === undefined ? instantMs(atMs, zone) : atMs;
}

/** A day, a clock, or both in either order: `yesterday 03:00`, `21 nov 3:15 pm`, `10:30`. */
function dayAndClock(text: string, nowMs: number, zone: string): number | null {
  const wallNow = wallMs(nowMs, zone);
  const today = Math.floor(wallNow / DAY_MS) * DAY_MS;
  const clock = clockOf(text);
  const rest = clock === null ? text : text.replace(clock.text, "").replace(/,| at /g, " ").trim();
  if (rest === "") {
    if (clock === null) return null;
    const wall = today + clock.ms;
    return instantMs(wall > wallNow ? wall - DAY_MS : wall, zone);
  }
  const day = dayOf(rest, today);
  if (day === null) return null;
  const atMs = instantMs(day + (clock?.ms ?? 0), zone);
  // This weekday later today means the one a week ago.
  const isWeekday = WEEKDAYS.some((name) => rest.startsWith(name));
  return past(
    isWeekday && atMs > nowMs ? instantMs(day + clock!.ms - 7 * DAY_MS, zone) : atMs,
    nowMs,
  );
}

function clockOf(text: string): { readonly text: string; readonly ms: number } | null {
  const match = /\b(\d{1,2})(?::(\d\d)(?::(\d\d))?)?(?: ?([ap])\.?m\.?)?(?=$|[ ,])/g;
  for (const found of text.matchAll(match)) {
    const [whole, hourText, minute, second, half] = found;
    if (minute === undefined && half === undefined) continue;
    const hour = Number(hourText);
    if (half === undefined ? hour > 23 : hour < 1 || hour > 12) return null;
    if (Number(minute ?? 0) > 59 || Number(second ?? 0) > 59) return null;
    const hours = half === undefined ? hour : hour % 12 + (half === "p" ? 12 : 0);
    const ms = hours * HOUR_MS + Number(minute ?? 0) * MINUTE_MS + Number(second ?? 0) * SECOND_MS;
    return { text: whole, ms };
  }
  return null;
}

/** Start of the day on the wall; of a weekday the last one, of a date this year's or last year's. */
function dayOf(text: string, today: number): number | null {
  if (text === "today") return today;
  if (text === "yesterday") return today - DAY_MS;
  const weekday = WEEKDAYS.findIndex((name) => text.startsWith(name));
  if (weekday >= 0 && /^[a-z]+$/.test(text)) {
    return today - ((new Date(today).getUTCDay() - weekday + 7) % 7) * DAY_MS;
  }
  const date = /^(\d{1,2})\.? ([a-z]{3})[a-z]*$/.exec(text) ??
    /^([a-z]{3})[a-z]* (\d{1,2})$/.exec(text)?.toSpliced(1, 2, ...reversed(text));
  if (date === null || date === undefined) return null;
  const month = MONTHS.indexOf(date[2] ?? "");
  if (month < 0) return null;
  const year = new Date(today).getUTCFullYear();
  const wall = Date.UTC(year, month, Number(date[1]));
  if (new Date(wall).getUTCMonth() !== month) return null;
  return wall > today ? Date.UTC(year - 1, month, Number(date[1])) : wall;
}

/** `nov 21` as `["21", "nov"]` */
function reversed(text: string): [string, string] {
  const [month = "", day = ""] = text.split(" ");
  return [day, month.slice(0, 3)];
}

function past(atMs: number, nowMs: number): number | null {
  return atMs <= nowMs ? atMs : null;
}
