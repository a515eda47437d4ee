/**
 * What the server hands the page with its first paint, as JSON: enough to draw everything once
 * without asking again, and where the browser goes on from.
 */
import type { Alert } from "../model/alert.ts";
import type { Board } from "../model/live_event.ts";
import type { Status } from "../model/status.ts";
import type { HistorySeries } from "./chart_columns.ts";
import type { TimeWindow } from "./ranges.ts";

/** Counts of one metric by region; `counts[region].length === edges.length - 1`. */
export interface Histogram {
  /** What they were counted in. */
  readonly window: TimeWindow;
  readonly edges: readonly number[];
  readonly counts: Readonly<Record<string, readonly number[]>>;
  /** Readings that came late, of the regions that have any. */
  readonly late?: Readonly<Record<string, number>>;
}

/** The state of the world at a moment that is past. */
export interface Past {
  readonly board: Board;
  readonly alerts: readonly Alert[];
}

export interface PageState {
  readonly board: Board;
  readonly status: Status;
  /** What the page shows, see `address.ts`; `series` and `histogram` are of its range. */
  readonly search: string;
  /** At the cursor; null where that is live, or the store could not be asked. */
  readonly past: Past | null;
  /** The chosen measure by region; null where the store could not be asked. */
  readonly series: readonly HistorySeries[] | null;
  readonly histogram: Histogram | null;
  /** Open ones first, then the newest closed. */
  readonly alerts: readonly Alert[] | null;
}
