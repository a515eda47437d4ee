/** A tab's end of the shared stream: what it does when the worker does not answer, or dies. */
import { expect, test } from "bun:test";
import type { FeedState } from "../../src/browser/live_feed.ts";
import { HELLO_MS_MAX, SharedFeed } from "../../src/browser/shared_feed.ts";
import type { HubMessage, TabMessage } from "../../src/browser/stream_hub.ts";
import type { LiveEvent } from "../../src/model/live_event.ts";
import { FakeClock, FakeSource } from "./feed_harness.ts";

function harness() {
  const clock = new FakeClock();
  const links: {
    sent: TabMessage[];
    closed: boolean;
    hear(message: HubMessage): void;
    fail(): void;
  }[] = [];
  const sources: FakeSource[] = [];
  const states: FeedState[] = [];
  const events: LiveEvent[] = [];
  const awaited = new Map<string, () => void>();
  const page = { gone: () => {}, back: () => {} };
  const feed = new SharedFeed({
    open: (url) => {
      const source = new FakeSource(url);
      sources.push(source);
      return source;
    },
    clock,
    random: () => 1,
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state),
    intervalMs: 1000,
    connect: (hear, fail) => {
      const link = { sent: [] as TabMessage[], closed: false, hear, fail };
      links.push(link);
      return {
        send: (message) => link.sent.push(message),
        close: () => link.closed = true,
      };
    },
    holdLock: (held) => held("tab-1"),
    awaitLock: (name, gone) => awaited.set(name, gone),
    watchPage: (gone, back) => {
      page.gone = gone;
      page.back = back;
    },
  });
  return { feed, clock, links, sources, states, events, awaited, page };
}

test("shared feed: joins with its lock and pace, and tells what changes", () => {
  const { feed, links, states, sources } = harness();
  feed.start();
  links[0]!.hear({ kind: "hello", lock: "worker-1" });
  links[0]!.hear({ kind: "state", state: { kind: "live" } });
  feed.setIntervalMs(100);
  feed.setIntervalMs(100);
  feed.setHidden(true);
  feed.retryNow();
  expect(links[0]!.sent).toEqual([
    { kind: "join", lock: "tab-1", intervalMs: 1000, hidden: false },
    { kind: "interval", intervalMs: 100 },
    { kind: "hidden", hidden: true },
    { kind: "retry" },
  ]);
  expect(states.map((each) => each.kind)).toEqual(["connecting", "live"]);
  expect(sources).toEqual([]);
});

for (const why of ["cannot be started", "never answers"] as const) {
  test(`shared feed: a worker that ${why} leaves the tab a stream of its own`, () => {
    const { feed, links, clock, sources, states } = harness();
    feed.start();
    feed.setIntervalMs(500);
    if (why === "never answers") clock.advance(HELLO_MS_MAX);
    else links[0]!.fail();
    expect(sources.map((source) => source.url)).toEqual(["/events?hz=2"]);
    expect(links[0]!.closed).toBe(true);
    sources[0]!.emit("snapshot");
    expect(states.at(-1)?.kind).toBe("live");
    // A late answer is not heard any more: it would double everything.
    links[0]!.hear({ kind: "state", state: { kind: "asleep" } });
    expect(states.at(-1)?.kind).toBe("live");
  });
}

test("shared feed: a worker that dies is replaced, and the dead one is not heard", () => {
  const { feed, links, awaited, states, sources, clock } = harness();
  feed.start();
  links[0]!.hear({ kind: "hello", lock: "worker-1" });
  feed.setHidden(true);
  awaited.get("worker-1")!();
  expect(links.length).toBe(2);
  expect(links[1]!.sent).toMatchObject([{ kind: "join", hidden: true }]);
  links[0]!.hear({ kind: "state", state: { kind: "live" } });
  expect(states.at(-1)?.kind).toBe("connecting");
  links[1]!.hear({ kind: "hello", lock: "worker-2" });
  clock.advance(HELLO_MS_MAX);
  expect(sources).toEqual([]);
});

test("shared feed: a page that is put away leaves, and joins again when it is taken out", () => {
  const { feed, links, page, clock, sources } = harness();
  feed.start();
  links[0]!.hear({ kind: "hello", lock: "" });
  page.gone();
  expect(links[0]!.sent.at(-1)).toEqual({ kind: "leave" });
  expect(links[0]!.closed).toBe(true);
  page.back();
  expect(links[1]!.sent).toMatchObject([{ kind: "join", lock: "tab-1" }]);
  links[1]!.hear({ kind: "hello", lock: "" });
  clock.advance(HELLO_MS_MAX);
  expect(sources).toEqual([]);
});
