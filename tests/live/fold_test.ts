import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { LiveFold } from "../../src/live/fold.ts";
import { LIMITS } from "../../src/limits.ts";
import type { LiveDelta } from "../../src/model/live_event.ts";
import {
  FLAG_FUTURE,
  FLAG_LATE,
  METRICS,
  type Reading,
  readingToJson,
} from "../../src/model/reading.ts";
import { alert, reading, START_MS } from "./make.ts";

const metric = fc.option(fc.integer({ min: -50, max: 150 }), { freq: 3 });
const readings = fc.array(
  fc.record({
    host_id: fc.constantFrom("a", "b"),
    region: fc.constantFrom("India", "USA"),
    atMs: fc.integer({ min: START_MS - 4000, max: START_MS + 1000 }),
    temp_c: metric,
    cpu_load: metric,
    voltage: metric,
    power_watts: metric,
    flags: fc.constantFrom(0, 0, FLAG_LATE, FLAG_FUTURE),
    offset: fc.nat(),
  }),
  { maxLength: 80 },
);

function foldAll(all: readonly Reading[]): LiveDelta | null {
  const fold = new LiveFold(START_MS);
  for (const each of all) fold.add(each);
  return fold.take(START_MS);
}

test("nothing happened gives null, also after a take", () => {
  const fold = new LiveFold(START_MS);
  expect(fold.take(START_MS)).toBeNull();
  fold.add(reading({ temp_c: 20 }));
  expect(fold.take(START_MS)).not.toBeNull();
  expect(fold.take(START_MS)).toBeNull();
});

test("every reading is counted once, by region", () => {
  fc.assert(fc.property(readings, (all) => {
    const delta = foldAll(all);
    expect(delta?.readings ?? 0).toBe(all.length);
    for (const region of ["India", "USA"]) {
      const own = all.filter((each) => each.region === region);
      const past = own.filter((each) => each.flags !== FLAG_FUTURE).map((each) => each.atMs);
      expect(delta?.regions.find((each) => each.region === region)).toEqual(
        own.length === 0
          ? undefined
          : { region, readings: own.length, newestMs: past.length > 0 ? Math.max(...past) : null },
      );
    }
  }));
});

test("each second holds what the readings of that second hold", () => {
  fc.assert(fc.property(readings, (all) => {
    for (const second of foldAll(all)?.seconds ?? []) {
      const own = all.filter((each) =>
        each.region === second.region && each.flags !== FLAG_FUTURE &&
        each.atMs >= second.atMs && each.atMs < second.atMs + 1000
      );
      expect(second.readings).toBe(own.length);
      for (const name of METRICS) {
        const values = own.map((each) => each[name]).filter((value) => value !== null);
        const summary = second.metrics[name];
        if (values.length === 0) expect(summary).toBeNull();
        else {
          expect({ ...summary }).toEqual({
            count: values.length,
            sumMicro: values.reduce((sum, value) => sum + value, 0) * 1e6,
            min: Math.min(...values) + 0,
            max: Math.max(...values) + 0,
          });
        }
      }
    }
    const counted = foldAll(all)?.seconds.reduce((sum, second) => sum + second.readings, 0) ?? 0;
    expect(counted).toBe(all.filter((each) => each.flags !== FLAG_FUTURE).length);
  }));
});

test("a host is its newest value of each metric", () => {
  fc.assert(fc.property(readings, (all) => {
    const present = all.filter((each) => each.flags !== FLAG_FUTURE);
    const names = new Set(present.map((each) => `${each.region}/${each.host_id}`));
    const hosts = foldAll(all)?.hosts ?? [];
    expect(hosts.length).toBe(names.size);
    for (const host of hosts) {
      const own = present.filter((each) =>
        each.region === host.region && each.host_id === host.host_id
      );
      expect(host.atMs).toBe(Math.max(...own.map((each) => each.atMs)));
      for (const name of METRICS) {
        const measured = own.filter((each) => each[name] !== null);
        const newest = measured.reduce<Reading | null>(
          (last, each) => last !== null && last.atMs > each.atMs ? last : each,
          null,
        );
        expect(host[name]).toBe(newest?.[name] ?? null);
      }
    }
  }));
});

test("the newest readings are the newest by their own time, of equal ones the later arrival", () => {
  fc.assert(fc.property(fc.array(fc.nat({ max: 400 }), { maxLength: 1500 }), (times) => {
    const all = times.map((ms, index) =>
      reading({ atMs: START_MS - ms * 10, voltage: index, region: "India" })
    );
    const expected = all.map((each, index) => ({ each, index }))
      .sort((a, b) => b.each.atMs - a.each.atMs || b.index - a.index)
      .slice(0, LIMITS.liveReadingsMax)
      .map(({ each }) => readingToJson(each));
    expect(foldAll(all)?.newest ?? []).toEqual(expected);
  }));
});

test("of many readings of one instant the last to come are the newest", () => {
  const all = Array.from({ length: 2000 }, (_, index) => reading({ voltage: index }));
  expect(foldAll(all)!.newest.map((each) => each.voltage))
    .toEqual(Array.from({ length: 50 }, (_, index) => 1999 - index));
});

test("of the newest readings those that came late say so", () => {
  const all = [reading({ flags: FLAG_LATE }), reading({ atMs: START_MS - 1 })];
  expect(foldAll(all)!.newest.map(({ flags }) => flags)).toEqual([["late"], undefined]);
});

test("a reading from the future is a row and nothing else", () => {
  const delta = foldAll([reading({ temp_c: 20, flags: FLAG_FUTURE, atMs: START_MS + 3_600_000 })])!;
  expect(delta).toMatchObject({ readings: 1, seconds: [], hosts: [], newest: [] });
});

test("a reading from before the live window makes no second, but its host is known", () => {
  const delta = foldAll([reading({ temp_c: 20, atMs: START_MS - 300_001, flags: FLAG_LATE })])!;
  expect(delta.seconds).toEqual([]);
  expect(delta.hosts.length).toBe(1);
});

test("hosts beyond a delta's limit come with the next deltas", () => {
  const fold = new LiveFold(START_MS);
  const all = 2 * LIMITS.liveHostsPerDeltaMax + 7;
  for (let i = 0; i < all; i++) fold.add(reading({ host_id: `h${i}` }));
  const taken: [number, number][] = [];
  for (let next = fold.take(START_MS); next !== null; next = fold.take(START_MS)) {
    taken.push([next.hosts.length, next.hostsOmitted]);
  }
  expect(taken).toEqual([[5000, 5007], [5000, 7], [7, 0]]);
});

test("a region with more hosts than fit never keeps another region's waiting", () => {
  const fold = new LiveFold(START_MS);
  const fill = () => {
    for (let i = 0; i < LIMITS.liveHostsPerDeltaMax + 1; i++) {
      fold.add(reading({ host_id: `h${i}` }));
    }
  };
  fill();
  fold.add(reading({ region: "USA" }));
  fold.take(START_MS);
  fill();
  expect(fold.take(START_MS)!.hosts[0]!.region).toBe("USA");
});

test("an alert that opens and escalates between two deltas is told once, as opened", () => {
  const fold = new LiveFold(START_MS);
  fold.addAlerts([
    { kind: "opened", alert: alert({}) },
    { kind: "escalated", alert: alert({ severity: "critical", value: 95 }) },
  ]);
  expect(fold.take(START_MS)!.alerts).toEqual([
    { kind: "opened", alert: alert({ severity: "critical", value: 95 }) },
  ]);
});

test("an alert that opens and closes between two deltas is told as closed", () => {
  const fold = new LiveFold(START_MS);
  const closed = alert({ closedAtMs: START_MS, closedBy: "cleared" });
  fold.addAlerts([{ kind: "opened", alert: alert({}) }, { kind: "closed", alert: closed }]);
  expect(fold.take(START_MS)!.alerts).toEqual([{ kind: "closed", alert: closed }]);
});

test("alerts beyond a delta's limit come with the next, and flapping ones do not pile up", () => {
  const fold = new LiveFold(START_MS);
  const many = LIMITS.liveAlertsPerDeltaMax + 10;
  for (let i = 0; i < many; i++) {
    fold.addAlerts([{ kind: "opened", alert: alert({ hostId: `h${i}` }) }]);
  }
  for (let i = 0; i < many; i++) {
    const flap = { hostId: "flap", openedAtMs: i };
    fold.addAlerts([
      { kind: "opened", alert: alert(flap) },
      { kind: "closed", alert: alert({ ...flap, closedAtMs: i, closedBy: "cleared" }) },
    ]);
  }
  expect(fold.take(START_MS)!.alerts.length).toBe(LIMITS.liveAlertsPerDeltaMax);
  expect(fold.take(START_MS)!.alerts.length).toBe(10);
  expect(fold.take(START_MS)).toBeNull();
});

test("a delta survives being posted to another thread", () => {
  const delta = foldAll([reading({ temp_c: 20.5 })])!;
  expect(structuredClone(delta).seconds[0]!.metrics.temp_c).toEqual({
    count: 1,
    sumMicro: 20_500_000,
    min: 20.5,
    max: 20.5,
  });
});
