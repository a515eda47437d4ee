/**
 * Every host's newest values and state, with sums by region that are kept as hosts change, so that
 * a board costs nothing a host. A host grows stale without any event: hosts wait in buckets by the
 * second in which that may be, and only a due bucket is looked through.
 */
import type { Severity } from "../model/alert.ts";
import type { HostNow, HostState } from "../model/live_event.ts";
import type { Metric } from "../model/reading.ts";
import { LIMITS } from "../limits.ts";
import { DistinctCount } from "./distinct_count.ts";
import { LatestMetrics } from "./latest_metrics.ts";

class Host extends LatestMetrics {
  fresh = false;
  severity: Severity | null = null;

  get state(): HostState {
    return this.fresh ? this.severity ?? "ok" : "stale";
  }
}

/** A host as the table knows it; of no use once the table has changed. */
export type HostView = Readonly<Pick<Host, Metric | "region" | "hostId" | "atMs" | "state">>;

export interface RegionHosts {
  readonly count: number;
  readonly states: Readonly<Record<HostState, number>>;
  /** Sum of the newest power of fresh hosts; null where none of them measures it. */
  readonly powerTotalWatts: number | null;
}

class Region {
  readonly hosts = new Map<string, Host>();
  readonly states: Record<HostState, number> = { ok: 0, warning: 0, critical: 0, stale: 0 };
  /** In whole milliwatts: added and taken away a million times, it does not drift. */
  powerMilliwatts = 0;
  powerHosts = 0;

  /** Adds what the host contributes (sign 1) or takes it away (sign -1). */
  count(host: Host, sign: 1 | -1): void {
    this.states[host.state] += sign;
    if (!host.fresh || host.power_watts === null) return;
    this.powerMilliwatts += sign * Math.round(host.power_watts * 1000);
    this.powerHosts += sign;
  }
}

export class HostTable {
  readonly #hostsMax: number;
  readonly #regions = new Map<string, Region>();
  readonly #overLimit = new DistinctCount();
  readonly #severityOf: (region: string, hostId: string) => Severity | null;
  readonly #due = new Map<number, Host[]>();
  #doneSecond = -Infinity;
  #count = 0;

  /** `severityOf`: what a host that appears is to begin with: its alert may have come first. */
  constructor(
    severityOf: (region: string, hostId: string) => Severity | null,
    hostsMax: number = LIMITS.hostsMax,
  ) {
    this.#severityOf = severityOf;
    this.#hostsMax = hostsMax;
  }

  get count(): number {
    return this.#count;
  }

  /** Distinct hosts not tracked because of the limit; an estimate, see distinct_count.ts. */
  get overLimit(): number {
    return this.#overLimit.estimate();
  }

  get(region: string, hostId: string): HostView | null {
    return this.#regions.get(region)?.hosts.get(hostId) ?? null;
  }

  /** Sums of a region, all zero where it has no hosts. Call `expire` before. */
  region(name: string): RegionHosts {
    const region = this.#regions.get(name);
    if (region === undefined) return { count: 0, states: NO_STATES, powerTotalWatts: null };
    return {
      count: region.hosts.size,
      states: { ...region.states },
      powerTotalWatts: region.powerHosts === 0 ? null : region.powerMilliwatts / 1000,
    };
  }

  /** Region by region. Call `expire` before. */
  *all(): Generator<HostView> {
    for (const region of this.#regions.values()) yield* region.hosts.values();
  }

  names(): IterableIterator<string> {
    return this.#regions.keys();
  }

  merge(now: HostNow, nowMs: number): void {
    const region = this.#region(now.region);
    let host = region?.hosts.get(now.host_id);
    if (region === null) return;
    if (host === undefined) {
      if (this.#count >= this.#hostsMax) return this.#overLimit.add(`${now.region}/${now.host_id}`);
      host = new Host(now.region, now.host_id);
      host.severity = this.#severityOf(now.region, now.host_id);
      region.hosts.set(now.host_id, host);
      this.#count++;
    } else {
      region.count(host, -1);
    }
    const wasFresh = host.fresh;
    host.merge(now);
    // Only `expire` makes it stale: until then it waits in a bucket, and is not to wait in two.
    host.fresh = wasFresh || nowMs - host.atMs <= LIMITS.staleAfterMs;
    region.count(host, 1);
    if (host.fresh && !wasFresh) this.#wait(host);
  }

  setSeverity(regionName: string, hostId: string, severity: Severity | null): void {
    const region = this.#regions.get(regionName);
    const host = region?.hosts.get(hostId);
    if (region === undefined || host === undefined) return;
    region.count(host, -1);
    host.severity = severity;
    region.count(host, 1);
  }

  /** Marks as stale what has become so. */
  expire(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    if (second <= this.#doneSecond) return;
    this.#doneSecond = second;
    const due = [...this.#due.keys()].filter((each) => each <= second);
    for (const bucket of due) {
      const hosts = this.#due.get(bucket)!;
      this.#due.delete(bucket);
      for (const host of hosts) this.#expireHost(host, nowMs);
    }
  }

  #expireHost(host: Host, nowMs: number): void {
    if (!host.fresh) return;
    if (nowMs - host.atMs <= LIMITS.staleAfterMs) return this.#wait(host);
    const region = this.#regions.get(host.region)!;
    region.count(host, -1);
    host.fresh = false;
    region.count(host, 1);
  }

  #wait(host: Host): void {
    // The first second in which it is certainly stale; a clock set back leaves none behind.
    const second = Math.max(
      Math.floor((host.atMs + LIMITS.staleAfterMs) / 1000) + 1,
      this.#doneSecond + 1,
    );
    const bucket = this.#due.get(second);
    if (bucket === undefined) this.#due.set(second, [host]);
    else bucket.push(host);
  }

  #region(name: string): Region | null {
    const known = this.#regions.get(name);
    if (known !== undefined) return known;
    if (this.#regions.size >= LIMITS.regionsMax) return null;
    const region = new Region();
    this.#regions.set(name, region);
    return region;
  }
}

const NO_STATES: Readonly<Record<HostState, number>> = {
  ok: 0,
  warning: 0,
  critical: 0,
  stale: 0,
};
