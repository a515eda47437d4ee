import { expect, test } from "bun:test";
import { type EndReason, Outbox } from "../../src/live/outbox.ts";
import { encodeEvent, HEARTBEAT } from "../../src/live/sse.ts";
import { LIMITS } from "../../src/limits.ts";
import { ManualClock } from "./manual_clock.ts";

const BYTES_MAX = 1000;

function newOutbox() {
  const clock = new ManualClock();
  const ends: EndReason[] = [];
  let snapshots = 0;
  const outbox = new Outbox({
    snapshot: () => encodeEvent("snapshot", ++snapshots, "{}"),
    onEnd: (reason) => ends.push(reason),
    nowMs: () => clock.monotonicMs(),
    bytesMax: BYTES_MAX,
  });
  const reader = outbox.stream.getReader();
  const read = async () => {
    const { value } = await reader.read();
    return value === undefined ? null : new TextDecoder().decode(value);
  };
  return { clock, outbox, reader, read, ends };
}

const chunk = (size: number) => new Uint8Array(size).fill(97);

test("chunks come out as they went in", async () => {
  const { outbox, read } = newOutbox();
  const early = read();
  outbox.push(chunk(3));
  outbox.push(chunk(4));
  expect([await early, await read()]).toEqual(["aaa", "aaaa"]);
});

test("nothing is handed over before it is asked for, so what waits is counted", () => {
  const { outbox } = newOutbox();
  for (let i = 0; i < 3; i++) outbox.push(chunk(300));
  expect(outbox.waitingBytes).toBe(900);
});

test("a client that falls behind skips to one fresh snapshot and goes on from there", async () => {
  const { outbox, read } = newOutbox();
  for (let i = 0; i < 50; i++) outbox.push(chunk(300));
  expect([outbox.waitingBytes, outbox.skips]).toEqual([0, 1]);
  expect(await read()).toStartWith("event: snapshot\nid: 1\n");
  outbox.push(chunk(2));
  expect(await read()).toBe("aa");
});

test("a single event larger than the limit is let through", async () => {
  const { outbox, read } = newOutbox();
  outbox.push(chunk(5000));
  expect((await read())!.length).toBe(5000);
});

test("a client that takes nothing until the deadline is dropped", () => {
  const { clock, outbox, ends } = newOutbox();
  outbox.push(chunk(10));
  clock.advance(LIMITS.sseWriteMsMax);
  outbox.check(HEARTBEAT);
  expect(ends).toEqual([]);
  clock.advance(1);
  outbox.check(HEARTBEAT);
  expect([ends, outbox.waitingBytes]).toEqual([["stalled"], 0]);
});

test("a client that skipped is dropped as well when it goes on taking nothing", () => {
  const { clock, outbox, ends } = newOutbox();
  for (let i = 0; i < 50; i++) {
    outbox.push(chunk(300));
    clock.advance(500);
    outbox.check(HEARTBEAT);
  }
  expect([ends, outbox.skips]).toEqual([["stalled"], 1]);
});

test("a slow client that still takes something is kept", async () => {
  const { clock, outbox, read, ends } = newOutbox();
  for (let i = 0; i < 20; i++) {
    outbox.push(chunk(300));
    clock.advance(LIMITS.sseWriteMsMax - 1);
    outbox.check(HEARTBEAT);
    await read();
  }
  expect(ends).toEqual([]);
});

test("a client with nothing waiting is never dropped, however long", async () => {
  const { clock, outbox, reader, ends } = newOutbox();
  for (let i = 0; i < 10; i++) {
    const next = reader.read();
    clock.advance(LIMITS.sseHeartbeatMs);
    outbox.check(HEARTBEAT);
    expect((await next).value).toEqual(HEARTBEAT);
  }
  expect(ends).toEqual([]);
});

test("a cancelled stream ends once, and takes nothing more", async () => {
  const { outbox, reader, ends } = newOutbox();
  await reader.cancel();
  outbox.push(chunk(10));
  outbox.end("closed");
  expect([ends, outbox.waitingBytes]).toEqual([["gone"], 0]);
});
