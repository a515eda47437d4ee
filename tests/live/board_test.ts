import { expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { LiveFold } from "../../src/live/fold.ts";
import { Hub } from "../../src/live/hub.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { FLAG_FUTURE, type Reading, readingToJson } from "../../src/model/reading.ts";
import { ManualClock } from "./manual_clock.ts";
import { alert, delta, hostNow, reading, START_MS } from "./make.ts";

function newHub(hostsMax?: number) {
  const clock = new ManualClock(START_MS);
  const hub = new Hub({ clock, log: SILENT_LOG, ...(hostsMax === undefined ? {} : { hostsMax }) });
  const feed = (...readings: readonly Partial<Reading>[]) => {
    const fold = new LiveFold(clock.nowMs());
    for (const each of readings) fold.add(reading({ atMs: clock.nowMs(), ...each }));
    hub.apply(fold.take(clock.nowMs())!);
  };
  return { clock, hub, feed };
}

test("an empty hub has an empty board, with nulls and not zeros", () => {
  expect(newHub().hub.board()).toEqual({
    serverMs: START_MS,
    headMs: null,
    regions: [],
    figures: {
      temp_c: { value: null, change: null },
      cpu_load: { value: null, change: null },
      power_watts: { value: null, change: null },
    },
    troubles: [],
    troublesOmitted: 0,
    alertsOpen: { warning: 0, critical: 0 },
    newest: [],
    hostsOverLimit: 0,
  });
});

test("history alone gives rows, hosts that are stale, and nulls for the last minute", () => {
  const { hub } = newHub();
  const lastMs = START_MS - 3_600_000;
  const newest = [readingToJson(reading({ atMs: lastMs, temp_c: 40 }))];
  hub.seed({
    rowsByRegion: { India: 10_000 },
    hosts: [hostNow({ atMs: lastMs, temp_c: 40, power_watts: 300 })],
    newest,
    openAlerts: [],
  });
  const board = hub.board();
  expect(board.headMs).toBe(lastMs);
  expect(board.newest).toEqual(newest);
  expect(board.figures.power_watts).toEqual({ value: null, change: null });
  expect(board.regions).toEqual([{
    region: "India",
    hosts: 1,
    states: { ok: 0, warning: 0, critical: 0, stale: 1 },
    rows: 10_000,
    rate: 0,
    newestMs: lastMs,
    metrics: { temp_c: null, cpu_load: null, voltage: null, power_watts: null },
    powerTotalWatts: null,
  }]);
});

test("key figures are the last minute's mean over all regions, and its change to the one before", () => {
  const { clock, hub, feed } = newHub();
  feed({ temp_c: 20, power_watts: 100 }, { region: "USA", temp_c: 40, power_watts: 50 });
  clock.advance(60_000);
  feed({ temp_c: 31, power_watts: 120 }, { region: "USA", temp_c: 32, power_watts: 20.5 }, {
    temp_c: 31.5,
  });
  expect(hub.board().figures).toEqual({
    temp_c: { value: 31.5, change: 1.5 },
    cpu_load: { value: null, change: null },
    power_watts: { value: 140.5, change: -9.5 },
  });
});

test("the last minute is the second under way and the 59 before it", () => {
  const { clock, hub, feed } = newHub();
  feed({ temp_c: 20 });
  clock.advance(59_999);
  expect(hub.board().regions[0]!.metrics.temp_c).toEqual({ mean: 20, min: 20, max: 20 });
  clock.advance(1);
  expect(hub.board().regions[0]!.metrics.temp_c).toBeNull();
});

test("means are exact to a millionth of the unit", () => {
  const { hub, feed } = newHub();
  feed({ temp_c: 0.1 }, { temp_c: 0.2 }, { temp_c: 0.2 });
  expect(hub.board().regions[0]!.metrics.temp_c!.mean).toBe(0.166667);
});

test("a reading from the future is counted and is never the newest", () => {
  const { hub, feed } = newHub();
  feed({ temp_c: 20 });
  feed({ temp_c: 99, atMs: START_MS + 3_600_000, flags: FLAG_FUTURE });
  const board = hub.board();
  expect(board.headMs).toBe(START_MS);
  expect(board.newest.length).toBe(1);
  expect(board.regions[0]).toMatchObject({ rows: 2, newestMs: START_MS, hosts: 1 });
});

test("troubles show the worst first, one a host, with the value it has now", () => {
  const { hub, feed } = newHub();
  feed({ host_id: "a", temp_c: 84 }, { host_id: "b", temp_c: 95, cpu_load: 99 });
  hub.apply(delta({
    alerts: [
      { kind: "opened", alert: alert({ hostId: "a" }) },
      {
        kind: "opened",
        alert: alert({ hostId: "b", severity: "critical", limit: 90, value: 91 }),
      },
      { kind: "opened", alert: alert({ hostId: "b", rule: "cpu", metric: "cpu_load" }) },
    ],
  }));
  const board = hub.board();
  expect(board.troubles.map((each) => [each.host_id, each.severity, each.value, each.limit]))
    .toEqual([["b", "critical", 95, 90], ["a", "warning", 84, 80]]);
  expect(board.alertsOpen).toEqual({ warning: 2, critical: 1 });
  expect(board.regions[0]!.states).toEqual({ ok: 0, warning: 1, critical: 1, stale: 0 });
});

test("alerts that were open before a restart are on the first board", () => {
  const { hub } = newHub();
  hub.seed({ rowsByRegion: {}, hosts: [], newest: [], openAlerts: [alert({ hostId: "h" })] });
  expect(hub.board().troubles[0]).toMatchObject({ host_id: "h", value: 81 });
});

test("rows counted anew replace what was counted, live rows add to them", () => {
  const { hub, feed } = newHub();
  feed({}, {}, {});
  hub.applyBatch({ rowsByRegion: { India: 2, Germany: 5 } });
  feed({});
  expect(hub.board().regions.map((each) => [each.region, each.rows]))
    .toEqual([["Germany", 5], ["India", 3]]);
});

test("a host known from live is not set back by what the store knows of it", () => {
  const { hub, feed } = newHub();
  feed({ power_watts: 500 });
  hub.applyBatch({ hosts: [hostNow({ atMs: START_MS - 1000, power_watts: 100, temp_c: 20 })] });
  expect(hub.board().regions[0]).toMatchObject({ powerTotalWatts: 500, newestMs: START_MS });
});

test("the newest readings are fifteen, newest first, and the same one is not shown twice", () => {
  const { hub, feed } = newHub();
  feed(...Array.from({ length: 20 }, (_, i) => ({ atMs: START_MS - i * 500, voltage: i })));
  hub.applyBatch({ newest: hub.board().newest });
  expect(hub.board().newest.map((each) => each.voltage)).toEqual([...Array(15).keys()]);
});

test("hosts over the limit are counted on the board, and in the status", () => {
  const { hub, feed } = newHub(2);
  feed({ host_id: "a" }, { host_id: "b" }, { host_id: "c" });
  expect(hub.board()).toMatchObject({ hostsOverLimit: 1, regions: [{ hosts: 2, rows: 3 }] });
  expect(hub.tracked).toMatchObject({ hosts: 2, hosts_over_limit: 1 });
});

test("regions over the limit are not shown, and counted once each", () => {
  const { hub, feed } = newHub();
  const regions = Array.from({ length: LIMITS.regionsMax + 5 }, (_, i) => ({ region: `r${i}` }));
  feed(...regions);
  feed(...regions);
  expect(hub.board().regions.length).toBe(LIMITS.regionsMax);
  expect(hub.tracked).toMatchObject({ regions: LIMITS.regionsMax, regions_over_limit: 5 });
});
