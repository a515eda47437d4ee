import { expect, test } from "bun:test";
import type { Status } from "../../src/model/status.ts";
import { METRIC_CATALOGUE } from "../../src/server/metric_catalogue.ts";
import { encodeFamilies } from "../../src/server/prometheus.ts";
import type { Database } from "../../src/store/database.ts";
import { missingForWork } from "../../routes/health.ts";
import { testServer, testStatus } from "./context.ts";

const OPEN_STORE = {} as Database;

interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A strict reader of the text format: any line it doesn't know is an error. */
function parsePrometheus(text: string) {
  const types = new Map<string, string>(), helps = new Map<string, string>();
  const samples: ParsedSample[] = [];
  expect(text.endsWith("\n")).toBe(true);
  for (const line of text.slice(0, -1).split("\n")) {
    const help = /^# HELP ([a-z_:]+) (.+)$/.exec(line);
    const type = /^# TYPE ([a-z_:]+) (counter|gauge)$/.exec(line);
    const sample = /^([a-z_:]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (help !== null) helps.set(help[1]!, help[2]!);
    else if (type !== null) {
      expect(types.has(type[1]!)).toBe(false);
      types.set(type[1]!, type[2]!);
    } else if (sample !== null) {
      expect(types.has(sample[1]!)).toBe(true);
      samples.push({
        name: sample[1]!,
        labels: parseLabels(sample[2] ?? ""),
        value: Number(sample[3]),
      });
    } else throw new Error(`not Prometheus text: ${line}`);
  }
  return { types, helps, samples };
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== "") {
    const match = /^([a-z_]+)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/.exec(rest);
    if (match === null) throw new Error(`not labels: ${rest}`);
    labels[match[1]!] = match[2]!.replace(/\\(.)/g, (_, c) => c === "n" ? "\n" : c);
    rest = rest.slice(match[0].length);
  }
  return labels;
}

async function metrics(server = testServer()) {
  const response = await server.app.request("/metrics");
  expect(response.headers.get("content-type")).toStartWith("text/plain; version=0.0.4");
  return parsePrometheus(await response.text());
}

/** Every number in a status, at any depth. */
function numbersOf(value: unknown): number[] {
  if (typeof value === "number") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(numbersOf);
}

test("every number of the status is a metric", async () => {
  const { samples } = await metrics();
  const shown = new Set(samples.map((sample) => sample.value));
  const status = testStatus();
  const { lag_ms, scrapes: [scrape] } = status.layers.speed;
  // Shown in seconds.
  const missing = numbersOf(status).filter((number) =>
    number !== lag_ms && number !== scrape!.duration_ms && !shown.has(number)
  );
  expect(missing).toEqual([]);
  expect(samples).toContainEqual({
    name: "rackwatch_speed_lag_seconds",
    labels: {},
    value: status.layers.speed.lag_ms / 1_000,
  });
});

test("every metric has a type and a help, and its name says its unit", async () => {
  const { types, helps } = await metrics();
  for (const { name, type, unit } of METRIC_CATALOGUE) {
    expect(name).toMatch(/^(?:rackwatch|process)_[a-z_]+$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
    if (unit === "seconds" || unit === "bytes") expect(name).toContain(unit);
    if (types.has(name)) expect(helps.get(name)).toBeTruthy();
  }
  expect(new Set(METRIC_CATALOGUE.map((metric) => metric.name)).size).toBe(METRIC_CATALOGUE.length);
});

test("exactly one sample of a state is 1", async () => {
  const { samples } = await metrics();
  const states = samples.filter((sample) => sample.name === "rackwatch_speed_state");
  expect(states.filter((sample) => sample.value === 1).map((sample) => sample.labels.state))
    .toEqual(["running"]);
});

test("requests are counted by route, never by the path asked for", async () => {
  const server = testServer();
  for (
    const path of [
      "/api/status",
      "/api/status",
      "/api/status?x=1",
      "/no/such/1",
      "/no/such/2",
      "/api/hosts/a",
    ]
  ) {
    await server.app.request(path);
  }
  const { samples } = await metrics(server);
  const count = (route: string, status: string) =>
    samples.find(({ labels }) => labels.route === route && labels.status === status)?.value;
  expect(count("/api/status", "200")).toBe(2);
  expect(count("/api/status", "400")).toBe(1);
  expect(count("other", "404")).toBe(2);
  expect(count("/api/hosts/:host_id", "503")).toBe(1);
});

test("label values with quotes, backslashes and line ends read back as they were", () => {
  const path = 'a"b\\c\nd';
  const text = encodeFamilies([
    {
      name: "x_total",
      type: "counter",
      help: "a\\b\nc",
      samples: [{ labels: { path }, value: 1 }],
    },
  ]);
  expect(parsePrometheus(text).samples).toEqual([{ name: "x_total", labels: { path }, value: 1 }]);
});

test("what isn't measured is absent, not 0", async () => {
  const status: Status = testStatus();
  const idle = { ...status.layers, batch: { ...status.layers.batch, progress: null } };
  const { samples } = await metrics(testServer({ status: () => ({ ...status, layers: idle }) }));
  expect(samples.some((sample) => sample.name === "rackwatch_batch_progress_ratio")).toBe(false);
});

test("a running store and speed layer are ready", async () => {
  const response = await testServer({ database: () => OPEN_STORE }).app.request("/readyz");
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ ready: true, missing: [] });
});

test("without its store it is not ready, and says so with 503", async () => {
  const response = await testServer().app.request("/readyz");
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    ready: false,
    missing: ["the hot store (data/store) is not open"],
  });
});

const SPEED_STATES: readonly (readonly [Status["layers"]["speed"]["state"], boolean])[] = [
  ["starting", false],
  ["catching_up", false],
  ["running", true],
  ["paused", false],
  ["stopped", false],
  ["failed", false],
  ["off", true],
];

for (const [state, ready] of SPEED_STATES) {
  test(`with the speed layer ${state} it is ${ready ? "" : "not "}ready`, () => {
    const status = testStatus();
    const speed = { ...status.layers.speed, state };
    const missing = missingForWork({ ...status, layers: { ...status.layers, speed } }, true);
    expect(missing.length === 0).toBe(ready);
  });
}

test("alive is alive, whatever is missing", async () => {
  const response = await testServer().app.request("/healthz");
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ live: true });
});

test("each source is told with its silence; one that was never heard has no seconds", async () => {
  const health = { kind: "live", declared: true, silent_after_s: 10 } as const;
  const heard = { ...health, name: "quick", last_record: "2025-11-21T11:59:53Z", silent_s: 7 };
  const absent = { ...health, name: "absent", last_record: null, silent_s: null };
  const builtin = { ...heard, name: "feed", declared: false, silent: false };
  const server = testServer({
    sources: () => [{ ...heard, silent: false }, { ...absent, silent: true }, builtin],
  });
  const body = await (await server.app.request("/metrics")).text();
  const of = (name: string) =>
    parsePrometheus(body).samples.filter((sample) => sample.name === name)
      .map(({ labels, value }) => [labels["source"], labels["kind"], value]);
  expect(of("rackwatch_source_silent")).toEqual([["quick", "live", 0], ["absent", "live", 1]]);
  expect(of("rackwatch_source_silence_seconds")).toEqual([
    ["quick", "live", 7],
    ["feed", "live", 7],
  ]);
});
