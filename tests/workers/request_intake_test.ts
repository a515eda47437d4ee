import { expect, test } from "bun:test";
import fc from "fast-check";
import { SILENT_LOG } from "../../src/log.ts";
import type { LineBlock } from "../../src/model/line_block.ts";
import { refusedLines } from "../../src/model/ingest.ts";
import { SocketIntake } from "../../src/sources/socket_intake.ts";
import { RequestIntake } from "../../src/workers/speed/request_intake.ts";

interface Handed {
  readonly text: string;
  readonly lines: number;
  readonly connection: number;
  readonly done: () => void;
  readonly fail: () => void;
}

/** Requests into an intake whose blocks are done with when a test says so; or at once. */
function requestsInto({ isQuick = false, blockBytes = 1_000, queueBytesMax = 1_000_000 } = {}) {
  const handed: Handed[] = [];
  const stop = new AbortController();
  const disk = { isFull: false };
  const intake = new SocketIntake({
    onBlock: ({ bytes, ends }: LineBlock, connection) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const text = new TextDecoder().decode(bytes);
      const fail = () => reject(new Error("no disk"));
      handed.push({ text, lines: ends.length, connection, done: resolve, fail });
      return isQuick ? undefined : promise;
    },
    log: SILENT_LOG,
    queueBytesMax,
  });
  const requests = new RequestIntake(intake, {
    isDiskFull: () => disk.isFull,
    stopping: stop.signal,
    blockBytes,
  });
  return { handed, intake, disk, requests, stop: () => stop.abort() };
}

const bytesOf = (text: string) => new TextEncoder().encode(text);
const turns = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a request's bytes are handed on as they are, in whole lines and in order", async () => {
  const line = fc.string({ unit: fc.constantFrom("a", "ä", " ", "\r"), maxLength: 40 });
  const body = fc.array(line, { minLength: 1, maxLength: 30 });
  await fc.assert(fc.asyncProperty(body, fc.integer({ min: 1, max: 50 }), async (lines, size) => {
    const { requests, handed } = requestsInto({ isQuick: true, blockBytes: size });
    const text = lines.map((one) => one + "\n").join("");
    expect(await requests.take(bytesOf(text))).toEqual({ kind: "archived" });
    expect(handed.map((block) => block.text).join("")).toBe(text);
    expect(handed.every((block) => block.text.endsWith("\n"))).toBe(true);
    expect(handed.every((block) => block.lines === 1 || block.text.length <= size)).toBe(true);
  }));
});

test("a request is archived once its last block is done with", async () => {
  const { requests, handed } = requestsInto({ blockBytes: 4 });
  let isOver = false;
  const taken = requests.take(bytesOf("1\n2\n3\n4\n")).finally(() => isOver = true);
  handed[0]!.done();
  await turns();
  expect(isOver).toBe(false);
  handed[1]!.done();
  expect(await taken).toEqual({ kind: "archived" });
});

test("each request is a connection of its own, and none stays open", async () => {
  const { requests, handed, intake } = requestsInto({ isQuick: true });
  await Promise.all([requests.take(bytesOf("1\n")), requests.take(bytesOf("2\n"))]);
  expect(new Set(handed.map((block) => block.connection)).size).toBe(2);
  expect(intake.stats().connections).toBe(0);
});

test("a request rests while the intake is over its bound, and goes on after", async () => {
  const { requests, handed, intake } = requestsInto({ blockBytes: 4, queueBytesMax: 4 });
  const taken = requests.take(bytesOf("111\n222\n333\n"));
  await turns();
  expect(handed.map((block) => block.text)).toEqual(["111\n", "222\n"]);
  expect(intake.paused).toBe(true);
  handed[0]!.done();
  handed[1]!.done();
  await turns();
  expect(handed).toHaveLength(3);
  handed[2]!.done();
  expect(await taken).toEqual({ kind: "archived" });
});

test("a block that fails makes the request a failure whose lines may be archived", async () => {
  const { requests, handed } = requestsInto({ blockBytes: 4 });
  const taken = requests.take(bytesOf("111\n222\n"));
  handed[0]!.done();
  handed[1]!.fail();
  expect(await taken).toEqual(refusedLines("failed", true));
});

test("on a full disk nothing is handed on", async () => {
  const { requests, handed, disk } = requestsInto();
  disk.isFull = true;
  expect(await requests.take(bytesOf("1\n"))).toEqual(refusedLines("disk_full", false));
  expect(handed).toEqual([]);
});

test("at a stop, what was handed on is waited for, and the rest is refused", async () => {
  const { requests, handed, stop } = requestsInto({ blockBytes: 4, queueBytesMax: 4 });
  const cut = requests.take(bytesOf("111\n222\n333\n"));
  await turns();
  stop();
  await turns();
  for (const block of handed) block.done();
  expect(await cut).toEqual(refusedLines("stopping", true));
  expect(handed).toHaveLength(2);
  expect(await requests.take(bytesOf("1\n"))).toEqual(refusedLines("stopping", false));
});

test("at a stop, a request that was handed on whole is archived", async () => {
  const { requests, handed, stop } = requestsInto();
  const taken = requests.take(bytesOf("1\n2\n"));
  stop();
  handed[0]!.done();
  expect(await taken).toEqual({ kind: "archived" });
});
