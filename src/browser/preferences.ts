/**
 * What the viewer chose, kept in this browser. Anything unreadable or out of range is taken for the
 * default; a browser that keeps nothing (private mode, full storage) costs only the memory of it.
 */
import { type Metric, METRICS } from "../model/reading.ts";
import { DEFAULT_REFRESH_SECONDS, REFRESH_SECONDS } from "./ranges.ts";

/** How high a count is drawn: as it is, or by its logarithm, so that a few among many are seen. */
export const COUNT_SCALES = ["linear", "log"] as const;
export type CountScale = (typeof COUNT_SCALES)[number];

export interface Preferences {
  readonly refreshSeconds: number;
  readonly metric: Metric;
  readonly firstRunClosed: boolean;
  readonly countScale: CountScale;
}

export const DEFAULT_PREFERENCES: Preferences = {
  refreshSeconds: DEFAULT_REFRESH_SECONDS,
  metric: "cpu_load",
  firstRunClosed: false,
  countScale: "linear",
};

export interface TextStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const KEY = "rackwatch";

export function readPreferences(store: TextStore): Preferences {
  let kept: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(store.getItem(KEY) ?? "{}");
    if (typeof parsed === "object" && parsed !== null) kept = parsed as Record<string, unknown>;
  } catch {
    // Unreadable is as good as empty.
  }
  return {
    refreshSeconds: REFRESH_SECONDS.find((each) => each === kept.refreshSeconds) ??
      DEFAULT_PREFERENCES.refreshSeconds,
    metric: METRICS.find((each) => each === kept.metric) ?? DEFAULT_PREFERENCES.metric,
    firstRunClosed: kept.firstRunClosed === true,
    countScale: COUNT_SCALES.find((each) => each === kept.countScale) ??
      DEFAULT_PREFERENCES.countScale,
  };
}

export function writePreferences(store: TextStore, preferences: Preferences): void {
  try {
    store.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // Nothing is lost but the memory of a choice.
  }
}
