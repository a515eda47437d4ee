/** What the viewer can do to the page. Views ask the server by themselves, and change it by these. */
import type { Metric } from "../model/reading.ts";
import type { ViewState } from "./address.ts";
import type { Taste } from "./preferences.ts";

export interface Actions {
  /** Somewhere else on the page: the address follows, and "back" undoes it. */
  go(part: Partial<ViewState>): void;
  /** The same, for what moves many times a second: the address follows when it rests. */
  slide(part: Partial<ViewState>): void;
  /** Undoes the last `go`. */
  back(): void;
  toLive(): void;
  pause(): void;
  /** Goes on from where the cursor stands, at the chosen speed. */
  play(): void;
  setSpeed(speed: number): void;
  /** A new place; a replay goes on from there. */
  seek(atMs: number): void;
  step(byMs: number): void;
  /** Resolves with what to tell the viewer where there is none; else null. */
  jumpToAlert(direction: "next" | "previous"): Promise<string | null>;
  /**
   * This stretch fills the charts; zooming holds still, unless it ends now. `isMovement`: one of
   * many that follow one another (a wheel's turns), which are one step together.
   */
  zoom(fromMs: number, toMs: number, isMovement?: boolean): void;
  setRefreshSeconds(seconds: number): void;
  /** By name, see `ranges.ts`. */
  setRange(name: string): void;
  setMetric(metric: Metric): void;
  /** How the page looks and is written; kept in this browser. */
  prefer(part: Partial<Taste>): void;
  setGeneratorRate(linesPerSecond: number): Promise<void>;
  /** Resolves with what went wrong, null when nothing did. */
  acknowledge(alertId: string, note?: string): Promise<string | null>;
  closeFirstRun(): void;
  retryNow(): void;
}

/** On the server, and until the script runs, nothing can be done. */
export const NO_ACTIONS: Actions = {
  go: () => {},
  slide: () => {},
  back: () => {},
  toLive: () => {},
  pause: () => {},
  play: () => {},
  setSpeed: () => {},
  seek: () => {},
  step: () => {},
  jumpToAlert: () => Promise.resolve(null),
  zoom: () => {},
  setRefreshSeconds: () => {},
  setRange: () => {},
  setMetric: () => {},
  prefer: () => {},
  setGeneratorRate: () => Promise.resolve(),
  acknowledge: () => Promise.resolve(null),
  closeFirstRun: () => {},
  retryNow: () => {},
};
