import { expect, test } from "bun:test";
import { SILENT_LOG } from "../../src/log.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { type RunningServer, startServer } from "../../src/server.ts";
import { errorCode, testServer } from "./context.ts";

const ANY_PORT = { hostname: "127.0.0.1", port: 0 };

async function serving(
  server: ReturnType<typeof testServer>,
  task: (running: RunningServer) => Promise<void>,
): Promise<void> {
  const running = startServer(server.app, {
    address: ANY_PORT,
    clock: REAL_CLOCK,
    log: SILENT_LOG,
  });
  try {
    await task(running);
  } finally {
    await running.stop();
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

test("an event stream gives its snapshot at once, and ends in order when the server stops", async () => {
  const server = testServer();
  let rest: Promise<{ done: boolean }> = Promise.reject(new Error("not begun"));
  rest.catch(() => {});
  await serving(server, async ({ url }) => {
    const response = await fetch(`${url}events`);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const reader = response.body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toStartWith("event: snapshot\n");
    rest = reader.read();
  });
  expect((await rest).done).toBe(true);
  expect(server.hub.clients).toBe(0);
});

test("a client that goes away ends its stream", async () => {
  const server = testServer();
  await serving(server, async ({ url }) => {
    const gone = new AbortController();
    const response = await fetch(`${url}events`, { signal: gone.signal });
    await response.body!.getReader().read();
    expect(server.hub.clients).toBe(1);
    gone.abort();
    await until(() => server.hub.clients === 0);
  });
});

test("over the real socket a foreign Host gets 403", async () => {
  await serving(testServer(), async ({ port }) => {
    let answer = "";
    const closed = Promise.withResolvers<void>();
    await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: (socket) =>
          void socket.write(
            "GET /api/status HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
          ),
        data: (_, bytes) => {
          answer += bytes.toString();
        },
        close: () => closed.resolve(),
      },
    });
    await closed.promise;
    expect(answer).toStartWith("HTTP/1.1 403");
    expect(answer).toContain("foreign_host");
  });
});

test("a body over the limit is refused on the real socket", async () => {
  await serving(testServer(), async ({ url }) => {
    const body = "x".repeat(1_000_000);
    const response = await fetch(`${url}api/generator`, { method: "POST", body });
    expect(response.status).toBe(413);
    await response.body?.cancel();
  });
});

test("an address that is taken is named with what to do", async () => {
  await serving(testServer(), ({ port }) => {
    const address = { hostname: "127.0.0.1", port };
    expect(() => startServer(testServer().app, { address, clock: REAL_CLOCK, log: SILENT_LOG }))
      .toThrow(`127.0.0.1:${port}: another program does already`);
    return Promise.resolve();
  });
});

test("wrong tokens are counted by the peer's address, not by what a header says", async () => {
  const server = testServer({ config: { token: "right" } });
  await serving(server, async ({ url }) => {
    const statuses = new Set<number>();
    for (let i = 0; i < 30; i++) {
      const headers = { authorization: "Bearer wrong", "x-forwarded-for": `10.0.0.${i}` };
      const response = await fetch(`${url}api/status`, { headers });
      statuses.add(response.status);
      await response.body?.cancel();
    }
    expect([...statuses]).toEqual([401, 429]);
  });
});

test("the rate asked for reaches the hub; 1 without one", async () => {
  const { app, hub } = testServer();
  await app.request("/events?hz=10");
  await app.request("/events?hz=0.01");
  await app.request("/events");
  expect(hub.requests.map((request) => request.hz)).toEqual([10, 0.01, 1]);
});

for (const hz of ["0", "11", "-1", "fast", "1e1", "", "0.001"]) {
  test(`hz=${hz} is refused`, async () => {
    const { app, hub } = testServer();
    const response = await app.request(`/events?hz=${hz}`);
    expect(response.status).toBe(400);
    expect(await errorCode(response)).toBe("invalid_parameter");
    expect(hub.requests).toEqual([]);
  });
}

test("the last id comes from the header, else from the parameter", async () => {
  const { app, hub } = testServer();
  await app.request("/events", { headers: { "last-event-id": "41" } });
  await app.request("/events?last_event_id=42");
  await app.request("/events?last_event_id=42", { headers: { "last-event-id": "43" } });
  await app.request("/events", { headers: { "last-event-id": "not ours" } });
  await app.request("/events");
  expect(hub.requests.map((request) => request.lastEventId)).toEqual([41, 42, 43, null, null]);
});

test("a last id in the parameter that is no number is refused", async () => {
  const response = await testServer().app.request("/events?last_event_id=abc");
  expect(response.status).toBe(400);
});

test("when no further client fits, 503 says when to try again", async () => {
  const { app, hub } = testServer();
  hub.full = true;
  const response = await app.request("/events");
  expect(response.status).toBe(503);
  expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await errorCode(response)).toBe("too_many_streams");
});

test("HEAD leaves no stream behind", async () => {
  const { app, hub } = testServer();
  const response = await app.request("/events", { method: "HEAD" });
  expect(response.headers.get("content-type")).toStartWith("text/event-stream");
  expect(hub.clients).toBe(0);
});
