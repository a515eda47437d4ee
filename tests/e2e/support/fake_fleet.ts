/**
 * A seeded fleet in memory that speaks the page's types: boards, seconds, alerts, status, history.
 * Time is an argument, so a test knows to the digit what the page has to show.
 */
import type { Alert } from "../../../src/model/alert.ts";
import type { Board, HostTrouble, RegionNow, RegionSecond } from "../../../src/model/live_event.ts";
import { isoUtc } from "../../../src/model/iso_time.ts";
import { type Metric, METRICS, type ReadingJson } from "../../../src/model/reading.ts";
import type { MetricSummary } from "../../../src/model/rollup.ts";
import type { HistorySeries } from "../../../src/browser/chart_columns.ts";
import type { Histogram } from "../../../src/browser/page_state.ts";
import { seededRandom } from "../../../src/runtime/random.ts";

export interface FleetOptions {
  readonly regions: readonly string[];
  readonly hostsPerRegion: number;
  /** Readings a second and region. */
  readonly pace: number;
  readonly seed: number;
}

export const DEFAULT_FLEET: FleetOptions = {
  regions: ["India", "USA", "Germany"],
  hostsPerRegion: 20,
  pace: 3,
  seed: 1,
};

export class FakeFleet {
  readonly options: FleetOptions;
  /** Readings so far by region, history included. */
  readonly rows = new Map<string, number>();
  newest: ReadingJson[] = [];
  troubles: HostTrouble[] = [];
  alerts: Alert[] = [];
  stalePerRegion = 0;
  headMs: number | null = null;
  #random;

  constructor(options: Partial<FleetOptions> = {}) {
    this.options = { ...DEFAULT_FLEET, ...options };
    this.#random = seededRandom(this.options.seed);
    for (const region of this.options.regions) this.rows.set(region, 10_000);
  }

  /** The metric's mean of a region at a moment: a smooth curve, different for each region. */
  value(region: string, metric: Metric, atMs: number): number | null {
    const index = this.options.regions.indexOf(region);
    const wave = Math.sin(atMs / 47_000 + index * 2) + 0.6 * Math.sin(atMs / 3_600_000 + index);
    if (metric === "temp_c") return 55 + 6 * index + 4 * wave;
    if (metric === "cpu_load") return 38 + 11 * index + 9 * wave;
    if (metric === "voltage") return index === 1 ? 12 + 0.05 * wave : null;
    return index === 2 ? 820 + 120 * wave : null;
  }

  /** What came in one second: counted into the board, and as the second that a frame carries. */
  second(atMs: number): RegionSecond[] {
    const start = Math.floor(atMs / 1000) * 1000;
    this.headMs = start;
    return this.options.regions.map((region) => {
      const readings = Array.from(
        { length: this.options.pace },
        () => this.#reading(region, start),
      );
      this.rows.set(region, (this.rows.get(region) ?? 0) + readings.length);
      this.newest = [...readings.toReversed(), ...this.newest].slice(0, 15);
      return {
        region,
        atMs: start,
        readings: readings.length,
        metrics: Object.fromEntries(
          METRICS.map((metric) => [metric, summary(readings.map((each) => each[metric]))]),
        ) as Record<Metric, MetricSummary | null>,
      };
    });
  }

  #reading(region: string, atMs: number): ReadingJson {
    const host = Math.floor(this.#random.next() * this.options.hostsPerRegion);
    const measure = (metric: Metric, spread: number, digits: number) => {
      const mean = this.value(region, metric, atMs);
      const value = mean === null ? null : mean + (this.#random.next() - 0.5) * spread;
      return value === null ? null : Number(value.toFixed(digits));
    };
    return {
      host_id: `${region.slice(0, 3).toUpperCase()}-SRV-${host}`,
      region,
      timestamp: isoUtc(atMs),
      temp_c: measure("temp_c", 12, 0),
      cpu_load: measure("cpu_load", 24, 0),
      voltage: measure("voltage", 0.1, 2),
      power_watts: measure("power_watts", 200, 0),
    };
  }

  board(serverMs: number): Board {
    const regions = this.options.regions.map((region) => this.#regionNow(region, serverMs));
    const mean = (metric: Metric) => {
      const values = this.options.regions.map((region) => this.value(region, metric, serverMs))
        .filter((value) => value !== null);
      return values.length === 0
        ? null
        : values.reduce((sum, each) => sum + each, 0) / values.length;
    };
    const powers = regions.map((region) => region.powerTotalWatts ?? 0);
    const live = this.headMs !== null;
    return {
      serverMs,
      headMs: this.headMs,
      regions: live ? regions : [],
      figures: {
        temp_c: live ? { value: mean("temp_c"), change: 0.42 } : NOTHING,
        cpu_load: live ? { value: mean("cpu_load"), change: -1.24 } : NOTHING,
        power_watts: live ? { value: powers.reduce((a, b) => a + b, 0), change: 12 } : NOTHING,
      },
      troubles: this.troubles,
      troublesOmitted: 0,
      alertsOpen: {
        warning: this.#open("warning"),
        critical: this.#open("critical"),
      },
      newest: this.newest,
      hostsOverLimit: 0,
    };
  }

  #open(severity: Alert["severity"]): number {
    return this.alerts.filter((each) => each.closedAtMs === null && each.severity === severity)
      .length;
  }

  #regionNow(region: string, serverMs: number): RegionNow {
    const { hostsPerRegion, pace } = this.options;
    const troubled = this.troubles.filter((each) => each.region === region);
    const critical = troubled.filter((each) => each.severity === "critical").length;
    const warning = troubled.length - critical;
    const power = this.value(region, "power_watts", serverMs);
    return {
      region,
      hosts: hostsPerRegion,
      states: {
        ok: hostsPerRegion - troubled.length - this.stalePerRegion,
        warning,
        critical,
        stale: this.stalePerRegion,
      },
      rows: this.rows.get(region) ?? 0,
      rate: pace,
      newestMs: this.headMs,
      metrics: Object.fromEntries(METRICS.map((metric) => {
        const mean = this.value(region, metric, serverMs);
        return [metric, mean === null ? null : { mean, min: mean - 6, max: mean + 6 }];
      })) as RegionNow["metrics"],
      powerTotalWatts: power === null ? null : power * hostsPerRegion,
    };
  }

  /** As `/api/hosts` lists them. */
  silentHosts(nowMs: number) {
    return this.options.regions.flatMap((region) =>
      Array.from({ length: this.stalePerRegion }, (_, host) => ({
        host_id: `${region.slice(0, 3).toUpperCase()}-SRV-${host}`,
        region,
        state: "stale",
        timestamp: isoUtc(nowMs - 240_000 * (host + 1)),
      }))
    );
  }

  /** A host passes a limit; gives the alert that opens. */
  trouble(region: string, hostId: string, severity: Alert["severity"], sinceMs: number): Alert {
    const limit = severity === "critical" ? 90 : 80;
    const value = limit + 3.4;
    this.troubles = [
      { host_id: hostId, region, severity, metric: "temp_c" as const, value, limit, sinceMs },
      ...this.troubles,
    ].sort((a, b) => Number(b.severity === "critical") - Number(a.severity === "critical"));
    const alert: Alert = {
      id: `temperature/${region}/${hostId}/${sinceMs}`,
      rule: "temperature",
      metric: "temp_c",
      hostId,
      region,
      severity,
      peakSeverity: severity,
      value,
      peakValue: value,
      limit,
      openedAtMs: sinceMs,
      updatedAtMs: sinceMs,
      closedAtMs: null,
      closedBy: null,
      acknowledgedAtMs: null,
      acknowledgedNote: null,
    };
    this.alerts = [alert, ...this.alerts];
    return alert;
  }

  /** The host cools down; gives the alert as it closes. */
  recover(hostId: string, atMs: number): Alert | undefined {
    this.troubles = this.troubles.filter((each) => each.host_id !== hostId);
    this.alerts = this.alerts.map((each) =>
      each.hostId === hostId && each.closedAtMs === null
        ? { ...each, closedAtMs: atMs, closedBy: "cleared" as const }
        : each
    );
    return this.alerts.find((each) => each.hostId === hostId);
  }

  series(
    region: string,
    metric: Metric,
    fromMs: number,
    toMs: number,
    stepMs: number,
  ): HistorySeries {
    const t: number[] = [], mean: (number | null)[] = [], count: number[] = [];
    for (let at = Math.floor(fromMs / stepMs) * stepMs; at < toMs; at += stepMs) {
      t.push(at);
      mean.push(this.value(region, metric, at));
      count.push(Math.ceil(stepMs / 1000) * this.options.pace);
    }
    const off = (by: number) => mean.map((value) => value === null ? null : value + by);
    return { region, stepMs, t, mean, min: off(-6), max: off(6), count };
  }

  histogram(): Histogram {
    const edges = Array.from({ length: 21 }, (_, edge) => 35 + 3 * edge);
    const counts = Object.fromEntries(this.options.regions.map((region, index) => [
      region,
      edges.slice(0, -1).map((edge) =>
        Math.round(900 * Math.exp(-(((edge - 55 - 6 * index) / 8) ** 2))) +
        (edge > 86 && index === 2 ? 14 : 0)
      ),
    ]));
    const toMs = this.headMs ?? 0;
    return { window: { fromMs: toMs - 300_000, toMs }, edges, counts };
  }
}

const NOTHING = { value: null, change: null };

function summary(values: readonly (number | null)[]): MetricSummary | null {
  const measured = values.filter((value) => value !== null);
  if (measured.length === 0) return null;
  return {
    count: measured.length,
    sumMicro: measured.reduce((sum, value) => sum + Math.floor(value * 1e6 + 0.5), 0),
    min: Math.min(...measured),
    max: Math.max(...measured),
  };
}
