/**
 * The rows of a region's history, oldest first, one at a time.
 *
 * One reading a minute going back from the end, hosts taken in turn. One a minute would take ten
 * million rows nineteen years back, so a history spans a year at most: beyond 525,600 rows each
 * minute holds k = ⌈rows / 525,600⌉ readings, 60/k seconds apart, of k hosts (k ≤ 20 at ten
 * million, so no host and time comes twice). Which host reports when is a function of the calendar,
 * so two histories of one seed agree where they overlap.
 */
import {
  coolingDuring,
  endMs,
  type FaultSchedule,
  fixedFaults,
  type Incident,
  merged,
} from "./faults.ts";
import type { FleetRegion } from "./fleet.ts";
import { blankMeasurement, type Host, type Measurement } from "./host_model.ts";

/** Rows a region's history may have. */
export const HISTORY_ROWS_MAX = 10_000_000;
/** A year of minutes: from here on readings share a minute. */
export const MINUTES_MAX = 525_600;

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Shorter histories than this may lack a whole incident of the standing schedule. */
const INCIDENT_SPAN_MS = 24 * HOUR_MS;

/** One row; the object is filled anew for the next. */
export interface HistoryRow {
  readonly host: Host;
  readonly atMs: number;
  /** The instant on the region's own clock, as if that were UTC. */
  readonly localMs: number;
  readonly measured: Readonly<Measurement>;
}

/** @param endMs Time of the newest row, a whole second. */
export function* historyRows(
  region: FleetRegion,
  rows: number,
  endMs: number,
): Generator<HistoryRow, void, undefined> {
  const perMinute = Math.ceil(rows / MINUTES_MAX);
  const endMinute = Math.floor(endMs / MINUTE_MS);
  const faults = historyFaults(region, rows, endMs);
  const row = { host: region.memberAt(0), atMs: 0, localMs: 0, measured: blankMeasurement() };
  for (let back = rows - 1; back >= 0; back--) {
    const minutesBack = Math.floor(back / perMinute);
    const inMinute = back - minutesBack * perMinute;
    const secondsBack = minutesBack * 60 + Math.floor(inMinute * 60 / perMinute);
    row.host = region.memberAt((endMinute - minutesBack) * perMinute + perMinute - 1 - inMinute);
    row.atMs = endMs - secondsBack * 1000;
    row.localMs = region.localMs(row.atMs);
    row.measured = region.measure(row.host, row.atMs, faults);
    yield row;
  }
}

/**
 * The standing faults, and where the history is too short to be sure to hold a whole one of those,
 * a rack without cooling near its end: whoever looks at a history for the first time finds one.
 */
export function historyFaults(region: FleetRegion, rows: number, until: number): FaultSchedule {
  const from = until - Math.floor((rows - 1) / Math.ceil(rows / MINUTES_MAX)) * MINUTE_MS;
  if (until - from >= INCIDENT_SPAN_MS || holdsCooling(region.standing, from, until)) {
    return region.standing;
  }
  return merged([region.standing, fixedFaults([coolingDuring(region, from, until)])]);
}

function holdsCooling(schedule: FaultSchedule, from: number, until: number): boolean {
  const seen = new Set<Incident>();
  for (let at = from; at < until; at += HOUR_MS) schedule.at(at).forEach((one) => seen.add(one));
  schedule.at(until).forEach((one) => seen.add(one));
  return [...seen].some((one) =>
    one.kind === "cooling" && one.startMs >= from && endMs(one) <= until
  );
}
