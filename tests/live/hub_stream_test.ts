import { expect, test } from "bun:test";
import { Hub } from "../../src/live/hub.ts";
import { LIMITS } from "../../src/limits.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { ManualClock } from "./manual_clock.ts";
import { alert, delta, status } from "./make.ts";
import { newHub, settle, StreamClient } from "./stream_client.ts";

test("a stream begins with a snapshot and goes on with frames at its rate", async () => {
  const { clock, hub, feed } = newHub();
  const slow = new StreamClient(hub, 1);
  const fast = new StreamClient(hub, 10);
  for (let tick = 0; tick < 30; tick++) {
    feed();
    clock.advance(100);
  }
  await settle();
  expect(slow.types).toEqual(["snapshot", "frame", "frame", "frame"]);
  expect(fast.types).toEqual(["snapshot", ...Array(30).fill("frame")]);
  hub.close();
});

test("ids rise in every stream, and a later start begins above an earlier one's", async () => {
  const { clock, hub, feed } = newHub();
  const clients = [new StreamClient(hub, 10), new StreamClient(hub, 5)];
  for (let tick = 0; tick < 20; tick++) {
    feed();
    if (tick % 3 === 0) hub.apply(delta({ alerts: [{ kind: "opened", alert: alert({}) }] }));
    hub.setStatus(status(tick));
    clock.advance(100);
  }
  await settle();
  const later = new Hub({ clock, log: SILENT_LOG });
  later.setStatus(status());
  clients.push(new StreamClient(later, 1));
  await settle();
  for (const { ids } of clients) expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
  expect(clients[2]!.ids[0]!).toBeGreaterThan(Math.max(...clients[0]!.ids, ...clients[1]!.ids));
  hub.close();
  later.close();
});

test("an alert reaches every client at once", async () => {
  const { hub } = newHub();
  const clients = [new StreamClient(hub, 0.01), new StreamClient(hub, 10)];
  hub.apply(delta({ alerts: [{ kind: "opened", alert: alert({}) }] }));
  await settle();
  for (const client of clients) {
    expect(client.types).toEqual(["snapshot", "alert"]);
    expect(JSON.parse(client.events[1]!.data)).toEqual({ kind: "opened", alert: alert({}) });
  }
  hub.close();
});

test("of a flood of alerts the first hundred are sent one by one, the rest is counted", async () => {
  const { hub } = newHub();
  const client = new StreamClient(hub, 1);
  const alerts = Array.from({ length: 130 }, (_, i) => ({
    kind: "opened" as const,
    alert: alert({ hostId: `h${i}` }),
  }));
  hub.apply(delta({ alerts }));
  await settle();
  expect(client.events.length).toBe(101);
  expect(hub.counters.alertsOmitted).toBe(30);
  expect(hub.board().alertsOpen.warning).toBe(130);
  hub.close();
});

test("status goes out when it changed, at most once a second, and the last change is not lost", async () => {
  const { clock, hub } = newHub();
  const client = new StreamClient(hub, 0.01);
  for (let lines = 1; lines <= 25; lines++) {
    hub.setStatus(status(lines));
    clock.advance(100);
  }
  clock.advance(5000);
  hub.setStatus({ ...status(25), now: "2025-11-21T09:00:00Z" });
  await settle();
  const lines = client.events.filter((event) => event.type === "status")
    .map((event) => JSON.parse(event.data).layers.speed.received_lines);
  expect(lines.length).toBeLessThanOrEqual(4);
  expect(lines.at(-1)).toBe(25);
  hub.close();
});

test("a fast stream with nothing new to say still says the time once a second", async () => {
  const { clock, hub } = newHub();
  const client = new StreamClient(hub, 10);
  clock.advance(5000);
  await settle();
  expect(client.types.filter((type) => type === "frame").length).toBe(5);
  hub.close();
});

test("a quiet stream gets a heartbeat", async () => {
  const { clock, hub } = newHub();
  const client = new StreamClient(hub, 0.01);
  clock.advance(LIMITS.sseHeartbeatMs + 200);
  await settle();
  expect(client.text.endsWith("\n\n:\n\n")).toBe(true);
  hub.close();
});

test("a stream ends once it is an hour old", async () => {
  const { clock, hub, feed } = newHub();
  const client = new StreamClient(hub, 0.1);
  for (let s = 0; s < 3601; s += 10) {
    feed();
    clock.advance(10_000);
    await settle();
  }
  expect(client.done).toBe(true);
  expect(hub.clients).toBe(0);
  expect(hub.counters.aged).toBe(1);
});

test("over the limit no stream opens, and one that leaves makes room", () => {
  const { hub } = newHub();
  const gone = new AbortController();
  hub.openStream({ hz: 1, lastEventId: null, signal: gone.signal });
  const signal = new AbortController().signal;
  for (let i = 1; i < LIMITS.sseClientsMax; i++) {
    hub.openStream({ hz: 1, lastEventId: null, signal });
  }
  expect([hub.canAccept(), hub.clients]).toEqual([false, LIMITS.sseClientsMax]);
  expect(hub.openStream({ hz: 1, lastEventId: null, signal })).toBeNull();
  gone.abort();
  expect(hub.canAccept()).toBe(true);
  hub.close();
});

test("a client that is gone before its stream opens leaves nothing behind", () => {
  const { hub } = newHub();
  hub.openStream({ hz: 1, lastEventId: null, signal: AbortSignal.abort() });
  expect(hub.clients).toBe(0);
});

test("before the first status nothing is open to anybody", () => {
  const hub = new Hub({ clock: new ManualClock(), log: SILENT_LOG });
  expect(hub.canAccept()).toBe(false);
  expect(() => hub.snapshot()).toThrow("Cannot take a snapshot: setStatus comes first");
});

test("closing ends every stream and leaves no timer", async () => {
  const { clock, hub } = newHub();
  const clients = [new StreamClient(hub, 1), new StreamClient(hub, 10)];
  hub.close();
  await settle();
  expect(clients.map((client) => client.done)).toEqual([true, true]);
  expect([hub.clients, clock.waiting, hub.canAccept()]).toEqual([0, 0, false]);
});

test("a minute after the last client left, the timer rests", () => {
  const { clock, hub } = newHub();
  const gone = new AbortController();
  hub.openStream({ hz: 1, lastEventId: null, signal: gone.signal });
  gone.abort();
  clock.advance(LIMITS.sseResumeMsMax + 1000);
  expect(clock.waiting).toBe(0);
});
