/**
 * What goes from the speed layer to the hub (`LiveDelta`, one a fold interval) and from the hub to
 * browsers (`LiveEvent`, as Server-Sent Events). Written in `live/`, read in `browser/`.
 */
import type { AlertChange, Severity } from "./alert.ts";
import type { FlaggedReadingJson, Metric } from "./reading.ts";
import type { MetricSummary } from "./rollup.ts";
import type { Status } from "./status.ts";

/** One second of one region, by reading time. */
export interface RegionSecond {
  readonly region: string;
  /** Start of the second, epoch ms. */
  readonly atMs: number;
  readonly readings: number;
  readonly metrics: Readonly<Record<Metric, MetricSummary | null>>;
}

/** Newest reading of a host, with metrics merged: null leaves the value before. */
export interface HostNow {
  readonly host_id: string;
  readonly region: string;
  readonly atMs: number;
  readonly temp_c: number | null;
  readonly cpu_load: number | null;
  readonly voltage: number | null;
  readonly power_watts: number | null;
}

/** What one region got since the last delta. */
export interface RegionArrivals {
  readonly region: string;
  /** All readings, those from the future and those too old for `seconds` too. */
  readonly readings: number;
  /** Time of the newest that is not from the future; null where there is none. */
  readonly newestMs: number | null;
}

/** What the speed layer archived since the last delta, folded. Bounded by LIMITS. */
export interface LiveDelta {
  /** Wall clock of the fold, epoch ms. */
  readonly atMs: number;
  readonly readings: number;
  readonly regions: readonly RegionArrivals[];
  /** What these readings add to each second; a later delta may add to the same second again. */
  readonly seconds: readonly RegionSecond[];
  /** Hosts with a newer reading than before; at most LIMITS.liveHostsPerDeltaMax. */
  readonly hosts: readonly HostNow[];
  /** Hosts not in `hosts` because of that limit; they come with the next deltas. */
  readonly hostsOmitted: number;
  /** The newest readings, newest first; at most LIMITS.liveReadingsMax. */
  readonly newest: readonly FlaggedReadingJson[];
  /** At most LIMITS.liveAlertsPerDeltaMax, one an alert; further ones come with the next deltas. */
  readonly alerts: readonly AlertChange[];
}

export type HostState = "ok" | "warning" | "critical" | "stale";

export interface RegionNow {
  readonly region: string;
  readonly hosts: number;
  /** Hosts by state; sums to `hosts`. */
  readonly states: Readonly<Record<HostState, number>>;
  /** Readings stored so far, all layers. */
  readonly rows: number;
  /** Live readings a second, over the last 10 s. */
  readonly rate: number;
  readonly newestMs: number | null;
  /** Over the last minute; null where nothing was measured. */
  readonly metrics: Readonly<Record<Metric, { mean: number; min: number; max: number } | null>>;
  /** Sum of the newest power of the hosts that are not stale; null where none measures it. */
  readonly powerTotalWatts: number | null;
}

/** A host that is in trouble, as the banner lists it. */
export interface HostTrouble {
  readonly host_id: string;
  readonly region: string;
  readonly severity: Severity;
  readonly metric: Metric;
  readonly value: number;
  readonly limit: number;
  readonly sinceMs: number;
  /** Whose value and limit they are, where not the host's metric itself. */
  readonly sensor?: string;
}

/** A key figure over all regions: the last minute, and its difference to the minute before. */
export interface KeyFigure {
  readonly value: number | null;
  readonly change: number | null;
}

export interface Board {
  readonly serverMs: number;
  /** Time of the newest reading that is not in the future; null before the first. */
  readonly headMs: number | null;
  readonly regions: readonly RegionNow[];
  readonly figures: {
    readonly temp_c: KeyFigure;
    readonly cpu_load: KeyFigure;
    readonly power_watts: KeyFigure;
  };
  /** The worst first; at most LIMITS.troubledHostsMax, the rest counted. */
  readonly troubles: readonly HostTrouble[];
  readonly troublesOmitted: number;
  readonly alertsOpen: Readonly<Record<Severity, number>>;
  /** Newest first, at most 15. */
  readonly newest: readonly FlaggedReadingJson[];
  /** Hosts not tracked because LIMITS.hostsMax was reached. */
  readonly hostsOverLimit: number;
}

/** What the client draws: columns by region. `seconds` are whole buckets, each replacing its own. */
export interface Frame {
  readonly board: Board;
  /** Seconds that changed since the client's frame before (a snapshot: the last 5 minutes). */
  readonly seconds: readonly RegionSecond[];
}

/** An SSE event; ids are numbers that rise from event to event and never repeat. */
export type LiveEvent =
  | { readonly type: "snapshot"; readonly data: Frame & { readonly status: Status } }
  | { readonly type: "frame"; readonly data: Frame }
  | { readonly type: "alert"; readonly data: AlertChange }
  | { readonly type: "status"; readonly data: Status };
