import { expect, test } from "bun:test";
import type { BoardApi } from "../../src/browser/api.ts";
import { ApiError } from "../../src/browser/ask.ts";
import { BoardModel } from "../../src/browser/board_model.ts";
import { LIVE } from "../../src/browser/cursor.ts";
import { HistoryLoader } from "../../src/browser/history_loader.ts";
import type { PageState } from "../../src/browser/page_state.ts";
import { rangeNamed } from "../../src/browser/ranges.ts";
import { fakeStatus } from "../e2e/support/fake_status.ts";
import { liveFleet, NOW_MS, pageState } from "./samples.ts";

function harness(change: Partial<PageState> = {}) {
  const fleet = liveFleet();
  const model = new BoardModel(pageState(fleet, change));
  const asked: string[] = [];
  let failing: Error | null = null;
  let stuck = false;
  const ask = <T>(name: string, answer: T): Promise<T> => {
    asked.push(name);
    if (stuck) return new Promise(() => {});
    return failing === null ? Promise.resolve(answer) : Promise.reject(failing);
  };
  const api: BoardApi = {
    series: (metric, region, { fromMs, toMs }, points) =>
      ask(
        `series ${metric} ${region} ${(toMs - fromMs) / points}`,
        fleet.series(region, metric, fromMs, toMs, (toMs - fromMs) / points),
      ),
    histogram: () => ask("histogram", fleet.histogram()),
    alerts: () => ask("alerts", []),
    board: (atMs) => ask(`board ${atMs}`, fleet.board(atMs)),
    alertsAt: (atMs) => ask(`alerts at ${atMs}`, []),
    alertNear: () => ask("alert near", null),
    setGeneratorRate: () => Promise.resolve(),
    acknowledge: () => Promise.resolve(),
    silentHosts: (atMs) => ask(`silent ${atMs ?? "now"}`, { atMs, hosts: [], complete: true }),
  };
  const loader = new HistoryLoader(model, api);
  let localMs = NOW_MS;
  const tick = async (ms: number) => {
    loader.tick(localMs += ms);
    await new Promise((resolve) => setImmediate(resolve));
    return asked.splice(0);
  };
  return {
    model,
    fleet,
    tick,
    fail: (error: Error | null) => failing = error,
    hang: () => stuck = true,
  };
}

test("loader: the first paint brought everything, nothing is asked at once", async () => {
  const { tick } = harness();
  expect(await tick(0)).toEqual([]);
});

test("loader: another range asks each region for it, and the chart changes when it is there", async () => {
  const { model, tick } = harness();
  model.change({ range: rangeNamed("24h") });
  const asked = await tick(0);
  expect(asked).toContain("series cpu_load India 300000");
  expect(asked.filter((each) => each.startsWith("series")).length).toBe(3);
  expect(model.shown.value.range.name).toBe("24h");
});

test("loader: a refusal keeps what is shown, says why, and is tried again", async () => {
  const { model, tick, fail } = harness();
  fail(new ApiError(503, "The store is away."));
  model.change({ range: rangeNamed("6h") });
  await tick(0);
  expect(model.history.value).toEqual({ state: "failed", message: "The store is away." });
  expect(model.shown.value.range.name).toBe("5m");
  fail(null);
  await tick(5_000);
  expect(model.shown.value.range.name).toBe("6h");
  expect(model.history.value.state).toBe("ready");
});

test("loader: rows that the batch layer loads are asked for, at most every 5 s", async () => {
  const { model, tick } = harness();
  const loaded = (rows_loaded: number) => {
    const status = fakeStatus(NOW_MS);
    const { layers } = status;
    model.status.value = {
      ...status,
      layers: { ...layers, batch: { ...layers.batch, rows_loaded } },
    };
  };
  await tick(0);
  loaded(31_000);
  expect(await tick(250)).toEqual([]);
  loaded(32_000);
  expect((await tick(5_000)).length).toBe(5);
});

test("loader: an alert that the board counts and the list lacks is asked for", async () => {
  const { model, fleet, tick } = harness();
  await tick(0);
  fleet.trouble("USA", "us-1", "critical", NOW_MS);
  model.apply({ type: "frame", data: { board: fleet.board(NOW_MS), seconds: [] } }, NOW_MS);
  await tick(250);
  expect(await tick(5_000)).toContain("alerts");
});

test("loader: an alert that the first paint lacked is asked for at once, and until it is there", async () => {
  const fleet = liveFleet();
  fleet.trouble("USA", "us-1", "critical", NOW_MS);
  const { model, tick } = harness({ board: fleet.board(NOW_MS), alerts: [] });
  expect(await tick(0)).toEqual(["alerts"]);
  expect(await tick(250)).toEqual([]);
  expect(await tick(5_000)).toEqual(["alerts"]);
  model.liveAlerts.value = fleet.alerts;
  await tick(5_000);
  expect(await tick(5_000)).not.toContain("alerts");
});

test("loader: what the store could not give to the first paint is asked for at once", async () => {
  const { tick } = harness({ series: null, histogram: null, alerts: null });
  expect((await tick(0)).toSorted()).toEqual([
    "alerts",
    "histogram",
    ...["Germany", "India", "USA"].map((region) => `series cpu_load ${region} 10000`),
  ]);
});

test("loader: silent hosts are asked for by name while the banner is open, and only then", async () => {
  const { model, fleet, tick } = harness();
  fleet.stalePerRegion = 1;
  model.apply({ type: "frame", data: { board: fleet.board(NOW_MS), seconds: [] } }, NOW_MS);
  expect(await tick(250)).toEqual([]);
  model.bannerOpen.value = true;
  expect(await tick(250)).toEqual(["silent now"]);
  expect(await tick(1_000)).toEqual([]);
  model.bannerOpen.value = false;
  expect(await tick(20_000)).not.toContain("silent now");
});

test("loader: silent hosts are those of the cursor's moment, held still or back at live", async () => {
  const { model, fleet, tick } = harness();
  fleet.stalePerRegion = 1;
  model.apply({ type: "frame", data: { board: fleet.board(NOW_MS), seconds: [] } }, NOW_MS);
  model.bannerOpen.value = true;
  await tick(250);
  const atMs = NOW_MS - 3_600_000;
  model.change({ cursor: { kind: "paused", atMs } });
  expect(await tick(250)).toContain(`silent ${atMs}`);
  expect(model.silentHosts.value?.atMs).toBe(atMs);
  expect(await tick(60_000)).toEqual([]);
  model.change({ cursor: LIVE });
  expect(await tick(250)).toContain("silent now");
});

test("loader: a request that hangs is not asked a second time", async () => {
  const { tick, hang } = harness();
  await tick(0);
  hang();
  expect(await tick(10_000)).toEqual(["histogram"]);
  expect(await tick(10_000)).toEqual([]);
});

test("loader: a store that is away is not asked; once it is back, at once", async () => {
  const { model, tick } = harness({ series: null, histogram: null, alerts: null });
  const ready = model.status.value;
  model.status.value = { ...ready, store: { ...ready.store, state: "starting" } };
  expect(await tick(0)).toEqual([]);
  expect(await tick(120_000)).toEqual([]);
  model.status.value = ready;
  expect((await tick(250)).length).toBe(5);
});

const BUSY = new ApiError(503, "Too many.", { code: "too_many_questions", retryMs: 2_000 });
const paused = (agoMs: number) => ({ cursor: { kind: "paused", atMs: NOW_MS - agoMs } } as const);
const boards = (asked: readonly string[]) => asked.filter((each) => each.startsWith("board"));

test("loader: a busy server is no failure, the old picture stays, and it is asked when it said", async () => {
  const { model, tick, fail } = harness();
  model.change(paused(3_600_000));
  await tick(0);
  fail(BUSY);
  model.change(paused(1_800_000));
  expect(boards(await tick(0)).length).toBe(1);
  expect(model.recall.value).toEqual({ state: "loading", message: "" });
  expect(model.board.value.serverMs).toBe(NOW_MS - 3_600_000);
  fail(null);
  expect(boards(await tick(1_999))).toEqual([]);
  expect(boards(await tick(1))).toEqual([`board ${NOW_MS - 1_800_000}`]);
  expect(model.recall.value.state).toBe("ready");
  expect(model.board.value.serverMs).toBe(NOW_MS - 1_800_000);
});

test("loader: scrubbing on does not ask a busy server sooner, and then only for where it ended", async () => {
  const { model, tick, fail } = harness();
  fail(BUSY);
  model.change(paused(3_600_000));
  await tick(0);
  for (let step = 1; step <= 10; step++) {
    model.change(paused(3_600_000 - step * 1_000));
    expect(boards(await tick(100))).toEqual([]);
  }
  fail(null);
  expect(boards(await tick(1_000))).toEqual([`board ${NOW_MS - 3_590_000}`]);
});

test("loader: what a busy server was asked for is not asked again once it is not wanted", async () => {
  const { model, tick, fail } = harness();
  fail(BUSY);
  model.change(paused(3_600_000));
  await tick(0);
  model.change({ cursor: LIVE });
  fail(null);
  expect(boards(await tick(5_000))).toEqual([]);
  expect(model.recall.value.state).toBe("ready");
});

test("loader: a server that says when to come again is asked then, also where it has failed", async () => {
  const { model, tick, fail } = harness();
  fail(new ApiError(503, "The store is away.", { code: "store_unavailable", retryMs: 2_000 }));
  model.change(paused(3_600_000));
  await tick(0);
  expect(model.recall.value).toEqual({ state: "failed", message: "The store is away." });
  fail(null);
  expect(boards(await tick(2_000)).length).toBe(1);
});
