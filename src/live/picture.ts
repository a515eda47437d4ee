/**
 * The live picture: everything the board is made of, kept up to date by deltas from the speed layer
 * and by what the store knows. No clients here, and no clock of its own.
 */
import type { Alert } from "../model/alert.ts";
import type { Board, HostNow, LiveDelta } from "../model/live_event.ts";
import type { FlaggedReadingJson } from "../model/reading.ts";
import type { LiveStatus } from "../model/status.ts";
import { LIMITS } from "../limits.ts";
import { AlertBoard } from "./alert_board.ts";
import { ArrivalRate } from "./arrival_rate.ts";
import {
  BOARD_READINGS,
  type BoardParts,
  buildBoard,
  minutes,
  type RegionParts,
  totalPower,
} from "./board.ts";
import { DistinctCount } from "./distinct_count.ts";
import { HostTable, type HostView } from "./host_table.ts";
import { NewestReadings } from "./newest_readings.ts";
import { PowerHistory } from "./power_history.ts";
import { SecondsWindow } from "./seconds_window.ts";

/** What the store knows, at start and after the batch layer loaded something. */
export interface StoredPicture {
  /** Readings stored in all, by region: replaces what was counted. */
  readonly rowsByRegion?: Readonly<Record<string, number>>;
  /** Newest values of hosts: an older one than is known changes nothing. */
  readonly hosts?: readonly HostNow[];
  readonly newest?: readonly FlaggedReadingJson[];
  /** These alerts are open, and no others. */
  readonly openAlerts?: readonly Alert[];
}

interface RegionCounts {
  rows: number;
  newestMs: number | null;
  rate: ArrivalRate | null;
}

export class Picture {
  readonly seconds = new SecondsWindow();
  readonly #regions = new Map<string, RegionCounts>();
  readonly #regionsOver = new DistinctCount();
  readonly #hosts: HostTable;
  readonly #alerts: AlertBoard;
  readonly #power = new PowerHistory();
  readonly #newest = new NewestReadings<FlaggedReadingJson>(
    BOARD_READINGS,
    (reading) => Date.parse(reading.timestamp),
  );
  readonly #sinceMonotonicMs: number;
  #version = 1;

  constructor(monotonicMs: number, hostsMax?: number) {
    this.#sinceMonotonicMs = monotonicMs;
    this.#hosts = new HostTable(
      (region, hostId) => this.#alerts.severityOf(region, hostId),
      hostsMax,
    );
    this.#alerts = new AlertBoard((region, hostId, severity) =>
      this.#hosts.setSeverity(region, hostId, severity)
    );
  }

  /** Rises with every change; time passing is none. */
  get version(): number {
    return this.#version;
  }

  get tracked(): LiveStatus {
    return {
      hosts: this.#hosts.count,
      hosts_over_limit: this.#hosts.overLimit,
      regions: this.#regions.size,
      regions_over_limit: this.#regionsOver.estimate(),
    };
  }

  apply(delta: LiveDelta, nowMs: number, monotonicMs: number): void {
    this.#version++;
    for (const { region, readings, newestMs } of delta.regions) {
      const counts = this.#region(region);
      if (counts === null) continue;
      counts.rows += readings;
      counts.newestMs = laterOf(counts.newestMs, newestMs);
      counts.rate ??= new ArrivalRate(this.#sinceMonotonicMs);
      counts.rate.add(readings, monotonicMs);
    }
    for (const second of delta.seconds) this.seconds.add(second, nowMs);
    // Delta's newest come newest first; of equal times the later arrival is to be added last.
    this.#addNewest(delta.newest);
    this.#mergeHosts(delta.hosts, nowMs);
    for (const change of delta.alerts) this.#alerts.apply(change);
    this.#notePower(nowMs);
  }

  store(stored: StoredPicture, nowMs: number): void {
    this.#version++;
    for (const [region, rows] of Object.entries(stored.rowsByRegion ?? {})) {
      const counts = this.#region(region);
      if (counts !== null) counts.rows = rows;
    }
    if (stored.openAlerts !== undefined) this.#alerts.replace(stored.openAlerts);
    this.#mergeHosts(stored.hosts ?? [], nowMs);
    for (const { region, timestamp } of stored.newest ?? []) {
      const counts = this.#region(region);
      if (counts !== null) counts.newestMs = laterOf(counts.newestMs, Date.parse(timestamp));
    }
    const shown = new Set(this.#newest.list().map((reading) => JSON.stringify(reading)));
    this.#addNewest((stored.newest ?? []).filter((each) => !shown.has(JSON.stringify(each))));
  }

  /** The seconds are the live window's own; everything else as it is at `nowMs`. */
  board(nowMs: number, monotonicMs: number): Board {
    this.#hosts.expire(nowMs);
    const regions = [...this.#regions].map(([name, counts]) =>
      this.#regionParts(name, counts, nowMs, monotonicMs)
    );
    this.#notePower(nowMs);
    const troubled = this.#alerts.worst();
    const parts: BoardParts = {
      nowMs,
      regions,
      powerBeforeWatts: this.#power.aMinuteAgo(nowMs),
      troubled,
      troubledHosts: this.#alerts.troubledHosts,
      valueNow: (alert) => this.#hosts.get(alert.region, alert.hostId)?.[alert.metric] ?? null,
      alertsOpen: this.#alerts.counts,
      newest: this.#newest.list(),
      hostsOverLimit: this.#hosts.overLimit,
    };
    return buildBoard(parts);
  }

  /** Every host that is tracked, as it is at `nowMs`. */
  hosts(nowMs: number): Iterable<HostView> {
    this.#hosts.expire(nowMs);
    return this.#hosts.all();
  }

  #regionParts(
    region: string,
    counts: RegionCounts,
    nowMs: number,
    monotonicMs: number,
  ): RegionParts {
    const { beforeMs, lastMs, endMs } = minutes(nowMs);
    return {
      region,
      hosts: this.#hosts.region(region),
      rows: counts.rows,
      rate: counts.rate?.perSecond(monotonicMs) ?? 0,
      newestMs: counts.newestMs,
      lastMinute: this.seconds.summarise(region, lastMs, endMs),
      minuteBefore: this.seconds.summarise(region, beforeMs, lastMs),
    };
  }

  #notePower(nowMs: number): void {
    const watts = [...this.#regions.keys()].map((name) => this.#hosts.region(name).powerTotalWatts);
    this.#power.note(totalPower(watts), nowMs);
  }

  #mergeHosts(hosts: readonly HostNow[], nowMs: number): void {
    this.#hosts.expire(nowMs);
    for (const host of hosts) {
      const counts = this.#region(host.region);
      if (counts === null) continue;
      counts.newestMs = laterOf(counts.newestMs, host.atMs);
      this.#hosts.merge(host, nowMs);
    }
  }

  #addNewest(newestFirst: readonly FlaggedReadingJson[]): void {
    for (let index = newestFirst.length - 1; index >= 0; index--) {
      this.#newest.add(newestFirst[index]!);
    }
  }

  /** Null beyond LIMITS.regionsMax: further regions are in the store only, and counted. */
  #region(name: string): RegionCounts | null {
    const known = this.#regions.get(name);
    if (known !== undefined) return known;
    if (this.#regions.size >= LIMITS.regionsMax) {
      this.#regionsOver.add(name);
      return null;
    }
    const counts: RegionCounts = { rows: 0, newestMs: null, rate: null };
    this.#regions.set(name, counts);
    return counts;
  }
}

function laterOf(a: number | null, b: number | null): number | null {
  return a === null || (b !== null && b > a) ? b : a;
}
