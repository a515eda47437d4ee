/** What the benchmarks read off event streams, and what they judge by it. */
import { describe, expect, test } from "bun:test";
import { frameTimes } from "../../src/bench/crowd.ts";
import { parseEvent } from "../../src/bench/event_stream.ts";
import { growth } from "../../src/bench/fanout.ts";
import { frameReader } from "../../src/bench/probes.ts";
import { driftOf, type Minute } from "../../src/bench/soak.ts";
import { isMoving } from "../../src/bench/start.ts";
import { encodeEvent, HEARTBEAT } from "../../src/live/sse.ts";

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes).replace(/\n\n$/, "");

describe("an event", () => {
  test("is read as the server writes it", () => {
    const { bytes } = encodeEvent("frame", 7, `{"board":1}`);
    expect(parseEvent(textOf(bytes))).toEqual({ type: "frame", data: `{"board":1}` });
  });

  test("of several lines keeps them", () => {
    expect(parseEvent(textOf(encodeEvent("alert", 7, "a\nb").bytes))?.data).toBe("a\nb");
  });

  test("is not a heartbeat", () => expect(parseEvent(textOf(HEARTBEAT))).toBeNull());
});

describe("a crowd's frame times", () => {
  const frame = (serverMs: number) =>
    Buffer.from(encodeEvent("frame", 1, `{"board":{"serverMs":${serverMs},"headMs":null}}`).bytes);

  test("are those of every frame in a chunk, wherever it begins", () => {
    const chunk = Buffer.concat([Buffer.from("end of another\n\n"), frame(1001), frame(1002)]);
    expect(frameTimes(chunk)).toEqual([1001, 1002]);
  });

  test("leave out other events and a frame that is cut too short to tell", () => {
    const alert = Buffer.from(encodeEvent("alert", 1, `{"serverMs":1}`).bytes);
    expect(frameTimes(Buffer.concat([alert, frame(1001).subarray(0, 30)]))).toEqual([]);
  });
});

describe("the probes in a frame", () => {
  const second = (atMs: number, readings: number, region = "Probe") => ({ region, atMs, readings });
  const frame = (...seconds: readonly unknown[]) => ({
    type: "frame",
    data: JSON.stringify({ seconds }),
    atMs: 5,
  });

  test("are counted over seconds, each of which replaces its own", () => {
    const counts: number[] = [];
    const read = frameReader((count) => counts.push(count));
    read(frame(second(1000, 2), second(1000, 50, "India")));
    read(frame(second(1000, 3), second(2000, 1)));
    read(frame(second(2000, 4)));
    expect(counts).toEqual([2, 4, 7]);
  });

  test("are not looked for in other events", () => {
    const read = frameReader(() => expect.unreachable());
    read({ type: "status", data: "{}", atMs: 1 });
  });
});

describe("memory's growth", () => {
  test("is 1 of a level that is held, whatever came before", () => {
    expect(growth([10, 90, 100, 80, 100, 70, 90, 100])).toBe(1);
  });

  test("is what the end has more than the second quarter", () => {
    expect(growth([10, 10, 20, 20, 30, 30, 40, 40])).toBe(2);
  });

  test("of a second's run is 1", () => expect(growth([50])).toBe(1));
});

describe("a soak's drift", () => {
  const minutes = (value: (minute: number) => number): Minute[] =>
    Array.from({ length: 60 }, (_, index) => {
      const each = value(index + 1);
      return {
        minute: index + 1,
        megabytes: each,
        frameMs: each,
        alertMs: each,
        lagMs: 0,
        syncMs: 0,
      };
    });

  test("is none where nothing changes, however slow the first minutes were", () => {
    const drift = driftOf(minutes((minute) => minute < 5 ? 900 : 100));
    expect(drift).toEqual({ megabytes: 1, frameMs: 1, alertMs: 1 });
  });

  test("shows what grows: memory at its most, latency over the last third", () => {
    const drift = driftOf(minutes((minute) => minute > 20 ? 200 : 100));
    expect(drift).toEqual({ megabytes: 2, frameMs: 2, alertMs: 2 });
  });

  test("of latency forgives one bad minute, of memory none", () => {
    const drift = driftOf(minutes((minute) => minute === 50 ? 500 : 100));
    expect(drift).toEqual({ megabytes: 5, frameMs: 1, alertMs: 1 });
  });
});

test("a chart moves by live readings alone", () => {
  const metrics = { temp_c: null, cpu_load: null, voltage: null, power_watts: null };
  const second = (readings: number) => ({ region: "India", atMs: 0, readings, metrics });
  expect([[], [second(0)], [second(0), second(1)]].map((seconds) => isMoving({ seconds })))
    .toEqual([false, false, true]);
});
