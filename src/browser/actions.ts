/** What the viewer can do. Islands call these and nothing else. */
import type { Metric } from "../model/reading.ts";

export interface Actions {
  setPaused(paused: boolean): void;
  setRefreshSeconds(seconds: number): void;
  /** By name, see `ranges.ts`. */
  setRange(name: string): void;
  setMetric(metric: Metric): void;
  setGeneratorRate(linesPerSecond: number): Promise<void>;
  /** Resolves with what went wrong, null when nothing did. */
  acknowledge(alertId: string): Promise<string | null>;
  closeFirstRun(): void;
  retryNow(): void;
}

/** On the server, and until the script runs, nothing can be done. */
export const NO_ACTIONS: Actions = {
  setPaused: () => {},
  setRefreshSeconds: () => {},
  setRange: () => {},
  setMetric: () => {},
  setGeneratorRate: () => Promise.resolve(),
  acknowledge: () => Promise.resolve(null),
  closeFirstRun: () => {},
  retryNow: () => {},
};
