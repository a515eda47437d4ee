import { expect, test } from "bun:test";
import { SILENT_LOG } from "../../src/log.ts";
import { type Clock, REAL_CLOCK } from "../../src/runtime/clock.ts";
import { REAL_RANDOM } from "../../src/runtime/random.ts";
import { backoffMs, dial, type DialState } from "../../src/sources/socket_dial.ts";
import { SocketIntake } from "../../src/sources/socket_intake.ts";
import { Collected, ManualClock } from "./sockets.ts";

/** A feed that serves `text` to each client, then closes or stays. */
function feed(text: string, thenClose: boolean) {
  return Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        if (text !== "") socket.write(text);
        if (thenClose) socket.end();
      },
      data() {},
    },
  });
}

function dialling(port: number, collected: Collected, clock: Clock = REAL_CLOCK) {
  const states: DialState[] = [];
  const stop = new AbortController();
  const done = dial({
    address: `tcp://127.0.0.1:${port}`,
    intake: new SocketIntake({ onBlock: collected.onBlock, log: SILENT_LOG }),
    onState: (state) => {
      states.push(state);
      collected.look();
    },
    clock,
    random: clock === REAL_CLOCK ? REAL_RANDOM : { next: () => 0.999 },
    log: SILENT_LOG,
    signal: stop.signal,
  });
  return { states, done, stop: () => (stop.abort(), done) };
}

test("dial reconnects after the feed ends and takes its lines again", async () => {
  const collected = new Collected();
  const server = feed("1\n2", true);
  const dialled = dialling(server.port, collected);
  await collected.until(() => collected.all.startsWith("1\n2\n1\n2\n"));
  await dialled.stop();
  expect(dialled.states.at(-1)).toMatchObject({ state: "idle" });
  expect(dialled.states.some((state) => state.reconnects === 1)).toBe(true);
  server.stop(true);
});

test("dial waits longer after each attempt that gave no line", async () => {
  const clock = new ManualClock();
  const collected = new Collected();
  const server = feed("", true);
  const dialled = dialling(server.port, collected, clock);
  const waits: number[] = [];
  for (let attempt = 1; attempt <= 4; attempt++) {
    const waiting = () => dialled.states.filter((state) => state.state === "waiting").length;
    await collected.until(() => waiting() === attempt);
    const dialledBefore = dialled.states.length;
    let waitedMs = 0;
    while (dialled.states.length === dialledBefore) {
      clock.advance(100);
      waitedMs += 100;
      await Promise.resolve();
      await Promise.resolve();
      await Promise.resolve();
    }
    waits.push(waitedMs);
  }
  await dialled.stop();
  expect(waits).toEqual([200, 400, 800, 1_600]);
  server.stop(true);
});

test("dial tells why there is no feed", async () => {
  const collected = new Collected();
  const server = feed("", false);
  const { port } = server;
  server.stop(true);
  const dialled = dialling(port, collected);
  await collected.until(() => dialled.states.some((state) => state.state === "waiting"));
  const waiting = dialled.states.find((state) => state.state === "waiting");
  expect(waiting?.lastError).toBeString();
  expect(waiting?.reconnects).toBe(0);
  await dialled.stop();
});

test("dial stops at its signal while connected, and hands the unfinished line on", async () => {
  const collected = new Collected();
  const server = feed("1\n2", false);
  const dialled = dialling(server.port, collected);
  await collected.until(() => collected.all === "1\n");
  await dialled.stop();
  expect(collected.all).toBe("1\n2\n");
  server.stop(true);
});

test("dial refuses an address that isn't one", () => {
  expect(() =>
    dial({
      address: "nowhere",
      intake: new SocketIntake({ onBlock() {}, log: SILENT_LOG }),
      onState() {},
      clock: REAL_CLOCK,
      random: REAL_RANDOM,
      log: SILENT_LOG,
      signal: new AbortController().signal,
    })
  ).toThrow('Cannot read the feed\'s address "nowhere"');
});

test("backoffMs doubles to its ceiling, with full jitter", () => {
  const most = { next: () => 1 };
  expect([0, 1, 2, 6, 7, 60, 2_000].map((failures) => backoffMs(failures, most))).toEqual([
    100,
    200,
    400,
    6_400,
    10_000,
    10_000,
    10_000,
  ]);
  expect(backoffMs(5, { next: () => 0 })).toBe(0);
});
