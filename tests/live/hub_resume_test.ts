/** Coming back to a stream with `Last-Event-ID`. */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { LIMITS } from "../../src/limits.ts";
import type { RegionSecond } from "../../src/model/live_event.ts";
import { alert, delta } from "./make.ts";
import { newHub, settle, StreamClient } from "./stream_client.ts";

test("who comes back soon gets the missed frames and alerts, then the present status", async () => {
  const { clock, hub, feed } = newHub();
  const [stays, leaves] = [new StreamClient(hub, 10), new StreamClient(hub, 10)];
  const step = () => {
    feed();
    clock.advance(100);
  };
  for (let tick = 0; tick < 5; tick++) step();
  await settle();
  leaves.leave();
  for (let tick = 0; tick < 3; tick++) step();
  hub.apply(delta({ alerts: [{ kind: "opened", alert: alert({}) }] }));
  step();
  const back = new StreamClient(hub, 10, leaves.ids.at(-1)!);
  await settle();
  const missed = stays.ids.slice(stays.ids.indexOf(leaves.ids.at(-1)!) + 1);
  expect(back.ids.slice(0, -1)).toEqual(missed);
  expect(back.types).toEqual(["frame", "frame", "frame", "alert", "frame", "status"]);
  hub.close();
});

test("who left in the middle of a storm of alerts gets those after the last one seen", async () => {
  const { hub } = newHub();
  const stays = new StreamClient(hub, 10);
  const storm = Array.from(
    { length: 20 },
    (_, index) => ({ kind: "opened", alert: alert({ hostId: `host-${index}` }) }) as const,
  );
  hub.apply(delta({ alerts: storm }));
  await settle();
  const alerts = stays.ids.filter((_, index) => stays.types[index] === "alert");
  expect(alerts).toHaveLength(20);
  const back = new StreamClient(hub, 10, alerts[7]!);
  await settle();
  expect(back.ids.slice(0, -1)).toEqual(alerts.slice(8));
  hub.close();
});

test("a storm of alerts is one write a client", async () => {
  const { hub } = newHub();
  const stream = hub.openStream({
    hz: 10,
    lastEventId: null,
    signal: new AbortController().signal,
  });
  const reader = stream!.getReader();
  // What comes first: the time to wait before coming back, and the snapshot.
  for (let chunk = 0; chunk < 2; chunk++) await reader.read();
  const storm = Array.from(
    { length: 50 },
    (_, index) => ({ kind: "opened", alert: alert({ hostId: `host-${index}` }) }) as const,
  );
  hub.apply(delta({ alerts: storm }));
  const { value } = await reader.read();
  expect(new TextDecoder().decode(value).match(/^event: alert$/gm)).toHaveLength(50);
  hub.close();
});

for (
  const [what, id] of [
    ["from long ago", 17],
    ["from the future", Number.MAX_SAFE_INTEGER],
  ] as const
) {
  test(`an id ${what} gets a fresh snapshot`, async () => {
    const { hub } = newHub();
    const other = new StreamClient(hub, 1);
    const client = new StreamClient(hub, 1, id);
    await settle();
    expect([other.types, client.types]).toEqual([["snapshot"], ["snapshot"]]);
    hub.close();
  });
}

test("an id that was pushed out of the ring gets a fresh snapshot", async () => {
  const { clock, hub, feed } = newHub();
  const stays = new StreamClient(hub, 10);
  for (let tick = 0; tick < LIMITS.sseResumeFramesMax + 2; tick++) {
    feed();
    clock.advance(100);
  }
  await settle();
  const resumed = [0, 1, 2, 3].map((index) => new StreamClient(hub, 10, stays.ids[index]!));
  await settle();
  expect(resumed.map((client) => client.types[0])).toEqual([
    "snapshot",
    "snapshot",
    "frame",
    "frame",
  ]);
  hub.close();
});

/** What a browser knows after these events: whole seconds, each replacing its own. */
function secondsOf(clients: readonly StreamClient[]): Map<string, string> {
  const known = new Map<string, string>();
  for (const { type, data } of clients.flatMap((client) => client.events)) {
    if (type !== "snapshot" && type !== "frame") continue;
    if (type === "snapshot") known.clear();
    for (const second of JSON.parse(data).seconds as RegionSecond[]) {
      known.set(`${second.region} ${second.atMs}`, JSON.stringify(second));
    }
  }
  return known;
}

test("after any leaving and coming back, a client has the same seconds as the hub", async () => {
  const steps = fc.array(fc.constantFrom("feed", "tick", "second", "back", "other", "alert"), {
    minLength: 5,
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(10, 5, 1), async (all, hz) => {
      const { clock, hub, feed } = newHub();
      const visits = [new StreamClient(hub, hz)];
      const others: StreamClient[] = [];
      let temperature = 20;
      for (const step of all) {
        await settle();
        if (step === "feed") feed(temperature++);
        if (step === "tick") clock.advance(100);
        if (step === "second") clock.advance(1000);
        if (step === "other") others.push(new StreamClient(hub, others.length % 2 === 0 ? hz : 2));
        if (step === "alert") hub.apply(delta({ alerts: [{ kind: "opened", alert: alert({}) }] }));
        if (step === "back") {
          const last = visits.at(-1)!;
          last.leave();
          visits.push(new StreamClient(hub, hz, last.ids.at(-1) ?? null));
        }
      }
      clock.advance(2000);
      await settle();
      const whole = hub.snapshot().seconds.map((each) => JSON.stringify(each)).sort();
      expect([...secondsOf(visits).values()].sort()).toEqual(whole);
      hub.close();
    }),
    { numRuns: 60 },
  );
});
