/** `/api/grid`: every host's newest value of one metric, in columns by region. */
import type { HostState } from "../model/live_event.ts";
import { type Metric, METRICS } from "../model/reading.ts";
import { ApiError, field, moment } from "./ask.ts";

export interface GridRegion {
  readonly region: string;
  /** Columns of one length. */
  readonly hosts: readonly string[];
  readonly values: readonly (number | null)[];
  /** Seconds since the newest reading. */
  readonly agesS: readonly (number | null)[];
  readonly states: readonly HostState[];
}

export interface HostGrid {
  /** The moment that it tells of. */
  readonly atMs: number;
  readonly metric: Metric;
  readonly regions: readonly GridRegion[];
}

const STATES: readonly HostState[] = ["ok", "warning", "critical", "stale"];

export function hostGridOf(body: unknown): HostGrid {
  const atMs = moment(field(body, "at"));
  const metric = METRICS.find((each) => each === field(body, "metric"));
  const regions = field(body, "regions");
  if (atMs === null || metric === undefined || !Array.isArray(regions)) {
    throw new ApiError(200, "The answer holds no grid of hosts.");
  }
  return { atMs, metric, regions: regions.map(regionOf) };
}

function regionOf(raw: unknown): GridRegion {
  const list = (name: string): readonly unknown[] => {
    const value = field(raw, name);
    return Array.isArray(value) ? value : [];
  };
  const values = list("values"), ages = list("ages_s"), states = list("states");
  const number = (value: unknown) => typeof value === "number" ? value : null;
  const hosts = list("hosts").map(String);
  return {
    region: String(field(raw, "region")),
    hosts,
    values: hosts.map((_, at) => number(values[at])),
    agesS: hosts.map((_, at) => number(ages[at])),
    states: hosts.map((_, at) => STATES.find((each) => each === states[at]) ?? "stale"),
  };
}
