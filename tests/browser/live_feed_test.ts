import { expect, test } from "bun:test";
import { type FeedState, HIDDEN_GRACE_MS, LiveFeed } from "../../src/browser/live_feed.ts";
import type { LiveEvent } from "../../src/model/live_event.ts";
import { FakeClock, FakeSource } from "./feed_harness.ts";

function harness(intervalMs = 1000) {
  const sources: FakeSource[] = [];
  const states: FeedState[] = [];
  const events: LiveEvent[] = [];
  const clock = new FakeClock();
  const feed = new LiveFeed({
    open: (url) => {
      const source = new FakeSource(url);
      sources.push(source);
      return source;
    },
    clock,
    random: () => 1,
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state),
    intervalMs,
  });
  const last = () => sources.at(-1)!;
  const state = () => states.at(-1)?.kind;
  const open = () => sources.filter((source) => !source.closed).length;
  return { feed, sources, states, events, advance: clock.advance.bind(clock), last, state, open };
}

test("feed: asks for its interval and is live from the first event on", () => {
  const { feed, last, state } = harness(200);
  feed.start();
  expect(last().url).toBe("/events?hz=5");
  expect(state()).toBe("connecting");
  last().emit("snapshot");
  expect(state()).toBe("live");
});

test("feed: a lost stream is tried again after a back-off that grows, and resumes", () => {
  const { feed, sources, last, state, advance } = harness();
  feed.start();
  last().emit("frame", "{}", "41");
  last().emit("frame", "{}", "42");
  last().emit("error");
  expect(state()).toBe("waiting");
  advance(500);
  expect(last().url).toBe("/events?hz=1&last_event_id=42");
  last().emit("error");
  advance(999);
  expect(sources.length).toBe(2);
  advance(1);
  expect(sources.length).toBe(3);
});

test("feed: the back-off never passes 15 s, and begins anew after an event", () => {
  const { feed, last, states, advance } = harness();
  feed.start();
  for (let tries = 0; tries < 12; tries++) {
    last().emit("error");
    advance(15_000);
  }
  last().emit("snapshot");
  last().emit("error");
  expect(states.at(-1)).toMatchObject({ kind: "waiting", tries: 1 });
});

test("feed: another interval opens a new stream with a fresh snapshot", () => {
  const { feed, sources, last, open, state } = harness();
  feed.start();
  last().emit("snapshot", "{}", "7");
  feed.setIntervalMs(100_000);
  expect(state()).toBe("connecting");
  expect(sources[0]!.closed).toBe(true);
  expect(last().url).toBe("/events?hz=0.01");
  last().emit("snapshot");
  expect(state()).toBe("live");
  expect(open()).toBe(1);
});

test("feed: a hidden tab gives its connection back after the grace, and comes back when seen", () => {
  const { feed, last, state, open, advance } = harness();
  feed.start();
  last().emit("snapshot");
  feed.setHidden(true);
  advance(HIDDEN_GRACE_MS - 1);
  expect(open()).toBe(1);
  advance(1);
  expect([state(), open()]).toEqual(["asleep", 0]);
  feed.setHidden(false);
  expect([state(), open()]).toEqual(["connecting", 1]);
});

test("feed: a glance at another tab costs nothing", () => {
  const { feed, sources, advance } = harness();
  feed.start();
  feed.setHidden(true);
  advance(HIDDEN_GRACE_MS - 1);
  feed.setHidden(false);
  advance(HIDDEN_GRACE_MS);
  expect(sources.length).toBe(1);
});

test("feed: a stream that says nothing for 30 s, or three intervals, is given up", () => {
  const { feed, last, state, advance } = harness(20_000);
  feed.start();
  last().emit("snapshot");
  advance(59_999);
  expect(state()).toBe("live");
  advance(1);
  expect(state()).toBe("waiting");
});

test("feed: half an event ends the stream and asks for a fresh snapshot", () => {
  const { feed, last, events, advance } = harness();
  feed.start();
  last().emit("snapshot", "{}", "7");
  last().emit("frame", '{"board":', "8");
  expect(events.length).toBe(1);
  advance(500);
  expect(last().url).toBe("/events?hz=1");
});

test("feed: events of a closed stream are not heard", () => {
  const { feed, sources, events } = harness();
  feed.start();
  feed.setIntervalMs(100);
  sources[0]!.emit("snapshot");
  expect(events).toEqual([]);
});

test("feed: retry now skips the wait, and does nothing while a stream is open", () => {
  const { feed, sources, last } = harness();
  feed.start();
  feed.retryNow();
  expect(sources.length).toBe(1);
  last().emit("error");
  feed.retryNow();
  expect(sources.length).toBe(2);
});
