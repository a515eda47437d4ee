/**
 * The speed layer's fold: readings in, one `LiveDelta` a fold interval out. Runs for every archived
 * reading, so it keeps to numbers and Maps. Everything in it is bounded; what does not fit into one
 * delta (hosts, changed alerts) waits for the next, newest state first come first served.
 *
 * A FLAG_FUTURE reading counts as a row and shows nowhere else. A reading outside the live window
 * counts and updates its host, but no second: charts of the past are the store's.
 */
import type { AlertChange } from "../model/alert.ts";
import type { HostNow, LiveDelta, RegionSecond } from "../model/live_event.ts";
import { FLAG_FUTURE, flaggedJson, type Reading, readingToJson } from "../model/reading.ts";
import { LIMITS } from "../limits.ts";
import { AlertBacklog } from "./alert_backlog.ts";
import { LatestMetrics } from "./latest_metrics.ts";
import { NewestReadings } from "./newest_readings.ts";
import { SecondBucket } from "./second_bucket.ts";

interface RegionFold {
  readonly name: string;
  readings: number;
  newestMs: number;
  readonly seconds: Map<number, SecondBucket>;
  lastSecond: SecondBucket | null;
  readonly hosts: Map<string, LatestMetrics>;
}

interface KnownHost {
  readonly region: RegionFold;
  readonly host: LatestMetrics;
}

export class LiveFold {
  #regions = new Map<string, RegionFold>();
  #last: RegionFold | null = null;
  /** The hosts of this delta once more, with their regions, by the number of their readings. */
  #bySeries: KnownHost[] = [];
  #readings = 0;
  #hostCount = 0;
  #hostsRefused = 0;
  #secondCount = 0;
  readonly #newest = new NewestReadings<Reading>(LIMITS.liveReadingsMax, (each) => each.atMs);
  readonly #alerts = new AlertBacklog();
  #windowFromMs = 0;
  #windowToMs = 0;

  /** `nowMs`: wall clock, epoch ms, until the first `take` says a later one. */
  constructor(nowMs: number) {
    this.#moveWindow(nowMs);
  }

  add(reading: Reading): void {
    const { atMs, series } = reading;
    const known = series === undefined ? undefined : this.#bySeries[series];
    const region = known?.region ?? this.#region(reading.region);
    this.#readings++;
    region.readings++;
    if ((reading.flags & FLAG_FUTURE) !== 0) return;
    if (atMs > region.newestMs) region.newestMs = atMs;
    if (atMs >= this.#windowFromMs && atMs < this.#windowToMs) this.#addSecond(region, reading);
    this.#newest.add(reading);
    if (known !== undefined) return known.host.merge(reading);
    const host = region.hosts.get(reading.host_id) ?? this.#addHost(region, reading);
    if (host === null) return;
    host.merge(reading);
    if (series !== undefined) this.#bySeries[series] = { region, host };
  }

  addAlerts(changes: readonly AlertChange[]): void {
    for (const change of changes) this.#alerts.add(change);
  }

  /** Everything since the last take; null when nothing happened. `nowMs`: wall clock, epoch ms. */
  take(nowMs: number): LiveDelta | null {
    this.#moveWindow(nowMs);
    if (this.#readings === 0 && this.#hostCount === 0 && this.#alerts.size === 0) return null;
    const seconds: RegionSecond[] = [];
    const regions: LiveDelta["regions"][number][] = [];
    for (const { name, readings, newestMs, seconds: own } of this.#regions.values()) {
      for (const second of own.values()) seconds.push(second);
      if (readings === 0) continue;
      regions.push({ region: name, readings, newestMs: newestMs === -Infinity ? null : newestMs });
    }
    const hosts = this.#takeHosts();
    const delta: LiveDelta = {
      atMs: nowMs,
      readings: this.#readings,
      regions,
      seconds,
      hosts,
      hostsOmitted: this.#hostCount + this.#hostsRefused,
      newest: this.#newest.list().map((each) => flaggedJson(readingToJson(each), each.flags)),
      alerts: this.#alerts.take(LIMITS.liveAlertsPerDeltaMax),
    };
    this.#clear();
    return delta;
  }

  #addSecond(region: RegionFold, reading: Reading): void {
    const last = region.lastSecond;
    const since = last === null ? -1 : reading.atMs - last.atMs;
    if (since >= 0 && since < 1000) return last!.add(reading);
    const atMs = reading.atMs - reading.atMs % 1000;
    let second = region.seconds.get(atMs);
    if (second === undefined) {
      if (this.#secondCount >= LIMITS.liveSecondsPerDeltaMax) return;
      this.#secondCount++;
      second = new SecondBucket(region.name, atMs);
      region.seconds.set(atMs, second);
    }
    region.lastSecond = second;
    second.add(reading);
  }

  /** Null where there is no room. */
  #addHost(region: RegionFold, reading: Reading): LatestMetrics | null {
    if (this.#hostCount >= LIMITS.hostsMax) {
      this.#hostsRefused++;
      return null;
    }
    this.#hostCount++;
    const host = new LatestMetrics(region.name, reading.host_id);
    region.hosts.set(reading.host_id, host);
    return host;
  }

  #takeHosts(): HostNow[] {
    this.#bySeries = [];
    const hosts: HostNow[] = [];
    for (const region of this.#regions.values()) {
      for (const [hostId, host] of region.hosts) {
        if (hosts.length >= LIMITS.liveHostsPerDeltaMax) return hosts;
        hosts.push(host.toHostNow());
        region.hosts.delete(hostId);
        this.#hostCount--;
      }
    }
    return hosts;
  }

  /** Starts anew. Regions that still have hosts waiting take turns at the front: none starves. */
  #clear(): void {
    const waiting = [...this.#regions.values()].filter((region) => region.hosts.size > 0);
    if (waiting.length > 1) waiting.push(waiting.shift()!);
    this.#regions = new Map();
    for (const { name, hosts } of waiting) this.#regions.set(name, freshRegion(name, hosts));
    this.#last = null;
    this.#readings = 0;
    this.#hostsRefused = 0;
    this.#secondCount = 0;
    this.#newest.clear();
  }

  #region(name: string): RegionFold {
    if (this.#last !== null && this.#last.name === name) return this.#last;
    let region = this.#regions.get(name);
    if (region === undefined) {
      region = freshRegion(name, new Map());
      this.#regions.set(name, region);
    }
    this.#last = region;
    return region;
  }

  #moveWindow(nowMs: number): void {
    this.#windowFromMs = nowMs - LIMITS.liveWindowMs;
    this.#windowToMs = nowMs + LIMITS.futureAfterMs;
  }
}

function freshRegion(name: string, hosts: Map<string, LatestMetrics>): RegionFold {
  return { name, readings: 0, newestMs: -Infinity, seconds: new Map(), lastSecond: null, hosts };
}
