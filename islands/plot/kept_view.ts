/**
 * What was shown stays until the history of another place in time has come: a chart that is empty
 * for a moment looks like an outage.
 */
import { useMemo } from "preact/hooks";
import type { ChartView } from "../../src/browser/chart_columns.ts";

/** @returns what to show, given whether another place's history is still on its way */
export function useKeptView(): (
  isAsked: boolean,
  isLive: boolean,
  make: () => ChartView,
) => ChartView {
  return useMemo(() => {
    let last: { readonly view: ChartView; readonly isLive: boolean } | null = null;
    return (isAsked, isLive, make) => {
      // Live charts hold what the stream brings whatever the history does.
      if (last !== null && isAsked && !(isLive && last.isLive)) return last.view;
      last = { view: make(), isLive };
      return last.view;
    };
  }, []);
}
