import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { encodeEvent } from "../../src/live/sse.ts";
import { intervalOf } from "../../src/live/frames.ts";
import { parseEvents } from "./parse_events.ts";

test("any text comes back as one event, however many lines it has", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "\n", "\r", ":", " ", "é", "data: x") });
  fc.assert(fc.property(text, fc.nat(), (data, id) => {
    const bytes = encodeEvent("alert", id, data).bytes;
    expect(parseEvents(new TextDecoder().decode(bytes))).toEqual([
      { type: "alert", id: String(id), data: data.replace(/\r\n|\r/g, "\n") },
    ]);
  }));
});

for (
  const [hz, intervalMs] of [
    [10, 100],
    [9, 200],
    [5, 200],
    [3.3333, 300],
    [3, 400],
    [1, 1000],
    [0.7, 1500],
    [0.01, 100_000],
    [0.000001, 100_000],
    [1000, 100],
  ] as const
) {
  test(`at most ${hz} frames a second is one every ${intervalMs} ms`, () => {
    expect(intervalOf(hz)).toBe(intervalMs);
  });
}
