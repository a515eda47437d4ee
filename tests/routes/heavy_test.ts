/** Questions about the past behind the gate, and what never waits there, over a store held still. */
import { expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { createLog, SILENT_LOG } from "../../src/log.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { startServer } from "../../src/server.ts";
import type { Database, Row } from "../../src/store/database.ts";
import { NOW_MS, testServer } from "./context.ts";

const MOMENT_MS = NOW_MS - 3_600_000;

/** Answers nothing until it is let go; then everything with no rows. */
function stillStore() {
  const free = Promise.withResolvers<Row[]>();
  let questions = 0;
  const database: Database = {
    kind: "postgres",
    query: <R extends Row>() => {
      questions++;
      return free.promise as Promise<R[]>;
    },
    transact: () => Promise.reject(new Error("nothing is written here")),
    close: () => Promise.resolve(),
  };
  return { database, letGo: () => free.resolve([]), questions: () => questions };
}

/** A server whose gate is full, of boards of as many moments. */
function fullServer() {
  const store = stillStore();
  const logged: string[] = [];
  const log = createLog({ format: "text", area: "", write: (line) => logged.push(line) });
  const server = testServer({ database: () => store.database, log });
  const get = (path: string) => Promise.resolve(server.app.request(path));
  const moments = LIMITS.heavyQuestionsMax + LIMITS.heavyWaitingMax;
  const boards = Array.from(
    { length: moments },
    (_, nth) => get(`/api/board?at=${MOMENT_MS + nth}`),
  );
  return { ...store, ...server, get, boards, logged };
}

async function metric(get: (path: string) => Promise<Response>, name: string): Promise<number> {
  const text = await (await get("/metrics")).text();
  const line = text.split("\n").find((one) => one.startsWith(`${name} `)) ?? "";
  return Number(line.slice(name.length + 1));
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

const HEAVY_PATHS = [
  `/api/board?at=${MOMENT_MS + 999}`,
  `/api/grid?metric=temp_c&at=${MOMENT_MS}`,
  "/api/outliers?metric=temp_c",
  `/api/readings/origin?host_id=a&timestamp=${MOMENT_MS}`,
  "/api/readings/odd?host_id=a",
];

for (const path of HEAVY_PATHS) {
  test(`with a full gate ${path.replace(/\?.*/, "")} answers 503 and when to come again`, async () => {
    const { get, questions } = fullServer();
    await settled();
    const before = questions();
    const response = await get(path);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("2");
    expect(await response.json()).toEqual({
      error: { code: "too_many_questions", message: expect.stringContaining("Try again in 2 s") },
    });
    expect(questions()).toBe(before);
  });
}

test("with a full gate the live page's own paths go to the store at once", async () => {
  const { get, questions } = fullServer();
  await settled();
  for (const path of ["/api/grid?metric=temp_c", "/api/hosts", "/api/series?metric=temp_c"]) {
    const before = questions();
    void get(path);
    await settled();
    expect({ path, isAsked: questions() > before }).toEqual({ path, isAsked: true });
  }
  expect((await get("/api/status")).status).toBe(200);
});

test("of all heavy questions no more than a few queries are with the store", async () => {
  const { database, questions } = stillStore();
  const { app } = testServer({ database: () => database });
  for (const metric of ["temp_c", "cpu_load"]) {
    void app.request(`/api/outliers?metric=${metric}`);
  }
  await settled();
  expect(questions()).toBe(LIMITS.heavyQueriesMax);
});

test("with a full gate the page of a past moment comes without its past", async () => {
  const { get, letGo, boards, logged } = fullServer();
  await settled();
  const page = get(`/?at=${MOMENT_MS + 500}`);
  await settled();
  letGo();
  const response = await page;
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('"past":null');
  for (const board of await Promise.all(boards)) expect(board.status).toBe(200);
  // A loop of such pages does not fill the log.
  expect(logged).toEqual([]);
});

test("once there is room again, whoever was refused is answered", async () => {
  const { get, letGo, boards } = fullServer();
  const path = `/api/board?at=${MOMENT_MS + 999}`;
  expect((await get(path)).status).toBe(503);
  letGo();
  await Promise.all(boards);
  expect((await get(path)).status).toBe(200);
});

test("equal questions under way are one question to the store, and each gets the answer", async () => {
  const { database, letGo, questions } = stillStore();
  const { app } = testServer({ database: () => database });
  const path = `/api/board?at=${MOMENT_MS}`;
  const one = app.request(path);
  await settled();
  const before = questions();
  const other = app.request(path);
  await settled();
  expect(questions()).toBe(before);
  letGo();
  const [first, second] = [await (await one).json(), await (await other).json()];
  expect(first).toMatchObject({ board: { serverMs: MOMENT_MS } });
  expect(second).toEqual(first);
});

test("a wrong question is told so, however full the gate", async () => {
  const { get } = fullServer();
  expect((await get(`/api/board?at=${NOW_MS + 1}`)).status).toBe(400);
  expect((await get("/api/grid?metric=colour&at=0")).status).toBe(400);
});

test("/metrics tells what is under way, what waits and how it ended", async () => {
  const { get, letGo, boards } = fullServer();
  await get(`/api/board?at=${MOMENT_MS + 999}`);
  expect(await metric(get, "rackwatch_heavy_questions_under_way")).toBe(LIMITS.heavyQuestionsMax);
  expect(await metric(get, "rackwatch_heavy_questions_waiting")).toBe(LIMITS.heavyWaitingMax);
  letGo();
  await Promise.all(boards);
  const ended = (outcome: string) =>
    metric(get, `rackwatch_heavy_questions_total{outcome="${outcome}"}`);
  expect(await ended("answered")).toBe(boards.length);
  expect(await ended("refused")).toBe(1);
  expect(await metric(get, "rackwatch_heavy_questions_waiting")).toBe(0);
});

test("a browser that goes away leaves the queue", async () => {
  const { database } = stillStore();
  const server = testServer({ database: () => database });
  const address = { hostname: "127.0.0.1", port: 0 };
  const running = startServer(server.app, { address, clock: REAL_CLOCK, log: SILENT_LOG });
  try {
    const get = (path: string, signal?: AbortSignal) =>
      fetch(new URL(path, running.url), signal === undefined ? {} : { signal });
    const waiting = () => metric(get, "rackwatch_heavy_questions_waiting");
    const browser = new AbortController();
    const asked = Array.from(
      { length: LIMITS.heavyQuestionsMax + 1 },
      (_, nth) => get(`/api/board?at=${MOMENT_MS + nth}`, browser.signal).catch(() => null),
    );
    while (await waiting() !== 1);
    browser.abort();
    while (await waiting() !== 0);
    expect(await Promise.all(asked)).toEqual(asked.map(() => null));
    expect(await metric(get, 'rackwatch_heavy_questions_total{outcome="gone"}')).toBe(3);
  } finally {
    await running.stop();
  }
});

test("outliers are looked for in a stretch of at most 31 days, and the rule is told", async () => {
  const { database, letGo } = stillStore();
  letGo();
  const { app } = testServer({ database: () => database });
  const ask = (spanMs: number) =>
    app.request(`/api/outliers?metric=temp_c&from=${NOW_MS - spanMs}&to=${NOW_MS}`);
  expect((await ask(LIMITS.outliersSpanMsMax)).status).toBe(200);
  const response = await ask(LIMITS.outliersSpanMsMax + 86_400_000);
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({
    error: {
      code: "range_too_long",
      message: "Cannot read the range: from and to lie at most 31 days apart, got 32 days.",
    },
  });
});
