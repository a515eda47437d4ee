/** One stream for all tabs: its pace, its end, and that no tab misses or doubles anything. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { HIDDEN_GRACE_MS } from "../../src/browser/live_feed.ts";
import { type HubMessage, StreamHub } from "../../src/browser/stream_hub.ts";
import type { LiveEvent } from "../../src/model/live_event.ts";
import { fakeStatus } from "../e2e/support/fake_status.ts";
import { FakeClock, FakeSource } from "./feed_harness.ts";
import { cpuSecond, liveFleet, NOW_MS } from "./samples.ts";

const BOARD = liveFleet().board(NOW_MS);

function harness() {
  const sources: FakeSource[] = [];
  const clock = new FakeClock();
  const hub = new StreamHub({
    open: (url) => {
      const source = new FakeSource(url);
      sources.push(source);
      return source;
    },
    clock,
    random: () => 1,
  });
  const join = (intervalMs = 1000, hidden = false) => {
    const got: HubMessage[] = [];
    const tab = hub.join((message) => got.push(message), { intervalMs, hidden });
    const events = () => got.flatMap((each) => each.kind === "event" ? [each.event] : []);
    const states = () => got.flatMap((each) => each.kind === "state" ? [each.state.kind] : []);
    return { tab, events, states, types: () => events().map((each) => each.type) };
  };
  const open = () => sources.filter((source) => !source.closed).map((source) => source.url);
  const last = () => sources.at(-1)!;
  const board = () => ({ ...BOARD, serverMs: NOW_MS + clock.nowMs() });
  /** A second's count so far, in a frame. */
  const frame = (second: number, count: number) =>
    last().emit(
      "frame",
      JSON.stringify({
        board: board(),
        seconds: [cpuSecond("India", NOW_MS + second * 1000, new Array<number>(count).fill(50))],
      }),
    );
  const snapshot = () =>
    last().emit(
      "snapshot",
      JSON.stringify({ board: board(), seconds: [], status: fakeStatus(NOW_MS) }),
    );
  return { hub, clock, join, open, last, frame, snapshot, sources };
}

/** What a page that heard these events holds: the count of each second. */
function held(events: readonly LiveEvent[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const event of events) {
    if (event.type === "snapshot") counts.clear();
    if (event.type !== "snapshot" && event.type !== "frame") continue;
    for (const { atMs, readings } of event.data.seconds) counts.set(atMs, readings);
  }
  return counts;
}

test("hub: many tabs have one stream, as fast as the fastest of them", () => {
  const { join, open, hub } = harness();
  join(1000);
  const fast = join(100);
  join(5000);
  expect(open()).toEqual(["/events?hz=10"]);
  hub.leave(fast.tab);
  expect(open()).toEqual(["/events?hz=1"]);
});

test("hub: a tab that comes later gets a snapshot of all that was told, without asking", () => {
  const { join, frame, snapshot, sources, clock } = harness();
  const first = join();
  snapshot();
  clock.advance(1000);
  frame(1, 3);
  const second = join();
  expect(sources.length).toBe(1);
  expect(second.states()).toEqual(["live"]);
  expect(second.types()).toEqual(["snapshot"]);
  expect(held(second.events())).toEqual(held(first.events()));
  clock.advance(1000);
  frame(2, 1);
  expect(second.types()).toEqual(["snapshot", "frame"]);
});

test("hub: a snapshot of a slow stream tells the server's clock as it is now", () => {
  const { join, snapshot, clock } = harness();
  join(100_000);
  snapshot();
  clock.advance(20_000);
  const [event] = join(100_000).events();
  expect(event?.type === "snapshot" && event.data.board.serverMs).toBe(NOW_MS + 20_000);
});

test("hub: a slow tab beside a fast one gets fewer frames and the same seconds", () => {
  const { join, frame, snapshot, clock } = harness();
  const fast = join(100), slow = join(1000);
  snapshot();
  for (let tick = 1; tick <= 50; tick++) {
    clock.advance(100);
    frame(Math.floor(tick / 10), tick % 10 + 1);
  }
  expect(fast.events().length).toBe(51);
  expect(slow.events().length).toBe(6);
  expect(held(slow.events())).toEqual(held(fast.events()));
});

test("hub: hidden tabs cost nothing after the grace, and a seen one has a snapshot first", () => {
  const { join, open, frame, snapshot, clock } = harness();
  const one = join(), two = join();
  snapshot();
  one.tab.setHidden(true);
  clock.advance(HIDDEN_GRACE_MS);
  expect(one.states().at(-1)).toBe("asleep");
  const before = one.events().length;
  frame(11, 1);
  expect(one.events().length).toBe(before);
  two.tab.setHidden(true);
  clock.advance(HIDDEN_GRACE_MS);
  expect(open()).toEqual([]);
  expect(clock.timers).toBe(0);
  one.tab.setHidden(false);
  expect(open().length).toBe(1);
  snapshot();
  expect(one.types().at(-1)).toBe("snapshot");
  two.tab.setHidden(false);
  expect(two.types().at(-1)).toBe("snapshot");
  expect(open().length).toBe(1);
});

test("hub: a tab opened in the background never wakes the stream beyond the grace", () => {
  const { join, open, clock } = harness();
  join(1000, true);
  clock.advance(HIDDEN_GRACE_MS);
  expect([open(), clock.timers]).toEqual([[], 0]);
});

test("hub: the last tab's end is the stream's, and the next one begins anew", () => {
  const { hub, join, open, snapshot, clock } = harness();
  const { tab } = join();
  snapshot();
  hub.leave(tab);
  expect([open(), clock.timers]).toEqual([[], 0]);
  const next = join();
  expect(next.states().at(-1)).toBe("connecting");
  expect(next.types()).toEqual([]);
});

test("hub: a lost stream is told to every tab, one that comes meanwhile too", () => {
  const { join, snapshot, last, clock } = harness();
  const first = join();
  snapshot();
  last().emit("error");
  const second = join();
  expect([first.states().at(-1), second.states().at(-1)]).toEqual(["waiting", "waiting"]);
  expect(second.types()).toEqual([]);
  clock.advance(500);
  snapshot();
  expect(second.types()).toEqual(["snapshot"]);
});

test("hub: a day of frames leaves a snapshot of five minutes", () => {
  const { join, frame, snapshot, clock } = harness();
  join();
  snapshot();
  for (let second = 1; second <= 86_400; second += 20) {
    clock.advance(20_000);
    frame(second + 19, 1);
  }
  const [event] = join().events();
  expect(event?.type === "snapshot" && event.data.seconds.length).toBeLessThanOrEqual(16);
});

test("hub: whatever tabs do, each that is awake ends with the seconds of the server", () => {
  const doing = fc.array(
    fc.record({
      what: fc.constantFrom("frame", "join", "hide", "show", "leave", "wait"),
      tab: fc.nat(3),
      intervalMs: fc.constantFrom(100, 500, 2000),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(doing, (deeds) => {
      const { hub, join, frame, snapshot, last, clock, open } = harness();
      const tabs: ReturnType<typeof join>[] = [join(100)];
      let told = last();
      const truth = new Map<number, number>();
      const serve = () => {
        // A new stream begins with everything, as the server's does.
        if (open().length > 0 && last() !== told) {
          told = last();
          snapshot();
          for (const [second, count] of truth) frame(second, count);
        }
      };
      snapshot();
      let second = 0;
      for (const { what, tab, intervalMs } of deeds) {
        const one = tabs[tab % Math.max(1, tabs.length)];
        if (what === "join" && tabs.length < 4) tabs.push(join(intervalMs));
        if (what === "hide") one?.tab.setHidden(true);
        if (what === "show") one?.tab.setHidden(false);
        if (what === "wait") clock.advance(HIDDEN_GRACE_MS);
        if (what === "leave" && one !== undefined && tabs.length > 1) {
          hub.leave(one.tab);
          tabs.splice(tabs.indexOf(one), 1);
        }
        serve();
        if (what !== "frame") continue;
        clock.advance(100);
        truth.set(++second, intervalMs);
        if (open().length > 0) frame(second, intervalMs);
      }
      clock.advance(2_000);
      serve();
      // What was held back for a slow tab goes with the next frame.
      clock.advance(2_000);
      truth.set(++second, 1);
      if (open().length > 0) frame(second, 1);
      const wanted = new Map([...truth].map(([at, count]) => [NOW_MS + at * 1000, count]));
      for (const { tab, events } of tabs) if (!tab.asleep) expect(held(events())).toEqual(wanted);
    }),
    { numRuns: 300 },
  );
});
