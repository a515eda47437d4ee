import { expect, test } from "bun:test";
import { alertOf } from "../../src/browser/alert_answers.ts";
import { createApi, silentOf } from "../../src/browser/api.ts";
import { type ApiError, createAsk, isBusy, retryMsOf } from "../../src/browser/ask.ts";
import { liveFleet, NOW_MS } from "./samples.ts";

function apiAnswering(status: number, body: string) {
  const asked: string[] = [];
  const api = createApi(createAsk((url, init) => {
    asked.push(`${init?.method ?? "GET"} ${url} ${init?.body ?? ""}`.trim());
    return Promise.resolve(new Response(body, { status }));
  }));
  return { api, asked };
}

test("api: a series is asked for in whole milliseconds and read as columns", async () => {
  const answer = { step_ms: 10_000, t: [NOW_MS], mean: [40], min: [39], max: [41], count: [3] };
  const { api, asked } = apiAnswering(200, JSON.stringify(answer));
  const series = await api.series("cpu_load", "a&b", { fromMs: 1.5, toMs: 9.9 }, 30);
  expect(asked).toEqual([
    "GET /api/series?metric=cpu_load&region=a%26b&from=1&to=9&points=30&flags=1",
  ]);
  expect(series).toEqual({
    region: "a&b",
    stepMs: 10_000,
    t: [NOW_MS],
    mean: [40],
    min: [39],
    max: [41],
    count: [3],
  });
});

test("api: a refusal is told in the server's own words", async () => {
  const { api } = apiAnswering(409, '{"error":{"code":"no_generator","message":"There is none."}}');
  expect(api.setGeneratorRate(2)).rejects.toThrow("There is none.");
});

test("api: a refusal says what it is called, and when to ask again", async () => {
  const refusal = async (body: string, headers: Record<string, string>) => {
    const ask = createAsk(() => Promise.resolve(new Response(body, { status: 503, headers })));
    return await ask.get("/api/board", {}).catch((error) => error) as ApiError;
  };
  const busy = await refusal('{"error":{"code":"too_many_questions","message":"Too many."}}', {
    "Retry-After": "2",
  });
  expect([busy.message, isBusy(busy), retryMsOf(busy, 5_000)]).toEqual(["Too many.", true, 2_000]);
  const away = await refusal('{"error":{"code":"store_unavailable","message":"Away."}}', {});
  expect([isBusy(away), retryMsOf(away, 5_000)]).toEqual([false, 5_000]);
  expect(retryMsOf(await refusal("", { "Retry-After": "86400" }), 5_000)).toBe(60_000);
  expect(retryMsOf(await refusal("", { "Retry-After": "0" }), 5_000)).toBe(1_000);
  const date = "Fri, 21 Nov 2025 02:42:56 GMT";
  expect(retryMsOf(await refusal("", { "Retry-After": date }), 5_000)).toBe(5_000);
  expect(retryMsOf(new TypeError("no network"), 5_000)).toBe(5_000);
});

test("api: a proxy's page instead of JSON is an error with its status, not a crash", async () => {
  expect(apiAnswering(502, "<html>").api.alerts()).rejects.toThrow("The server answered 502.");
  expect(apiAnswering(200, "<html>").api.alerts()).rejects.toThrow("not JSON");
  expect(apiAnswering(200, '{"t":1}').api.histogram("temp_c", { fromMs: 0, toMs: 1 }, 20))
    .rejects.toThrow("no edges");
});

test("api: an alert's id is a path segment whatever is in it", async () => {
  const { api, asked } = apiAnswering(200, "{}");
  await api.acknowledge("temperature/India/../x?/1");
  await api.acknowledge("a", "fan 3");
  expect(asked).toEqual([
    "POST /api/alerts/temperature%2FIndia%2F..%2Fx%3F%2F1/acknowledge {}",
    'POST /api/alerts/a/acknowledge {"note":"fan 3"}',
  ]);
});

test("api: alerts are read in the contract's names as well as in the model's", () => {
  const alert = liveFleet().trouble("India", "IND-1", "critical", NOW_MS);
  expect(alertOf(alert)).toEqual(alert);
  expect(alertOf({
    id: alert.id,
    rule: "temperature",
    metric: "temp_c",
    host_id: "IND-1",
    region: "India",
    severity: "critical",
    value: 93.4,
    limit: 90,
    opened: new Date(NOW_MS).toISOString(),
    closed: null,
    acknowledged: null,
  })).toEqual(alert);
  expect(alertOf({ nonsense: true })).toBeNull();
});

test("api: of the hosts, the silent ones, the longest silent first", () => {
  const host = (host_id: string, state: string, timestamp: string) => ({
    host_id,
    region: "a",
    state,
    timestamp,
  });
  expect(silentOf({
    hosts: [
      host("new", "stale", "2025-11-21T02:00:00Z"),
      host("fine", "ok", "2025-11-21T02:42:00Z"),
      host("old", "stale", "2025-11-20T02:00:00Z"),
    ],
    next: null,
  })).toEqual({
    atMs: null,
    hosts: [
      { hostId: "old", region: "a", newestMs: Date.UTC(2025, 10, 20, 2) },
      { hostId: "new", region: "a", newestMs: Date.UTC(2025, 10, 21, 2) },
    ],
    complete: true,
  });
});
