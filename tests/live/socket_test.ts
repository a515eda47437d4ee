/** Streams on a real Bun.serve: a client that stands still, one that half-closes, and many. */
import { afterEach, expect, test } from "bun:test";
import { Hub } from "../../src/live/hub.ts";
import { LIMITS } from "../../src/limits.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { ManualClock } from "./manual_clock.ts";
import { alert, delta, START_MS, status } from "./make.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

function serve() {
  const clock = new ManualClock(START_MS);
  const hub = new Hub({ clock, log: SILENT_LOG });
  hub.setStatus(status());
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 255,
    fetch: (request) => {
      const stream = hub.openStream({ hz: 10, lastEventId: null, signal: request.signal });
      return new Response(stream, { headers: { "Content-Type": "text/event-stream" } });
    },
  });
  closing.push(() => server.stop(true), () => hub.close());
  return { clock, hub, port: server.port! };
}

/** A bare HTTP client that asks for a stream; `paused`: and never reads it. */
async function dial(port: number, paused: boolean) {
  let received = 0;
  let closed = false;
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      open: (self) => {
        self.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        if (paused) self.pause();
      },
      data: (_self, bytes) => void (received += bytes.length),
      close: () => void (closed = true),
    },
  });
  closing.push(() => socket.terminate());
  return { socket, received: () => received, closed: () => closed };
}

test(
  "a client that stands still costs a bounded queue, then its stream; others go on",
  async () => {
    const { clock, hub, port } = serve();
    const stalled = await dial(port, true);
    const reader = await dial(port, false);
    await until(() => hub.clients === 2);
    // 100 alerts of some 10 KB a step: 1 MB, until kernel buffers and outbox are full.
    const alerts = Array.from({ length: 100 }, (_, i) => ({
      kind: "opened" as const,
      alert: alert({ hostId: `${i}-${"h".repeat(10_000)}` }),
    }));
    let sent = 0;
    for (let step = 0; step < 24; step++) {
      hub.apply(delta({ alerts }));
      sent += 1_000_000;
      await until(() => reader.received() >= sent);
      clock.advance(1000);
    }
    await until(() => hub.counters.stalled === 1);
    expect(hub.clients).toBe(1);
    expect(stalled.received()).toBe(0);
    const before = reader.received();
    hub.apply(delta({ alerts }));
    await until(() => reader.received() > before);
  },
  20_000,
);

test("a client that half-closes is gone", async () => {
  const { hub, port } = serve();
  const client = await dial(port, false);
  await until(() => client.received() > 0);
  client.socket.shutdown();
  await until(() => hub.clients === 0);
  expect(hub.counters.gone).toBe(1);
});

test("500 clients all get a frame, and none is left behind when they go", async () => {
  const { clock, hub, port } = serve();
  const clients = await Promise.all(Array.from({ length: 500 }, () => dial(port, false)));
  await until(() => clients.every((client) => client.received() > 0));
  const before = clients.map((client) => client.received());
  clock.advance(LIMITS.sseHeartbeatMs);
  await until(() => clients.every((client, index) => client.received() > before[index]!));
  expect(hub.clients).toBe(500);
  for (const { socket } of clients) socket.terminate();
  await until(() => hub.clients === 0);
}, 20_000);
