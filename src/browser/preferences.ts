/**
 * What the viewer chose, kept in this browser. Anything unreadable or out of range is taken for the
 * default; a browser that keeps nothing (private mode, full storage) costs only the memory of it.
 */
import { type Metric, METRICS } from "../model/reading.ts";
import type { TemperatureUnit } from "./formats.ts";
import { DEFAULT_REFRESH_SECONDS, REFRESH_SECONDS } from "./ranges.ts";
import type { Hours } from "./times.ts";

export const THEMES = ["system", "light", "dark", "contrast"] as const;
export type Theme = (typeof THEMES)[number];

/** How high a count is drawn: as it is, or by its logarithm, so that a few among many are seen. */
export const COUNT_SCALES = ["linear", "log"] as const;
export type CountScale = (typeof COUNT_SCALES)[number];

/** How the page looks and is written for this viewer, in every tab alike. */
export interface Taste {
  readonly temperature: TemperatureUnit;
  readonly zone: "local" | "UTC";
  readonly hours: Hours;
  readonly theme: Theme;
  /** Single keys do something. Off for who speaks to the browser (WCAG 2.1.4). */
  readonly singleKeys: boolean;
  readonly countScale: CountScale;
}

export const DEFAULT_TASTE: Taste = {
  temperature: "C",
  zone: "local",
  hours: "24",
  theme: "system",
  singleKeys: true,
  countScale: "linear",
};

export interface Preferences {
  readonly taste: Taste;
  readonly refreshSeconds: number;
  readonly metric: Metric;
  readonly firstRunClosed: boolean;
}

export const DEFAULT_PREFERENCES: Preferences = {
  taste: DEFAULT_TASTE,
  refreshSeconds: DEFAULT_REFRESH_SECONDS,
  metric: "cpu_load",
  firstRunClosed: false,
};

export interface TextStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** Its name in the browser's store. */
export const PREFERENCES_KEY = "rackwatch";

/** This browser's; one that forgets at once where the viewer allows none. */
export function browserStore(): TextStore {
  try {
    // Even to name it throws where it is forbidden.
    const store = globalThis.localStorage;
    store.getItem(PREFERENCES_KEY);
    return store;
  } catch {
    return { getItem: () => null, setItem: () => {} };
  }
}

export function readPreferences(store: TextStore): Preferences {
  let kept: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(store.getItem(PREFERENCES_KEY) ?? "{}");
    if (typeof parsed === "object" && parsed !== null) kept = parsed as Record<string, unknown>;
  } catch {
    // Unreadable is as good as empty.
  }
  return {
    taste: tasteOf(kept.taste),
    refreshSeconds: REFRESH_SECONDS.find((each) => each === kept.refreshSeconds) ??
      DEFAULT_PREFERENCES.refreshSeconds,
    metric: METRICS.find((each) => each === kept.metric) ?? DEFAULT_PREFERENCES.metric,
    firstRunClosed: kept.firstRunClosed === true,
  };
}

function tasteOf(kept: unknown): Taste {
  const given = (kept ?? {}) as { readonly [K in keyof Taste]?: unknown };
  return {
    temperature: given.temperature === "F" ? "F" : "C",
    zone: given.zone === "UTC" ? "UTC" : "local",
    hours: given.hours === "12" ? "12" : "24",
    theme: THEMES.find((each) => each === given.theme) ?? DEFAULT_TASTE.theme,
    singleKeys: given.singleKeys !== false,
    countScale: COUNT_SCALES.find((each) => each === given.countScale) ?? DEFAULT_TASTE.countScale,
  };
}

export function writePreferences(store: TextStore, preferences: Preferences): void {
  try {
    store.setItem(PREFERENCES_KEY, JSON.stringify(preferences));
  } catch {
    // Nothing is lost but the memory of a choice.
  }
}
