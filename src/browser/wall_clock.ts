/** What a clock on the wall of a zone shows, as numbers and as fields of a form write it. Pure. */
import { TimeZone } from "../units/time_zone.ts";

/** The wall's time at an instant, written as if it were UTC: for arithmetic with days and hours. */
export function wallMs(atMs: number, zone: string): number {
  return atMs + TimeZone.named(zone).offsetMsAt(atMs);
}

/** The instant at which the wall shows that; of a repeated hour the first. */
export function instantMs(wall: number, zone: string): number {
  return TimeZone.named(zone).toUtcMs(wall);
}

/** As `<input type="datetime-local">` wants it: `2025-11-21T03:42:56`. */
export function fieldText(atMs: number, zone: string): string {
  return new Date(wallMs(atMs, zone)).toISOString().slice(0, 19);
}

/** Null for what is no whole date and time. */
export function fieldMs(text: string, zone: string): number | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text)) return null;
  const wall = Date.parse(`${text}Z`);
  // 30 February is read as 2 March.
  const isDay = !Number.isNaN(wall) && new Date(wall).toISOString().startsWith(text.slice(0, 10));
  return isDay ? instantMs(wall, zone) : null;
}
