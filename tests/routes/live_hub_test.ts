/** The event stream with the real hub behind it, on a real socket. */
import { expect, test } from "bun:test";
import { SILENT_LOG } from "../../src/log.ts";
import { Hub } from "../../src/live/hub.ts";
import type { LiveDelta } from "../../src/model/live_event.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { startServer } from "../../src/server.ts";
import { testServer, testStatus } from "./context.ts";

interface ReceivedEvent {
  readonly id: number;
  readonly event: string;
  readonly data: unknown;
}

/** Reads a stream's events one by one; comments and fields without data are passed over. */
async function* eventsOf(response: Response): AsyncGenerator<ReceivedEvent> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of response.body!) {
    rest += decoder.decode(bytes, { stream: true });
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string) =>
        block.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = field("data");
      if (data === undefined) continue;
      yield { id: Number(field("id")), event: field("event") ?? "", data: JSON.parse(data) };
    }
  }
}

async function nextOf(events: AsyncGenerator<ReceivedEvent>, event: string) {
  for (;;) {
    const { done, value } = await events.next();
    if (done) throw new Error(`the stream ended before a ${event}`);
    if (value.event === event) return value;
  }
}

function deltaOf(hostId: string): LiveDelta {
  const atMs = Date.now();
  const metrics = { temp_c: 67, cpu_load: 42, voltage: null, power_watts: null };
  return {
    atMs,
    readings: 1,
    regions: [{ region: "India", readings: 1, newestMs: atMs }],
    seconds: [],
    hosts: [{ host_id: hostId, region: "India", atMs, ...metrics }],
    hostsOmitted: 0,
    newest: [{
      host_id: hostId,
      region: "India",
      timestamp: new Date(atMs).toISOString(),
      ...metrics,
    }],
    alerts: [],
  };
}

async function withHub(task: (hub: Hub, url: string) => Promise<void>): Promise<void> {
  const hub = new Hub({ clock: REAL_CLOCK, log: SILENT_LOG });
  hub.setStatus(testStatus());
  const { app } = testServer({ hub });
  const address = { hostname: "127.0.0.1", port: 0 };
  const running = startServer(app, { address, clock: REAL_CLOCK, log: SILENT_LOG });
  try {
    await task(hub, running.url);
  } finally {
    hub.close();
    await running.stop();
  }
}

test("a browser gets a snapshot at once, then a frame with the host that spoke, its name inert", async () => {
  await withHub(async (hub, url) => {
    const events = eventsOf(await fetch(`${url}events?hz=10`));
    expect((await events.next()).value?.event).toBe("snapshot");
    hub.apply(deltaOf("<img src=x onerror=alert(1)>\r\n\r\nevent: forged"));
    const frame = await nextOf(events, "frame");
    expect(JSON.stringify(frame.data)).toContain("<img src=x onerror=alert(1)>");
    await events.return(undefined);
  });
});

test("a browser that comes back gets a newer id than it had", async () => {
  await withHub(async (_, url) => {
    const first = eventsOf(await fetch(`${url}events`));
    const before = (await first.next()).value as ReceivedEvent;
    await first.return(undefined);
    const headers = { "last-event-id": String(before.id) };
    const again = eventsOf(await fetch(`${url}events`, { headers }));
    const after = (await again.next()).value as ReceivedEvent;
    expect(after.id).toBeGreaterThan(before.id);
    await again.return(undefined);
  });
});

test("once its streams are closed the hub takes no more, and 503 says when to try again", async () => {
  await withHub(async (hub, url) => {
    hub.close();
    const response = await fetch(`${url}events`);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).not.toBeNull();
    await response.body?.cancel();
  });
});
