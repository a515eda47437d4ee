/** How far a zone's clocks are ahead of UTC at a moment, by the browser's own knowledge. Pure. */

const formats = new Map<string, Intl.DateTimeFormat>();

/** In ms, whole minutes; negative west of Greenwich. @param zone IANA name */
export function zoneOffsetMs(zone: string, atMs: number): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    formats.set(zone, format);
  }
  const name = format.formatToParts(atMs).find((part) => part.type === "timeZoneName")?.value;
  // `GMT`, `GMT+05:30`, `GMT-08:00`
  const [, sign, hours = 0, minutes = 0] = /([+-])(\d+):(\d+)/.exec(name ?? "") ?? [];
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === "-" ? -offsetMs : offsetMs;
}
