import { expect, test } from "bun:test";
import { type IngestOutcome, refusedLines } from "../../src/model/ingest.ts";
import { IngestDesk, type IngestDeskOptions } from "../../src/workers/ingest_desk.ts";
import type { ToSpeed } from "../../src/workers/messages.ts";
import { SimulatedClock } from "./support/simulated_clock.ts";

const ARCHIVED: IngestOutcome = { kind: "archived" };

function deskOf(limits: IngestDeskOptions["limits"] = {}) {
  const clock = new SimulatedClock();
  const posted: Extract<ToSpeed, { type: "ingest" }>[] = [];
  const state = { isDiskFull: false };
  const desk = new IngestDesk({
    post: (message) => void (message.type === "ingest" && posted.push(message)),
    isDiskFull: () => state.isDiskFull,
    clock,
    limits,
  });
  return { desk, clock, posted, state };
}

function openDesk(limits?: IngestDeskOptions["limits"]) {
  const made = deskOf(limits);
  made.desk.open();
  return made;
}

const lines = () => new TextEncoder().encode('{"a":1}\n');

test("a desk hands lines on and resolves with what the worker says of that request", async () => {
  const { desk, posted } = openDesk();
  const [one, two] = [desk.enter()!, desk.enter()!];
  const first = one.archive(lines()), second = two.archive(lines());
  expect(posted.map(({ lines }) => lines)).toEqual([lines(), lines()]);
  desk.answer(posted[1]!.id, ARCHIVED);
  desk.answer(posted[0]!.id, refusedLines("disk_full", false));
  expect(await second).toEqual(ARCHIVED);
  expect(await first).toEqual(refusedLines("disk_full", false));
});

test("before the worker takes lines, none are handed on", async () => {
  const { desk, posted } = deskOf();
  expect(desk.refusal()).toBe("starting");
  expect(await desk.enter()!.archive(lines())).toEqual(refusedLines("starting", false));
  expect(posted).toEqual([]);
});

test("a full disk is told before a body is read", () => {
  const { desk, state } = openDesk();
  expect(desk.refusal()).toBeNull();
  state.isDiskFull = true;
  expect(desk.refusal()).toBe("disk_full");
});

test("when the worker is lost, whoever waits is told that the lines may be archived", async () => {
  const { desk } = openDesk();
  const waiting = [desk.enter()!, desk.enter()!].map((place) => place.archive(lines()));
  desk.lost();
  expect(await Promise.all(waiting)).toEqual([
    refusedLines("failed", true),
    refusedLines("failed", true),
  ]);
  expect(desk.refusal()).toBe("starting");
  desk.open();
  expect(desk.refusal()).toBeNull();
});

test("a desk that is stopping stays shut, also when a worker says that it is ready", async () => {
  const { desk, posted } = openDesk();
  const waiting = desk.enter()!.archive(lines());
  desk.shut("stopping");
  desk.open();
  expect(desk.refusal()).toBe("stopping");
  desk.answer(posted[0]!.id, ARCHIVED);
  expect(await waiting).toEqual(ARCHIVED);
});

test("lines that are not archived in time are refused, and may be archived", async () => {
  const { desk, clock } = openDesk({ ingestWaitMsMax: 100 });
  const waiting = desk.enter()!.archive(lines());
  await clock.advance(99);
  const before = await Promise.race([waiting, Promise.resolve("waiting")]);
  expect(before).toBe("waiting");
  await clock.advance(1);
  expect(await waiting).toEqual(refusedLines("too_slow", true));
});

test("an answered request keeps its place until the worker is done with its lines", async () => {
  const { desk, clock, posted } = openDesk({ ingestWaitMsMax: 100, ingestRequestsMax: 1 });
  const place = desk.enter()!;
  const waiting = place.archive(lines());
  await clock.advance(100);
  await waiting;
  place.leave();
  await clock.advance(0);
  expect(desk.enter()).toBeNull();
  desk.answer(posted[0]!.id, ARCHIVED);
  await clock.advance(0);
  expect(desk.enter()).not.toBeNull();
});

test("there are only so many places, and one that is left is free", async () => {
  const { desk, clock } = openDesk({ ingestRequestsMax: 2 });
  const place = desk.enter()!;
  desk.enter();
  expect(desk.enter()).toBeNull();
  place.leave();
  place.leave();
  await clock.advance(0);
  expect(desk.enter()).not.toBeNull();
  expect(desk.enter()).toBeNull();
});

test("all requests together hold only so many bytes", async () => {
  const { desk, clock } = openDesk({ ingestBytesMax: 100 });
  const [one, two] = [desk.enter()!, desk.enter()!];
  expect(one.hold(60)).toBe(true);
  expect(two.hold(41)).toBe(false);
  expect(two.hold(40)).toBe(true);
  one.leave();
  await clock.advance(0);
  expect(two.hold(60)).toBe(true);
  expect(two.hold(1)).toBe(false);
});
