/** What linked charts share: one crosshair and one brush, in time rather than in pixels. */
import { type Signal, signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { TimeWindow } from "../../src/browser/ranges.ts";

export interface ChartLink {
  /** Null: nowhere. */
  readonly crosshairMs: Signal<number | null>;
  /** A stretch being selected. */
  readonly brush: Signal<TimeWindow | null>;
}

export function useChartLink(): ChartLink {
  return useMemo(() => ({
    crosshairMs: signal<number | null>(null),
    brush: signal<TimeWindow | null>(null),
  }), []);
}
