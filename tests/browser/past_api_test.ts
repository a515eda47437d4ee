/** What the page asks of the past, and how it reads the answers. */
import { expect, test } from "bun:test";
import { createAsk } from "../../src/browser/ask.ts";
import { createPastApi } from "../../src/browser/past_api.ts";
import {
  createRecordedApi,
  OUTLIERS_SPAN_MS_MAX,
  silentOfGrid,
} from "../../src/browser/recorded_api.ts";
import { LIMITS } from "../../src/limits.ts";
import { liveFleet, NOW_MS } from "./samples.ts";

function apiAnswering(body: unknown) {
  const asked: string[] = [];
  const ask = createAsk((url) => {
    asked.push(url);
    return Promise.resolve(Response.json(body));
  });
  return { api: { ...createPastApi(ask), ...createRecordedApi(ask) }, asked };
}

test("past: a board is taken as the server has it, and nothing else for one", async () => {
  const board = liveFleet().board(NOW_MS);
  const { api, asked } = apiAnswering({ board });
  expect(await api.board(NOW_MS + 0.5)).toEqual(board);
  expect(asked).toEqual([`/api/board?at=${NOW_MS}`]);
  expect(apiAnswering({ board: {} }).api.board(NOW_MS)).rejects.toThrow("no board");
});

test("past: alerts of a moment, and the one next to it", async () => {
  const alert = liveFleet().trouble("India", "IND-1", "critical", NOW_MS);
  const list = apiAnswering([alert]);
  expect(await list.api.alertsAt(NOW_MS)).toEqual([alert]);
  expect(list.asked).toEqual([`/api/alerts?at=${NOW_MS}&limit=100`]);
  const near = apiAnswering({ alert });
  expect(await near.api.alertNear(NOW_MS, "next")).toEqual(alert);
  expect(near.asked).toEqual([`/api/alerts/near?at=${NOW_MS}&direction=next`]);
  expect(await apiAnswering({ alert: null }).api.alertNear(NOW_MS, "previous")).toBeNull();
});

test("past: a time line of a window, or of all there is", async () => {
  const { api, asked } = apiAnswering({
    first: null,
    head: NOW_MS,
    step_ms: 10_000,
    t: [NOW_MS],
    count: [3],
    alerts: { warning: [1], critical: [0] },
  });
  expect(await api.timeline(null, 300)).toEqual({
    firstMs: null,
    headMs: NOW_MS,
    stepMs: 10_000,
    t: [NOW_MS],
    count: [3],
    warnings: [1],
    criticals: [0],
  });
  await api.timeline({ fromMs: 1, toMs: 2 }, 10);
  expect(asked).toEqual(["/api/timeline?points=300", "/api/timeline?from=1&to=2&points=10"]);
  expect(apiAnswering({}).api.timeline(null, 1)).rejects.toThrow("step_ms");
});

test("past: a grid of now, or of a moment", async () => {
  const region = { region: "a", hosts: ["h"], values: [null], ages_s: [3], states: ["ok"] };
  const { api, asked } = apiAnswering({ at: new Date(NOW_MS).toISOString(), regions: [region] });
  expect(await api.grid("temp_c", null)).toEqual({
    atMs: NOW_MS,
    regions: [{ region: "a", hosts: ["h"], values: [null], agesS: [3], states: ["ok"] }],
  });
  await api.grid("voltage", NOW_MS);
  expect(asked).toEqual(["/api/grid?metric=temp_c", `/api/grid?metric=voltage&at=${NOW_MS}`]);
  expect(apiAnswering({}).api.grid("temp_c", null)).rejects.toThrow("no time");
});

test("past: outliers of a window", async () => {
  const host = {
    host_id: "h",
    region: "a",
    value: 9,
    min: 8,
    max: 9,
    usual_mean: 4,
    usual_min: 3,
    usual_max: 5,
  };
  const { api, asked } = apiAnswering({ hosts: [{ ...host, score: 5 }] });
  expect(await api.outliers({ fromMs: 1.5, toMs: 2 }, "temp_c")).toEqual([
    {
      hostId: "h",
      region: "a",
      value: 9,
      min: 8,
      max: 9,
      usualMean: 4,
      usualMin: 3,
      usualMax: 5,
      score: 5,
    },
  ]);
  expect(asked).toEqual(["/api/outliers?metric=temp_c&from=1&to=2"]);
});

test("past: of a grid, the silent hosts, the longest silent first", () => {
  const region = {
    region: "a",
    hosts: ["new", "fine", "old"],
    values: [null, 1, null],
    agesS: [61, 2, 3_600],
    states: ["stale", "ok", "stale"] as const,
  };
  expect(silentOfGrid({ atMs: NOW_MS, regions: [region] }, NOW_MS)).toEqual({
    atMs: NOW_MS,
    hosts: [
      { hostId: "old", region: "a", newestMs: NOW_MS - 3_600_000 },
      { hostId: "new", region: "a", newestMs: NOW_MS - 61_000 },
    ],
    complete: true,
  });
});

test("past: outliers are asked for in as long a stretch as the server takes", () => {
  expect(OUTLIERS_SPAN_MS_MAX).toBe(LIMITS.outliersSpanMsMax);
});
