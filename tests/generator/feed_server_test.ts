import { expect, test } from "bun:test";
import {
  FeedListenError,
  type FeedOptions,
  type FeedServer,
  serveFeed,
} from "../../src/generator/feed_server.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { ManualClock } from "./manual_clock.ts";

const OPTIONS: FeedOptions = {
  hostname: "127.0.0.1",
  port: 0,
  rate: 0,
  seed: 1,
  hosts: 20,
  clock: REAL_CLOCK,
  log: SILENT_LOG,
};

/** A reader that keeps what it gets and tells when something has come true. */
class Reader {
  text = "";
  bytes = 0;
  state: "open" | "closed" = "open";
  #wake: () => void = () => {};
  #socket: Bun.Socket | null = null;

  static async connect(port: number, keep = true): Promise<Reader> {
    const reader = new Reader();
    const decoder = new TextDecoder();
    reader.#socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        data: (_socket, bytes) => {
          reader.bytes += bytes.length;
          if (keep) reader.text += decoder.decode(bytes, { stream: true });
          reader.#wake();
        },
        close: () => reader.#closed(),
        error: () => reader.#closed(),
      },
    });
    return reader;
  }

  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  async until(condition: (reader: Reader) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((resolve) => this.#wake = resolve);
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  leave(): void {
    this.#socket?.terminate();
  }

  #closed(): void {
    this.state = "closed";
    this.#wake();
  }
}

async function withFeed(
  options: Partial<FeedOptions>,
  use: (feed: FeedServer) => Promise<void>,
): Promise<void> {
  const feed = await serveFeed({ ...OPTIONS, ...options });
  try {
    await use(feed);
  } finally {
    await feed.stop();
  }
}

/** Sockets' events come between turns of the loop; the condition is looked at after each. */
async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

test("serveFeed: sends exactly its rows as whole lines, then closes and finishes", () =>
  withFeed({ rows: 12_345 }, async (feed) => {
    const reader = await Reader.connect(feed.port);
    await reader.until(() => reader.state === "closed");
    await feed.finished;
    expect(reader.lines).toHaveLength(12_345);
    expect(reader.text.endsWith("}\n")).toBe(true);
    for (const line of reader.lines) JSON.parse(line);
    expect(feed.stats()).toMatchObject({ sentLines: 12_345, clients: 0, skippedLines: 0 });
  }));

test("serveFeed: every client gets the same lines, and a later one those from when it joined", async () => {
  const clock = new ManualClock();
  await withFeed({ rate: 100, clock }, async (feed) => {
    const first = await Reader.connect(feed.port);
    const second = await Reader.connect(feed.port);
    await eventually(() => feed.stats().clients === 2);
    clock.advance(1000);
    await first.until(() => first.lines.length >= 50);
    const third = await Reader.connect(feed.port);
    await eventually(() => feed.stats().clients === 3);
    const before = feed.stats().sentLines;
    clock.advance(1000);
    const sent = feed.stats().sentLines;
    expect(sent).toBeGreaterThan(before);
    for (const reader of [first, second]) await reader.until(() => reader.lines.length === sent);
    await third.until(() => third.lines.length === sent - before);
    expect(second.text).toBe(first.text);
    expect(third.lines).toEqual(first.lines.slice(before));
  });
});

test("serveFeed: the rate can be changed while it runs, down to 0.1 and up to unlimited", async () => {
  const clock = new ManualClock();
  await withFeed({ rate: 10, clock }, async (feed) => {
    const reader = await Reader.connect(feed.port, false);
    await eventually(() => feed.stats().clients === 1);
    clock.advance(1100);
    expect(feed.stats().sentLines).toBeWithin(10, 13);
    feed.setRate(1000);
    clock.advance(1000);
    const fast = feed.stats().sentLines;
    expect(fast).toBeWithin(1000, 1020);
    feed.setRate(0.1);
    clock.advance(9000);
    expect(feed.stats().sentLines).toBeWithin(fast, fast + 3);
    expect(() => feed.setRate(-1)).toThrow(RangeError);
    expect(feed.stats().rate).toBe(0.1);
    feed.setRate(0);
    await reader.until(() => reader.bytes > 5_000_000);
  });
});

test("serveFeed: a client that does not read is cut, and the other gets every line meanwhile", () =>
  withFeed({ rows: 600_000 }, async (feed) => {
    const stalled = await Reader.connect(feed.port, false);
    stalled.pause();
    const reader = await Reader.connect(feed.port, false);
    await reader.until(() => reader.state === "closed");
    expect(feed.stats()).toMatchObject({ sentLines: 600_000, cutClients: 1, clients: 0 });
    expect(feed.stats().skippedLines).toBeGreaterThan(100_000);
    // 600,000 lines of 110 to 140 bytes, all of them.
    expect(reader.bytes / 600_000).toBeWithin(110, 140);
    stalled.leave();
  }));

test("serveFeed: who only looks whether the port is open takes no lines with it", async () => {
  const clock = new ManualClock();
  await withFeed({ rows: 100, clock }, async (feed) => {
    const visitor = await Reader.connect(feed.port);
    await eventually(() => feed.stats().clients === 1);
    clock.advance(90);
    visitor.leave();
    await eventually(() => feed.stats().clients === 0);
    clock.advance(60_000);
    expect(feed.stats().sentLines).toBe(0);
    const reader = await Reader.connect(feed.port);
    await eventually(() => feed.stats().clients === 1);
    clock.advance(100);
    await reader.until(() => reader.state === "closed");
    expect(reader.lines).toHaveLength(100);
  });
});

test("serveFeed: rests while nobody listens, and goes on for the next", async () => {
  const clock = new ManualClock();
  await withFeed({ rate: 10, clock }, async (feed) => {
    const reader = await Reader.connect(feed.port);
    await eventually(() => feed.stats().clients === 1);
    clock.advance(1000);
    reader.leave();
    await eventually(() => feed.stats().clients === 0);
    const sent = feed.stats().sentLines;
    clock.advance(3_600_000);
    expect(feed.stats().sentLines).toBe(sent);
    expect(clock.waiting).toBe(0);
    const next = await Reader.connect(feed.port);
    await eventually(() => feed.stats().clients === 1);
    clock.advance(1000);
    await next.until(() => next.lines.length > 0);
    expect(JSON.parse(next.lines[0]!).timestamp).toBe("2025-11-21 03:42:01");
  });
});

test("serveFeed: stop closes its clients' connections and its port", async () => {
  const feed = await serveFeed({ ...OPTIONS, rate: 1000 });
  const reader = await Reader.connect(feed.port);
  await reader.until(() => reader.lines.length > 3);
  await feed.stop();
  await reader.until(() => reader.state === "closed");
  expect(reader.text.endsWith("\n")).toBe(true);
  await expect(Reader.connect(feed.port)).rejects.toThrow();
});

/** 160,000 lines are some 20 MB: more than the system's buffers hold, less than cuts a client. */
const FULL_LINES = 160_000;

test("serveFeed: stop waits a second for a client that takes nothing, then cuts it", async () => {
  const clock = new ManualClock();
  const feed = await serveFeed({ ...OPTIONS, rate: 1_000_000, clock });
  const stalled = await Reader.connect(feed.port, false);
  stalled.pause();
  await eventually(() => feed.stats().clients === 1);
  clock.advance(100 + FULL_LINES / 1000);
  const stopped = feed.stop();
  clock.advance(999);
  expect(feed.stats()).toMatchObject({ clients: 1, cutClients: 0 });
  clock.advance(1);
  expect(feed.stats()).toMatchObject({ clients: 0, cutClients: 1 });
  await stopped;
  stalled.leave();
});

test("serveFeed: at its end it waits for a client as long as that goes on reading", async () => {
  const clock = new ManualClock();
  const options = { ...OPTIONS, rate: 1_000_000, rows: FULL_LINES, clock };
  const feed = await serveFeed(options);
  const [slow, stalled] = [
    await Reader.connect(feed.port, false),
    await Reader.connect(feed.port, false),
  ];
  slow.pause();
  stalled.pause();
  await eventually(() => feed.stats().clients === 2);
  clock.advance(100 + 2 * FULL_LINES / 1000);
  expect(feed.stats()).toMatchObject({ clients: 2, sentLines: FULL_LINES });
  slow.resume();
  await slow.until(() => slow.state === "closed");
  expect(feed.stats().clients).toBe(1);
  clock.advance(10_000);
  expect(feed.stats()).toMatchObject({ clients: 0, cutClients: 1 });
  await feed.finished;
  expect(slow.bytes / FULL_LINES).toBeWithin(110, 140);
  stalled.leave();
});

test("serveFeed: an address in use is told as that, with the system's code", () =>
  withFeed({}, async (feed) => {
    const second = serveFeed({ ...OPTIONS, port: feed.port });
    await expect(second).rejects.toThrow(
      `Cannot serve the feed on 127.0.0.1:${feed.port}: another`,
    );
    const error = await second.catch((cause) => cause);
    expect(error).toBeInstanceOf(FeedListenError);
    expect(error.code).toBe("EADDRINUSE");
  }));

test("serveFeed: refuses what is no rate, no rows, no hosts", async () => {
  for (const wrong of [{ rate: 0.01 }, { rows: 0 }, { rows: 1.5 }, { hosts: 0 }]) {
    await expect(serveFeed({ ...OPTIONS, ...wrong })).rejects.toThrow(RangeError);
  }
});
