/** What the page's first paint needs of the hot store, as far as the store gives it in time. */
import { ALERTS_SHOWN_MAX, alertsOf } from "../src/browser/alert_answers.ts";
import { chartRegions, type HistorySeries } from "../src/browser/chart_columns.ts";
import { HISTOGRAM_BINS } from "../src/browser/history_loader.ts";
import type { PageState, Past } from "../src/browser/page_state.ts";
import type { ViewState } from "../src/browser/address.ts";
import { cursorMs } from "../src/browser/cursor.ts";
import type { Alert } from "../src/model/alert.ts";
import type { Board } from "../src/model/live_event.ts";
import { delay } from "../src/runtime/clock.ts";
import type { ServerContext } from "../src/server/context.ts";
import type { HeavyWork } from "../src/server/heavy_work.ts";
import { HttpError } from "../src/server/http_error.ts";
import { pastBoard } from "../src/server/past_picture.ts";
import type { Database } from "../src/store/database.ts";
import { EVERY_ALERT, queryAlertPage } from "../src/store/queries/alert_pages.ts";
import { queryHistogram } from "../src/store/queries/histogram.ts";
import { queryRegionSeries } from "../src/store/queries/series.ts";

/** A store slower than this is left out of the first paint; the page asks it again by itself. */
const STORE_MS_MAX = 1_500;

type Stored = Pick<PageState, "past" | "series" | "histogram" | "alerts">;

/** A moment of the past goes through the gate; who waits for the page may be gone meanwhile. */
export interface Admission extends HeavyWork {
  readonly gone: AbortSignal;
}

/**
 * Null for whatever the store doesn't give in time: the live board does not wait for it. So is the
 * past where too many ask for theirs; the page asks again by itself.
 */
export async function askStore(
  context: ServerContext,
  board: Board,
  state: ViewState,
  { gate, lane, gone }: Admission,
): Promise<Stored> {
  const database = context.database();
  if (database === null) return { past: null, series: null, histogram: null, alerts: null };
  const { clock, log } = context;
  const late = new AbortController();
  const tooLate = delay(clock, STORE_MS_MAX, late.signal).then(() => null);
  const inTime = async <T>(what: string, asked: Promise<T>): Promise<T | null> => {
    const answer = asked.catch((error: unknown) => {
      // The gate's refusals are counted in /metrics: a loop is not to fill the log as well.
      if (!(error instanceof HttpError)) {
        log.warn("the page goes without its history", { what, reason: error });
      }
      return null;
    });
    return await Promise.race([answer, tooLate]);
  };
  const toMs = cursorMs(state.cursor, board.serverMs);
  const window = { fromMs: toMs - state.range.ms, toMs };
  const histogram = {
    metric: "temp_c",
    region: null,
    bins: HISTOGRAM_BINS,
    withLate: true,
    ...window,
  } as const;
  const pastQuestion = {
    key: `/?at=${toMs}`,
    gone: AbortSignal.any([gone, late.signal]),
    work: () => storedPast(lane.through(database), toMs),
  };
  const [past, series, distribution, alerts] = await Promise.all([
    state.cursor.kind === "live" ? null : inTime("past", gate.ask(pastQuestion)),
    inTime("series", storedSeries(database, board, state, window)),
    inTime("histogram", queryHistogram(database, histogram)),
    inTime("alerts", storedAlerts(database, null)),
  ]);
  late.abort();
  return { past, series, histogram: distribution && { window, ...distribution }, alerts };
}

async function storedPast(database: Database, atMs: number): Promise<Past> {
  const [board, alerts] = await Promise.all([
    pastBoard(database, atMs),
    storedAlerts(database, atMs),
  ]);
  return { board, alerts };
}

/** @param atMs null: now */
async function storedAlerts(database: Database, atMs: number | null): Promise<Alert[]> {
  const query = { ...EVERY_ALERT, atMs, limit: ALERTS_SHOWN_MAX };
  return alertsOf(await queryAlertPage(database, query));
}

async function storedSeries(
  database: Database,
  board: Board,
  { range, metric, region }: ViewState,
  window: { readonly fromMs: number; readonly toMs: number },
): Promise<HistorySeries[]> {
  const regions = chartRegions(board.regions.map((each) => each.region), region);
  const query = { metric, ...window, points: range.points, withLate: true };
  const series = await queryRegionSeries(database, query, regions);
  return series.map(({ step_ms: stepMs, ...columns }, index) => ({
    region: regions[index]!,
    stepMs,
    ...columns,
  }));
}
