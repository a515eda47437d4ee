/** Small pieces of data that the tests of the page's model share. */
import type { RegionSecond } from "../../src/model/live_event.ts";
import type { Metric } from "../../src/model/reading.ts";
import type { MetricSummary } from "../../src/model/rollup.ts";
import type { PageState } from "../../src/browser/page_state.ts";
import { FakeFleet } from "../e2e/support/fake_fleet.ts";
import { fakeStatus } from "../e2e/support/fake_status.ts";

export const NOW_MS = Date.UTC(2025, 10, 21, 2, 42, 56);

export function summaryOf(values: readonly number[]): MetricSummary | null {
  if (values.length === 0) return null;
  return {
    count: values.length,
    sumMicro: values.reduce((sum, value) => sum + Math.floor(value * 1e6 + 0.5), 0),
    min: Math.min(...values),
    max: Math.max(...values),
  };
}

/** A second with CPU loads only. */
export function cpuSecond(region: string, atMs: number, values: readonly number[]): RegionSecond {
  const metrics: Record<Metric, MetricSummary | null> = {
    temp_c: null,
    cpu_load: summaryOf(values),
    voltage: null,
    power_watts: null,
  };
  return { region, atMs, readings: values.length, metrics };
}

export function pageState(fleet = liveFleet(), change: Partial<PageState> = {}): PageState {
  return {
    board: fleet.board(NOW_MS),
    status: fakeStatus(NOW_MS),
    search: "",
    past: null,
    series: fleet.options.regions.map((region) =>
      fleet.series(region, "cpu_load", NOW_MS - 300_000, NOW_MS, 10_000)
    ),
    histogram: fleet.histogram(),
    alerts: fleet.alerts,
    ...change,
  };
}

export function liveFleet(): FakeFleet {
  const fleet = new FakeFleet();
  fleet.second(NOW_MS);
  return fleet;
}
