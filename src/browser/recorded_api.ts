/** What views ask of all that was recorded: the time line, the grid of hosts, unusual hosts. */
import type { HostState } from "../model/live_event.ts";
import type { Metric } from "../model/reading.ts";
import type { SilentHosts } from "./api.ts";
import { ApiError, type Ask, field, moment } from "./ask.ts";
import type { TimeWindow } from "./ranges.ts";

/** Lists of equal length; `t` is each step's start, epoch ms. */
export interface Timeline {
  /** The oldest and the newest reading; null where there is none. */
  readonly firstMs: number | null;
  readonly headMs: number | null;
  readonly stepMs: number;
  readonly t: readonly number[];
  readonly count: readonly number[];
  /** Alerts that opened, by the worst severity that each ever had. */
  readonly warnings: readonly number[];
  readonly criticals: readonly number[];
}

/** Lists of equal length, by host name. */
export interface RegionGrid {
  readonly region: string;
  readonly hosts: readonly string[];
  readonly values: readonly (number | null)[];
  readonly agesS: readonly number[];
  readonly states: readonly HostState[];
}

export interface HostGrid {
  readonly atMs: number;
  readonly regions: readonly RegionGrid[];
}

export interface Outlier {
  readonly hostId: string;
  readonly region: string;
  /** Its mean in the window, and the lowest and highest there. */
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly usualMean: number;
  readonly usualMin: number;
  readonly usualMax: number;
  /** How far it is off its usual range; the highest come first. */
  readonly score: number;
}

/** Of a longer stretch the server does not say which hosts are unusual. */
export const OUTLIERS_SPAN_MS_MAX = 31 * 86_400_000;

export interface RecordedApi {
  /** Null: of all that was recorded. */
  timeline(window: TimeWindow | null, points: number): Promise<Timeline>;
  /** Null: now. */
  grid(metric: Metric, atMs: number | null): Promise<HostGrid>;
  outliers(window: TimeWindow, metric: Metric): Promise<readonly Outlier[]>;
}

export function createRecordedApi({ get }: Ask): RecordedApi {
  const span = ({ fromMs, toMs }: TimeWindow) => ({
    from: Math.floor(fromMs),
    to: Math.ceil(toMs),
  });
  return {
    timeline: async (window, points) =>
      timelineOf(await get("/api/timeline", { ...window === null ? {} : span(window), points })),
    grid: async (metric, atMs) =>
      gridOf(
        await get("/api/grid", { metric, ...atMs === null ? {} : { at: Math.floor(atMs) } }),
      ),
    outliers: async (window, metric) =>
      outliersOf(await get("/api/outliers", { metric, ...span(window) })),
  };
}

/** Those of the grid that are silent, as the banner lists them. */
export function silentOfGrid({ atMs: gridMs, regions }: HostGrid, atMs: number): SilentHosts {
  const hosts = regions.flatMap(({ region, hosts, agesS, states }) =>
    hosts.flatMap((hostId, at) => {
      if (states[at] !== "stale") return [];
      return [{ hostId, region, newestMs: gridMs - (agesS[at] ?? 0) * 1000 }];
    })
  );
  return { atMs, hosts: hosts.sort((a, b) => a.newestMs - b.newestMs), complete: true };
}

function timelineOf(body: unknown): Timeline {
  const stepMs = field(body, "step_ms");
  if (typeof stepMs !== "number" || !(stepMs > 0)) {
    throw new ApiError(200, "The time line has no step_ms.");
  }
  const alerts = field(body, "alerts");
  return {
    firstMs: moment(field(body, "first")),
    headMs: moment(field(body, "head")),
    stepMs,
    t: listOf(body, "t").map(Number),
    count: listOf(body, "count").map(Number),
    warnings: listOf(alerts, "warning").map(Number),
    criticals: listOf(alerts, "critical").map(Number),
  };
}

function gridOf(body: unknown): HostGrid {
  const atMs = moment(field(body, "at"));
  if (atMs === null) throw new ApiError(200, "The grid has no time.");
  return {
    atMs,
    regions: listOf(body, "regions").map((region) => ({
      region: String(field(region, "region")),
      hosts: listOf(region, "hosts").map(String),
      values: listOf(region, "values").map((value) => typeof value === "number" ? value : null),
      agesS: listOf(region, "ages_s").map(Number),
      states: listOf(region, "states") as HostState[],
    })),
  };
}

function outliersOf(body: unknown): Outlier[] {
  return listOf(body, "hosts").map((host) => ({
    hostId: String(field(host, "host_id")),
    region: String(field(host, "region")),
    value: Number(field(host, "value")),
    min: Number(field(host, "min")),
    max: Number(field(host, "max")),
    usualMean: Number(field(host, "usual_mean")),
    usualMin: Number(field(host, "usual_min")),
    usualMax: Number(field(host, "usual_max")),
    score: Number(field(host, "score")),
  }));
}

function listOf(of: unknown, name: string): unknown[] {
  const value = field(of, name);
  if (!Array.isArray(value)) throw new ApiError(200, `The answer has no list ${name}.`);
  return value;
}
