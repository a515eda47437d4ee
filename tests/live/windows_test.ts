import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { ArrivalRate } from "../../src/live/arrival_rate.ts";
import { PowerHistory } from "../../src/live/power_history.ts";
import { SecondBucket } from "../../src/live/second_bucket.ts";
import { SecondsWindow } from "../../src/live/seconds_window.ts";
import { reading, START_MS } from "./make.ts";

function second(region: string, atMs: number, temp_c: number): SecondBucket {
  const bucket = new SecondBucket(region, atMs);
  bucket.add(reading({ region, atMs, temp_c }));
  return bucket;
}

const adds = fc.array(
  fc.tuple(
    fc.constantFrom("India", "USA"),
    fc.integer({ min: -310, max: 65 }),
    fc.integer({ min: 0, max: 99 }),
  ),
  { maxLength: 60 },
);

test("whoever replaces whole seconds by what changed ends up with the window", () => {
  fc.assert(fc.property(adds, fc.nat({ max: 7 }), (all, every) => {
    const window = new SecondsWindow();
    const copy = new Map<string, string>();
    let version = 0;
    const follow = () => {
      for (const each of window.changedSince(version, START_MS)) {
        copy.set(`${each.region} ${each.atMs}`, JSON.stringify(each));
      }
      version = window.version;
    };
    for (const [index, [region, offsetS, temp_c]] of all.entries()) {
      window.add(second(region, START_MS + offsetS * 1000, temp_c), START_MS);
      if (index % (every + 1) === 0) follow();
    }
    follow();
    const whole = window.changedSince(0, START_MS);
    expect(whole.map((each) => JSON.stringify(each)).sort()).toEqual([...copy.values()].sort());
    const inWindow = all.filter(([, offsetS]) => offsetS >= -300 && offsetS < 60);
    expect(whole.reduce((sum, each) => sum + each.readings, 0)).toBe(inWindow.length);
  }));
});

test("a slot of the ring is taken over by the newer second", () => {
  const window = new SecondsWindow();
  window.add(second("India", START_MS, 20), START_MS);
  const laterMs = START_MS + 512_000;
  window.add(second("India", laterMs, 30), laterMs);
  expect(window.changedSince(0, laterMs).map((each) => each.atMs)).toEqual([laterMs]);
});

test("more seconds than fit into a frame leave every region its newest", () => {
  const window = new SecondsWindow();
  for (let region = 0; region < 20; region++) {
    for (let s = 0; s < 300; s++) {
      window.add(second(`r${region}`, START_MS - s * 1000, 1), START_MS);
    }
  }
  const sent = window.changedSince(0, START_MS);
  expect(sent.length).toBe(3000);
  expect(new Set(sent.map((each) => each.region)).size).toBe(20);
  expect(Math.min(...sent.map((each) => each.atMs))).toBe(START_MS - 149_000);
});

test("a summary covers from its first second to before its end", () => {
  const window = new SecondsWindow();
  for (const [offset, temp] of [[-1, 10], [0, 20], [59, 30], [60, 40]] as const) {
    window.add(second("India", START_MS + offset * 1000, temp), START_MS + 10_000);
  }
  const { temp_c, cpu_load } = window.summarise("India", START_MS, START_MS + 60_000);
  expect(temp_c).toMatchObject({ count: 2, min: 20, max: 30 });
  expect(cpu_load).toBeNull();
});

test("the rate is over the last 10 s of arrival, and over less while there is less", () => {
  const rate = new ArrivalRate(0);
  rate.add(50, 1000);
  expect(rate.perSecond(2000)).toBe(25);
  rate.add(50, 9000);
  expect(rate.perSecond(10_000)).toBe(10);
  expect(rate.perSecond(15_000)).toBe(5);
  expect(rate.perSecond(30_000)).toBe(0);
});

test("total power of a minute ago is known once there is one, and not after a gap", () => {
  const power = new PowerHistory();
  for (let s = 0; s <= 70; s++) power.note(100 + s, s * 1000);
  expect(power.aMinuteAgo(59_000)).toBeNull();
  expect(power.aMinuteAgo(70_000)).toBe(110);
  expect(power.aMinuteAgo(200_000)).toBeNull();
});
