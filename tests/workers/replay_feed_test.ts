import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { ArchivedBlock } from "../../src/archive/run_reader.ts";
import { LIMITS } from "../../src/limits.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { type Clock, REAL_CLOCK } from "../../src/runtime/clock.ts";
import { serveReplay } from "../../src/workers/replay_feed.ts";
import { block } from "../archive/support/archive.ts";
import { until } from "../support/rackwatch.ts";
import { SimulatedClock } from "./support/simulated_clock.ts";

setDefaultTimeout(60_000);

function blocks(texts: readonly string[], everyMs = 0): ArchivedBlock[] {
  return texts.map((text, index) => ({
    part: 0,
    offset: 0,
    block: block(text),
    arrivalMs: 1_000_000 + index * everyMs,
    connection: 1,
  }));
}

function serve(archived: readonly ArchivedBlock[], speed: number, clock: Clock = REAL_CLOCK) {
  const stop = new AbortController();
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => open = resolve);
  async function* all() {
    await opened;
    yield* archived;
  }
  const replay = serveReplay({
    hostname: "127.0.0.1",
    port: 0,
    blocks: all(),
    speed,
    clock,
    log: SILENT_LOG,
    signal: stop.signal,
  });
  /** Lets the first line out: readers that came before get all. */
  return { ...replay, stop, open };
}

async function connect(port: number, { stalls = false } = {}) {
  const heard = { bytes: 0, text: "" };
  let close: () => void = () => {};
  const closed = new Promise<void>((resolve) => close = resolve);
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data: (_socket, bytes) => {
        heard.bytes += bytes.length;
        if (heard.text.length < 1_000) heard.text += bytes.toString().slice(0, 1_000);
      },
      close,
      error: close,
    },
  });
  if (stalls) socket.pause();
  return { heard, closed, socket };
}

describe("a replay", () => {
  test("gives the bytes in their order and says how many", async () => {
    const replay = serve(blocks(["a", "b\r", "", "c"]), 0);
    const reader = await connect(replay.port);
    replay.open();
    expect(await replay.finished).toEqual({ bytes: 8, lines: 4 });
    await reader.closed;
    expect(reader.heard.text).toBe("a\nb\r\n\nc\n");
  });

  test("keeps the run's own pace, times the speed", async () => {
    const clock = new SimulatedClock();
    const replay = serve(blocks(["a", "b", "c"], 10_000), 10, clock);
    const reader = await connect(replay.port);
    replay.open();
    await until(() => reader.heard.text, (text) => text === "a\n");
    const startedMs = clock.nowMs();
    await clock.until(replay.finished);
    expect(clock.nowMs() - startedMs).toBeWithin(2_000, 2_200);
  });

  test("goes at the pace of the slowest reader: each gets every byte", async () => {
    const texts = Array.from({ length: 10 }, () => "x".repeat(1_000_000));
    const replay = serve(blocks(texts), 0);
    const slow = await connect(replay.port, { stalls: true });
    const quick = await connect(replay.port);
    replay.open();
    await until(() => quick.heard.bytes, (bytes) => bytes > 0);
    slow.socket.resume();
    const { bytes } = await replay.finished;
    await Promise.all([slow.closed, quick.closed]);
    expect(slow.heard.bytes).toBe(bytes);
  });

  test("a reader that takes nothing for long is cut, the others get the rest", async () => {
    const clock = new SimulatedClock();
    const texts = Array.from({ length: 40 }, () => "x".repeat(1_000_000));
    const replay = serve(blocks(texts), 0, clock);
    await connect(replay.port, { stalls: true });
    const quick = await connect(replay.port);
    replay.open();
    // Real sockets, simulated patience: let it pass until the stalled one is cut.
    const timer = setInterval(() => void clock.advance(LIMITS.feedFlushMsMax / 20), 20);
    const { bytes } = await replay.finished;
    clearInterval(timer);
    await quick.closed;
    expect(bytes).toBe(40_000_040);
    expect(quick.heard.bytes).toBe(bytes);
  });

  test("a stop ends it while a reader stalls, and before the first came", async () => {
    const nobody = serve(blocks(["a"]), 0);
    nobody.open();
    nobody.stop.abort();
    expect(await nobody.finished).toEqual({ bytes: 0, lines: 0 });
    const stalled = serve(blocks(Array.from({ length: 40 }, () => "x".repeat(1_000_000))), 0);
    await connect(stalled.port, { stalls: true });
    const quick = await connect(stalled.port);
    stalled.open();
    await until(() => quick.heard.bytes, (bytes) => bytes > 0);
    stalled.stop.abort();
    expect((await stalled.finished).bytes).toBeLessThan(40_000_040);
  });
});
