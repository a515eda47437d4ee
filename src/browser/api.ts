/**
 * What the page asks of the server beside the stream. Answers are checked for the parts that are
 * used, here and nowhere else.
 */
import type { Alert } from "../model/alert.ts";
import type { Metric } from "../model/reading.ts";
import { ALERTS_SHOWN_MAX, alertsOf } from "./alert_answers.ts";
import { ApiError, type Ask, field, moment } from "./ask.ts";
import type { HistorySeries } from "./chart_columns.ts";
import type { Histogram } from "./page_state.ts";
import { createPastApi, type PastApi } from "./past_api.ts";
import type { TimeWindow } from "./ranges.ts";

export interface SilentHost {
  readonly hostId: string;
  readonly region: string;
  /** Its newest reading; null where the store has none. */
  readonly newestMs: number | null;
}

export interface SilentHosts {
  /** The moment that they are of; null: now. */
  readonly atMs: number | null;
  /** The longest silent first. */
  readonly hosts: readonly SilentHost[];
  /** False where there are more hosts than were looked through. */
  readonly complete: boolean;
}

export interface BoardApi extends PastApi {
  series(
    metric: Metric,
    region: string,
    window: TimeWindow,
    points: number,
  ): Promise<HistorySeries>;
  histogram(metric: Metric, window: TimeWindow, bins: number): Promise<Histogram>;
  alerts(): Promise<readonly Alert[]>;
  setGeneratorRate(linesPerSecond: number): Promise<void>;
  /** @param note Takes the place of the one before; left out, that stays. */
  acknowledge(alertId: string, note?: string): Promise<void>;
  /** At `atMs`; null: now. */
  silentHosts(atMs: number | null): Promise<SilentHosts>;
}

/** One page of hosts, the largest that the API gives. */
const HOSTS_LOOKED_THROUGH = 1_000;

export function createApi(ask: Ask): BoardApi {
  const { get, post } = ask;
  return {
    series: async (metric, region, { fromMs, toMs }, points) => {
      const [from, to] = [Math.floor(fromMs), Math.floor(toMs)];
      const query = { metric, region, from, to, points, flags: 1 };
      return seriesOf(region, await get("/api/series", query));
    },
    histogram: async (metric, window, bins) => {
      const [from, to] = [Math.floor(window.fromMs), Math.floor(window.toMs)];
      return histogramOf(window, await get("/api/histogram", { metric, from, to, bins, flags: 1 }));
    },
    alerts: async () => alertsOf(await get("/api/alerts", { limit: ALERTS_SHOWN_MAX })),
    silentHosts: async (atMs) => {
      if (atMs === null) return silentOf(await get("/api/hosts", { limit: HOSTS_LOOKED_THROUGH }));
      // Not for the first load: few open the banner in the past.
      const { createRecordedApi, silentOfGrid } = await import("./recorded_api.ts");
      return silentOfGrid(await createRecordedApi(ask).grid("temp_c", atMs), atMs);
    },
    setGeneratorRate: async (rate) => void await post("/api/generator", { rate }),
    acknowledge: async (id, note) =>
      void await post(
        `/api/alerts/${encodeURIComponent(id)}/acknowledge`,
        note === undefined ? {} : { note },
      ),
    ...createPastApi(ask),
  };
}

/** `/api/series` as columns; `t` may be epoch ms or ISO. */
export function seriesOf(region: string, body: unknown): HistorySeries {
  const list = (name: string): unknown[] => {
    const value = field(body, name);
    if (!Array.isArray(value)) throw new ApiError(200, `The series has no list ${name}.`);
    return value;
  };
  const numbers = (name: string) =>
    list(name).map((each) => typeof each === "number" ? each : null);
  const stepMs = field(body, "step_ms");
  if (typeof stepMs !== "number" || !(stepMs > 0)) {
    throw new ApiError(200, "The series has no step_ms.");
  }
  return {
    region,
    stepMs,
    ...(field(body, "late") === undefined
      ? {}
      : { late: numbers("late").map((late) => late ?? 0) }),
    t: list("t").map((each) => moment(each) ?? 0),
    mean: numbers("mean"),
    min: numbers("min"),
    max: numbers("max"),
    count: numbers("count").map((count) => count ?? 0),
  };
}

export function histogramOf(window: TimeWindow, body: unknown): Histogram {
  const edges = field(body, "edges");
  const counts = field(body, "counts");
  if (!Array.isArray(edges) || typeof counts !== "object" || counts === null) {
    throw new ApiError(200, "The histogram has no edges or counts.");
  }
  const late = field(body, "late") as Record<string, number> | undefined;
  return {
    window,
    edges: edges.map(Number),
    counts: counts as Record<string, number[]>,
    ...(late && { late }),
  };
}

/** `/api/hosts`: those of the page that are stale. */
export function silentOf(body: unknown): SilentHosts {
  const list = field(body, "hosts");
  if (!Array.isArray(list)) throw new ApiError(200, "The answer holds no list of hosts.");
  const hosts = list.filter((each) => field(each, "state") === "stale").map((each) => ({
    hostId: String(field(each, "host_id")),
    region: String(field(each, "region")),
    newestMs: moment(field(each, "timestamp")),
  }));
  return {
    atMs: null,
    hosts: hosts.sort((a, b) => (a.newestMs ?? 0) - (b.newestMs ?? 0)),
    complete: typeof field(body, "next") !== "string",
  };
}
