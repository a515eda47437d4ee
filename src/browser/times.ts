/**
 * Moments as the viewer reads them: in the chosen zone, which is always named, and the chosen style.
 * The server knows neither, so the first paint says UTC and the browser changes it.
 */

export type Hours = "24" | "12";

export interface TimeStyle {
  /** BCP 47, of names and order of day and month. */
  readonly locale: string;
  readonly hours: Hours;
}

export const PLAIN_STYLE: TimeStyle = { locale: "en-GB", hours: "24" };

export interface TimeFormat {
  /** IANA name, `Europe/Berlin`. */
  readonly zone: string;
  /** For people: `UTC`, `Europe/Berlin (GMT+1)`. */
  readonly zoneLabel: string;
  /** `14:03:22` */
  clock(atMs: number): string;
  /** `14:03` */
  minute(atMs: number): string;
  /** `21 Nov` */
  day(atMs: number): string;
  /** `21 Nov 14:03:22` */
  moment(atMs: number): string;
  /** Whether a day begins at this very minute. */
  startsDay(atMs: number): boolean;
  /** The clock alone on the day of `nowMs`; else the moment, with its year where that is another. */
  near(atMs: number, nowMs: number): string;
}

const formats = new Map<string, TimeFormat>();

/** @throws RangeError when the zone is not an IANA name this engine knows */
export function timeFormat(zone: string, style: TimeStyle = PLAIN_STYLE): TimeFormat {
  const key = `${zone} ${style.locale} ${style.hours}`;
  let format = formats.get(key);
  if (format === undefined) formats.set(key, format = build(zone, style));
  return format;
}

/** The zone of this browser, `UTC` where it does not tell. */
export function viewerZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

function build(zone: string, { locale, hours }: TimeStyle): TimeFormat {
  const hourCycle = hours === "24" ? "h23" : "h12";
  const options = (more: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone: zone, hourCycle, ...more });
  const hour = hours === "24" ? "2-digit" : "numeric";
  const clockFormat = options({ hour, minute: "2-digit", second: "2-digit" });
  const minuteFormat = options({ hour, minute: "2-digit" });
  const dayMinute = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    hour: "2-digit",
    minute: "2-digit",
  });
  const dayFormat = options({ day: "numeric", month: "short" });
  const dateFormat = options({ day: "numeric", month: "short", year: "numeric" });
  const yearFormat = options({ year: "numeric" });
  const clock = (atMs: number) => clockFormat.format(atMs);
  const moment = (atMs: number) => `${dayFormat.format(atMs)} ${clock(atMs)}`;
  return {
    zone,
    zoneLabel: zoneLabel(zone),
    clock,
    minute: (atMs) => minuteFormat.format(atMs),
    day: (atMs) => dayFormat.format(atMs),
    moment,
    startsDay: (atMs) => dayMinute.format(atMs) === "00:00",
    near: (atMs, nowMs) => {
      const date = dateFormat.format(atMs);
      if (date === dateFormat.format(nowMs)) return clock(atMs);
      return yearFormat.format(atMs) === yearFormat.format(nowMs)
        ? moment(atMs)
        : `${date} ${clock(atMs)}`;
    },
  };
}

function zoneLabel(zone: string): string {
  if (zone === "UTC" || zone === "Etc/UTC") return "UTC";
  const offset = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "short" })
    .formatToParts(Date.now()).find((part) => part.type === "timeZoneName")?.value;
  return offset === undefined || offset === zone ? zone : `${zone} (${offset})`;
}
