/**
 * What the server hands the page with its first paint, as JSON: enough to draw everything once
 * without asking again, and where the browser goes on from.
 */
import type { Alert } from "../model/alert.ts";
import type { Board } from "../model/live_event.ts";
import type { Status } from "../model/status.ts";
import type { HistorySeries } from "./chart_columns.ts";

/** Counts of one metric by region; `counts[region].length === edges.length - 1`. */
export interface Histogram {
  readonly edges: readonly number[];
  readonly counts: Readonly<Record<string, readonly number[]>>;
}

export interface PageState {
  readonly board: Board;
  readonly status: Status;
  /** Name of the range that `series` and `histogram` cover, see `ranges.ts`. */
  readonly range: string;
  /** CPU load by region; null where the store could not be asked. */
  readonly series: readonly HistorySeries[] | null;
  readonly histogram: Histogram | null;
  /** Open ones first, then the newest closed. */
  readonly alerts: readonly Alert[] | null;
}
