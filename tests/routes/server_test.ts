import { expect, test } from "bun:test";
import { brotliDecompressSync, gunzipSync, gzipSync, zstdDecompressSync } from "node:zlib";
import { LIMITS } from "../../src/limits.ts";
import { createLog } from "../../src/log.ts";
import { chooseEncoding } from "../../src/server/compression.ts";
import { CONTENT_SECURITY_POLICY } from "../../src/server/security_headers.ts";
import { StoreError } from "../../src/store/database.ts";
import type { ArchivedRun } from "../../src/server/context.ts";
import { errorCode, NOW_MS, TEST_ASSETS, testServer, testStatus } from "./context.ts";

const JSON_HEADERS = { "content-type": "application/json" };

test("every answer carries the security headers, errors and redirects too", async () => {
  const { app } = testServer();
  for (
    const path of ["/api/status", "/api/status?x=1", "/nowhere", "/login", "/events", "/metrics"]
  ) {
    const { headers } = await app.request(path);
    expect(headers.get("content-security-policy")).toBe(CONTENT_SECURITY_POLICY);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("same-origin");
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(headers.get("cache-control")).toContain("no-store");
  }
});

test("the policy allows nothing inline and no other origin", () => {
  expect(CONTENT_SECURITY_POLICY).not.toContain("unsafe");
  expect(CONTENT_SECURITY_POLICY).not.toMatch(/https?:|\*/);
});

test("the status is given as it is", async () => {
  const response = await testServer().app.request("/api/status");
  expect(response.headers.get("content-type")).toStartWith("application/json");
  expect(await response.json()).toEqual(testStatus());
});

test("runs are told with their times in ISO, and null for what is not known", async () => {
  const run: ArchivedRun = {
    runId: "stream_run_2025-11-21_11-00-00",
    kind: "live",
    state: "open",
    startedAtMs: NOW_MS,
    closedAtMs: null,
    firstArrivalMs: NOW_MS + 1_500,
    lastArrivalMs: NOW_MS + 60_000,
    lines: 120,
    bytes: 14_000,
    rows: null,
    rejects: null,
    parts: 1,
    deletedParts: 0,
    unknownColumns: [],
    recovered: false,
    tornBytes: 0,
    quarantinedCount: 0,
  };
  const response = await testServer({ runs: () => Promise.resolve([run]) }).app.request(
    "/api/runs",
  );
  expect(await response.json()).toEqual([{
    run_id: "stream_run_2025-11-21_11-00-00",
    kind: "live",
    state: "open",
    started_at: "2025-11-21T12:00:00Z",
    closed_at: null,
    first_arrival: "2025-11-21T12:00:01.500Z",
    last_arrival: "2025-11-21T12:01:00Z",
    first_reading: null,
    last_reading: null,
    lines: 120,
    bytes: 14_000,
    rows: null,
    rejects: null,
    parts: 1,
    deleted_parts: 0,
    unknown_columns: [],
    recovered: false,
    torn_bytes: 0,
    quarantined: 0,
  }]);
});

test("a path that isn't there gets 404 in the error shape", async () => {
  const response = await testServer().app.request("/api/nothing");
  expect(response.status).toBe(404);
  expect(await errorCode(response)).toBe("not_found");
});

for (
  const [method, path, allow] of [
    ["DELETE", "/api/status", "GET, HEAD"],
    ["GET", "/api/generator", "POST"],
    ["POST", "/events", "GET, HEAD"],
    ["PUT", "/metrics", "GET, HEAD"],
  ]
) {
  test(`${method} ${path} gets 405 and what is allowed`, async () => {
    const response = await testServer().app.request(path!, { method: method! });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allow!);
    expect(await errorCode(response)).toBe("method_not_allowed");
  });
}

for (const path of ["/api/status", "/api/runs", "/metrics", "/events", "/assets/x.js"]) {
  test(`${path} refuses a parameter it doesn't know`, async () => {
    const response = await testServer().app.request(`${path}?surprise=1`);
    expect(response.status).toBe(400);
    expect(await errorCode(response)).toBe("unknown_parameter");
  });
}

test("a body over the limit gets 413", async () => {
  const body = JSON.stringify({ rate: 1, pad: "x".repeat(LIMITS.requestBytesMax) });
  const response = await testServer().app.request("/api/generator", {
    method: "POST",
    headers: JSON_HEADERS,
    body,
  });
  expect(response.status).toBe(413);
  expect(await errorCode(response)).toBe("body_too_large");
});

for (const rate of [0, 0.1, 2, 10_000_000]) {
  test(`the generator's rate can be set to ${rate}`, async () => {
    const { app, rates } = testServer();
    const body = JSON.stringify({ rate });
    const response = await app.request("/api/generator", {
      method: "POST",
      headers: JSON_HEADERS,
      body,
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ rate });
    expect(rates).toEqual([rate]);
  });
}

for (
  const body of [
    ...['{"rate":-1}', '{"rate":0.01}', '{"rate":1e9}', '{"rate":"5"}', '{"rate":null}'],
    ...["{}", "[5]", "5", "null", '{"rate":1,"burst":2}', '{"rate":', ""],
  ]
) {
  test(`the generator's rate can't be set by ${body || "an empty body"}`, async () => {
    const { app, rates } = testServer();
    const response = await app.request("/api/generator", {
      method: "POST",
      headers: JSON_HEADERS,
      body,
    });
    expect(response.status).toBe(400);
    expect(["invalid_rate", "invalid_json"]).toContain(await errorCode(response));
    expect(rates).toEqual([]);
  });
}

test("a rate that doesn't come as JSON gets 415, so no plain form can set it", async () => {
  const { app, rates } = testServer();
  const response = await app.request("/api/generator", { method: "POST", body: '{"rate":5}' });
  expect(response.status).toBe(415);
  expect(rates).toEqual([]);
});

test("without a generator its rate gets 409", async () => {
  const { app } = testServer({ setGeneratorRate: () => null });
  const response = await app.request("/api/generator", {
    method: "POST",
    headers: JSON_HEADERS,
    body: '{"rate":5}',
  });
  expect(response.status).toBe(409);
  expect(await errorCode(response)).toBe("no_generator");
});

test("a fault of ours is 500, told in the log and not to the caller", async () => {
  const lines: string[] = [];
  const log = createLog({ format: "json", area: "test", write: (line) => void lines.push(line) });
  const runs = () => Promise.reject(new Error("password=hunter2"));
  const response = await testServer({ runs, log }).app.request("/api/runs");
  expect(response.status).toBe(500);
  const text = await response.text();
  expect(text).toContain('"internal"');
  expect(text).not.toContain("hunter2");
  expect(lines.join("")).toContain("hunter2");
});

test("a store that is away gets 503 and when to come again", async () => {
  const runs = () => Promise.reject(new StoreError("unavailable", "connection refused"));
  const response = await testServer({ runs }).app.request("/api/runs");
  expect(response.status).toBe(503);
  expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await errorCode(response)).toBe("store_unavailable");
});

test("a query that takes too long gets 503 and what would be quicker", async () => {
  const error = new StoreError("failed", "canceling statement", { sqlState: "57014" });
  const response = await testServer({ runs: () => Promise.reject(error) }).app.request("/api/runs");
  expect(response.status).toBe(503);
  expect(await errorCode(response)).toBe("query_timeout");
});

const CODINGS: readonly (readonly [string | undefined, "zstd" | "gzip" | null])[] = [
  [undefined, null],
  ["", null],
  ["identity", null],
  ["gzip, deflate, br, zstd", "zstd"],
  ["gzip, deflate, br", "gzip"],
  ["GZIP;q=0.5", "gzip"],
  ["zstd;q=0, gzip", "gzip"],
  ["gzip;q=0", null],
  ["*", "zstd"],
  ["*, zstd;q=0", "gzip"],
  ["*;q=0", null],
];

for (const [header, encoding] of CODINGS) {
  test(`Accept-Encoding ${header ?? "absent"} gets ${encoding ?? "no coding"}`, () => {
    expect(chooseEncoding(header)).toBe(encoding);
  });
}

test("a large JSON answer is compressed and reads back the same", async () => {
  const { app } = testServer();
  const plain = await (await app.request("/api/status")).text();
  for (const [encoding, decode] of [["gzip", gunzipSync], ["zstd", zstdDecompressSync]] as const) {
    const response = await app.request("/api/status", { headers: { "accept-encoding": encoding } });
    expect(response.headers.get("content-encoding")).toBe(encoding);
    expect(response.headers.get("vary")).toBe("Accept-Encoding");
    expect(decode(await response.arrayBuffer()).toString()).toBe(plain);
  }
});

test("the page's files come in brotli once that is made, and nobody waits for it", async () => {
  const { app } = testServer();
  const headers = { "accept-encoding": "gzip, br" };
  const ask = () => app.request("/assets/client-0.js", { headers });
  const first = await ask();
  expect(first.headers.get("content-encoding")).toBe("gzip");
  const plain = gunzipSync(await first.arrayBuffer());
  let answer = await ask();
  while (answer.headers.get("content-encoding") !== "br") {
    // The compressor's thread gets its turn: answers alone would never leave it one.
    await new Promise((resolve) => setImmediate(resolve));
    answer = await ask();
  }
  expect(brotliDecompressSync(await answer.arrayBuffer())).toEqual(plain);
  expect(answer.headers.get("vary")).toContain("Accept-Encoding");
  const data = await app.request("/api/status", { headers });
  expect(data.headers.get("content-encoding")).toBe("gzip");
});

test("a small answer is not compressed", async () => {
  const headers = { "accept-encoding": "gzip" };
  const response = await testServer().app.request("/healthz", { headers });
  expect(response.headers.get("content-encoding")).toBeNull();
  expect(await response.json()).toEqual({ live: true });
});

test("an event stream is never compressed", async () => {
  const headers = { "accept-encoding": "gzip, zstd" };
  const response = await testServer().app.request("/events", { headers });
  expect(response.headers.get("content-encoding")).toBeNull();
});

test("a browser beside the page finds the icon where it looks for one", async () => {
  const answer = await testServer().app.request("/favicon.ico");
  expect([answer.status, answer.headers.get("location")]).toEqual([302, "/assets/icon-0.svg"]);
});

const SCRIPT = "/assets/client-0.js";

test("an asset may be kept for ever, and is compressed", async () => {
  const { app } = testServer();
  const headers = { "accept-encoding": "gzip" };
  const response = await app.request(SCRIPT, { headers });
  expect(response.headers.get("cache-control")).toContain("immutable");
  expect(response.headers.get("content-type")).toBe("text/javascript");
  const bytes = new Uint8Array(await response.arrayBuffer());
  const { body } = TEST_ASSETS.get(SCRIPT)!;
  expect(bytes.length).toBe(gzipSync(body).length);
  expect(new Uint8Array(gunzipSync(bytes))).toEqual(body);
});

test("an asset that the browser has gets 304", async () => {
  const { app } = testServer();
  const etag = (await app.request(SCRIPT)).headers.get("etag") ?? "";
  const headers = { "if-none-match": etag };
  const response = await app.request(SCRIPT, { headers });
  expect(response.status).toBe(304);
});

for (const path of ["/assets/none.js", "/assets/../package.json", "/assets/%2e%2e/package.json"]) {
  test(`${path} is no asset`, async () => {
    expect((await testServer().app.request(path)).status).toBe(404);
  });
}
