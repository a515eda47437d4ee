/**
 * Moments as the viewer reads them: in the viewer's own zone, and the zone is always named. The
 * server does not know that zone, so the first paint says UTC and the browser changes it.
 */

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
  /** The clock alone on the day of `nowMs`; else the moment, with its year where that is another. */
  near(atMs: number, nowMs: number): string;
}

const formats = new Map<string, TimeFormat>();

/** @throws RangeError when the zone is not an IANA name this engine knows */
export function timeFormat(zone: string): TimeFormat {
  let format = formats.get(zone);
  if (format === undefined) formats.set(zone, format = build(zone));
  return format;
}

/** The zone of this browser, `UTC` where it does not tell. */
export function viewerZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

function build(zone: string): TimeFormat {
  const options = (more: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...more });
  const clockFormat = options({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const minuteFormat = options({ hour: "2-digit", minute: "2-digit" });
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
