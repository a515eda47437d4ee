/**
 * The board out of its parts: a pure function, so that every rule of what it shows stands here and
 * is tested without threads or time. What was not measured is null, never 0.
 *
 * All windows are by reading time against the server's clock: "the last minute" is the second under
 * way, the 59 before it, and what clocks slightly ahead of ours have sent; "the minute before" is
 * the 60 seconds before those.
 */
import type { Alert } from "../model/alert.ts";
import type { Board, HostTrouble, KeyFigure, RegionNow } from "../model/live_event.ts";
import { sensorOfRule } from "../model/sensor.ts";
import { type FlaggedReadingJson, type Metric, METRICS } from "../model/reading.ts";
import type { MetricSummary } from "../model/rollup.ts";
import { Summary } from "../model/summary.ts";
import { LIMITS } from "../limits.ts";
import type { RegionHosts } from "./host_table.ts";
import type { MetricSummaries } from "./seconds_window.ts";

export const MINUTE_MS = 60_000;
export const BOARD_READINGS = 15;

export interface RegionParts {
  readonly region: string;
  readonly hosts: RegionHosts;
  readonly rows: number;
  readonly rate: number;
  readonly newestMs: number | null;
  readonly lastMinute: MetricSummaries;
  readonly minuteBefore: MetricSummaries;
}

export interface BoardParts {
  readonly nowMs: number;
  readonly regions: readonly RegionParts[];
  /** Total power a minute ago; null where it is not known. */
  readonly powerBeforeWatts: number | null;
  readonly troubled: readonly Alert[];
  readonly troubledHosts: number;
  /** The value an alert's host has now; null where the host is not tracked. */
  readonly valueNow: (alert: Alert) => number | null;
  readonly alertsOpen: Board["alertsOpen"];
  readonly newest: readonly FlaggedReadingJson[];
  readonly hostsOverLimit: number;
}

/** Where the two minutes begin and end, epoch ms: start of the minute before, of the last, its end. */
export function minutes(nowMs: number): { beforeMs: number; lastMs: number; endMs: number } {
  const lastMs = Math.floor(nowMs / 1000) * 1000 - MINUTE_MS + 1000;
  return { beforeMs: lastMs - MINUTE_MS, lastMs, endMs: nowMs + LIMITS.futureAfterMs };
}

export function buildBoard(parts: BoardParts): Board {
  const regions = parts.regions.map(regionNow).sort((a, b) => a.region < b.region ? -1 : 1);
  const power = totalPower(regions.map((each) => each.powerTotalWatts));
  return {
    serverMs: parts.nowMs,
    headMs: parts.regions.reduce<number | null>(
      (head, { newestMs }) => later(head, newestMs),
      null,
    ),
    regions,
    figures: {
      temp_c: meanFigure("temp_c", parts.regions),
      cpu_load: meanFigure("cpu_load", parts.regions),
      power_watts: { value: power, change: difference(power, parts.powerBeforeWatts) },
    },
    troubles: parts.troubled.map((alert) => trouble(alert, parts.valueNow(alert))),
    troublesOmitted: parts.troubledHosts - parts.troubled.length,
    alertsOpen: parts.alertsOpen,
    newest: parts.newest,
    hostsOverLimit: parts.hostsOverLimit,
  };
}

/** Null where nobody measures it, so that it is never taken for a fleet that draws nothing. */
export function totalPower(watts: readonly (number | null)[]): number | null {
  const known = watts.filter((each) => each !== null);
  return known.length === 0 ? null : toThousandths(known.reduce((sum, each) => sum + each, 0));
}

function regionNow(parts: RegionParts): RegionNow {
  const metrics: Record<Metric, { mean: number; min: number; max: number } | null> = {
    temp_c: null,
    cpu_load: null,
    voltage: null,
    power_watts: null,
  };
  for (const metric of METRICS) {
    const summary = parts.lastMinute[metric];
    if (summary === null) continue;
    metrics[metric] = { mean: meanOf(summary), min: summary.min, max: summary.max };
  }
  return {
    region: parts.region,
    hosts: parts.hosts.count,
    states: parts.hosts.states,
    rows: parts.rows,
    rate: parts.rate,
    newestMs: parts.newestMs,
    metrics,
    powerTotalWatts: parts.hosts.powerTotalWatts,
  };
}

/** The mean over all regions' readings, each reading counting once. */
function meanFigure(metric: Metric, regions: readonly RegionParts[]): KeyFigure {
  const now = new Summary();
  const before = new Summary();
  for (const region of regions) {
    const last = region.lastMinute[metric];
    const earlier = region.minuteBefore[metric];
    if (last !== null) now.merge(last);
    if (earlier !== null) before.merge(earlier);
  }
  const value = now.count === 0 ? null : meanOf(now);
  return { value, change: difference(value, before.count === 0 ? null : meanOf(before)) };
}

function trouble(alert: Alert, valueNow: number | null): HostTrouble {
  const sensor = sensorOfRule(alert.rule);
  return {
    host_id: alert.hostId,
    region: alert.region,
    severity: alert.severity,
    metric: alert.metric,
    // The host's newest value is not one sensor's.
    value: sensor === null ? valueNow ?? alert.value : alert.value,
    limit: alert.limit,
    sinceMs: alert.openedAtMs,
    ...(sensor === null ? {} : { sensor }),
  };
}

/** To a millionth of the unit: the sum's own resolution, and no digits of noise on the wire. */
function meanOf(summary: MetricSummary): number {
  return Math.round(summary.sumMicro / summary.count) / 1e6;
}

function difference(now: number | null, before: number | null): number | null {
  return now === null || before === null ? null : Math.round((now - before) * 1e6) / 1e6 + 0;
}

function toThousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function later(a: number | null, b: number | null): number | null {
  return a === null || (b !== null && b > a) ? b : a;
}
