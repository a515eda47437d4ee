/** Readings whose time is odd, as lists and charts mark them: with a word, not by colour alone. */
import { FLAG_NAMES, type FlagName } from "../model/reading.ts";
import { ApiError, type Ask, field, moment } from "./ask.ts";
import type { ChartView } from "./chart_columns.ts";
import type { TimeWindow } from "./ranges.ts";

export const ODD_WORDS: Readonly<Record<FlagName, string>> = {
  late: "late",
  future: "ahead",
  clock_change: "clock change",
};

export const ODD_TITLES: Readonly<Record<FlagName, string>> = {
  late: "It came more than five minutes after it was measured",
  future: "Its time lay more than a minute in the future when it came",
  clock_change: "Its local time stands twice, or not at all, where clocks change",
};

/** Flags of an answer; what this page does not know is left out. */
export function flagsOf(raw: unknown): FlagName[] {
  return Array.isArray(raw) ? FLAG_NAMES.filter((name) => raw.includes(name)) : [];
}

export interface OddReading {
  readonly atMs: number;
  readonly flags: readonly FlagName[];
}

export interface OddReadings {
  readonly window: TimeWindow;
  /** The newest first. */
  readonly readings: readonly OddReading[];
  /** There are older ones. */
  readonly more: boolean;
}

export async function askOdd(
  { get }: Ask,
  { host, region }: { readonly host: string; readonly region: string | null },
  window: TimeWindow,
): Promise<OddReadings> {
  const named = region === null ? { host_id: host } : { host_id: host, region };
  const body = await get("/api/readings/odd", { ...named, from: window.fromMs, to: window.toMs });
  const list = field(body, "readings");
  if (!Array.isArray(list)) throw new ApiError(200, "The answer holds no list of readings.");
  const readings = list.flatMap((raw: unknown) => {
    const atMs = moment(field(raw, "timestamp")), flags = flagsOf(field(raw, "flags"));
    return atMs === null || flags.length === 0 ? [] : [{ atMs, flags }];
  });
  return { window, readings, more: field(body, "more") === true };
}

/** What a chart shows at one of its slots. */
export interface OddMark {
  readonly slot: number;
  readonly flag: FlagName;
  readonly count: number;
}

/** One mark a slot and flag, by time; readings outside of the view have none. */
export function oddMarks(view: ChartView, readings: readonly OddReading[]): OddMark[] {
  const first = Math.floor((view.x[0] ?? 0) * 1000 / view.stepMs);
  const counts = new Map<string, OddMark>();
  for (const { atMs, flags } of readings) {
    const slot = Math.floor(atMs / view.stepMs) - first;
    if (slot < 0 || slot >= view.x.length) continue;
    for (const flag of flags) {
      const key = `${slot} ${flag}`;
      counts.set(key, { slot, flag, count: (counts.get(key)?.count ?? 0) + 1 });
    }
  }
  return [...counts.values()].sort((a, b) => a.slot - b.slot);
}

/** `3 late, 1 ahead`; null where there is none. */
export function oddText(readings: readonly OddReading[], more: boolean): string | null {
  const parts = FLAG_NAMES.flatMap((name) => {
    const count = readings.filter(({ flags }) => flags.includes(name)).length;
    return count === 0 ? [] : [`${count}${more ? " and more" : ""} ${ODD_WORDS[name]}`];
  });
  return parts.length === 0 ? null : parts.join(", ");
}
