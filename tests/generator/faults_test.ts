import { expect, test } from "bun:test";
import fc from "fast-check";
import { endMs, type Incident, liveFaults, merged } from "../../src/generator/faults.ts";
import { createFleet } from "../../src/generator/fleet.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const seeds = fc.nat();
const instants = fc.integer({ min: Date.UTC(2006, 0, 1), max: Date.UTC(2040, 0, 1) });

test("standing faults: any 24 hours of any region hold a whole loss of cooling", () => {
  fc.assert(fc.property(seeds, instants, fc.integer({ min: 1, max: 50 }), (seed, until, hosts) => {
    for (const region of createFleet({ seed, hosts })) {
      const seen = new Set<Incident>();
      for (let at = until - DAY_MS; at <= until; at += HOUR_MS) {
        region.standing.at(at).forEach((one) => seen.add(one));
      }
      const whole = [...seen].filter((one) =>
        one.kind === "cooling" && one.startMs >= until - DAY_MS &&
        one.startMs + one.holdMs + one.tauMs <= until
      );
      expect(whole.length).toBeGreaterThanOrEqual(1);
    }
  }));
});

test("an incident strikes hosts that exist, and is over when its schedule stops naming it", () => {
  fc.assert(fc.property(seeds, instants, fc.integer({ min: 1, max: 50 }), (seed, at, hosts) => {
    for (const region of createFleet({ seed, hosts })) {
      const live = liveFaults(region, at - 1_000_000, 0, 1, seed);
      for (const schedule of [region.standing, live]) {
        for (const one of schedule.at(at)) {
          expect(region.members[one.host]!.rack).toBe(one.rack);
        }
        for (const one of schedule.at(at)) {
          expect(
            endMs(one) <= at || schedule.at(endMs(one) - 1).some((same) => same.key === one.key),
          )
            .toBe(true);
        }
      }
    }
  }));
});

test("a loss of cooling drives its rack past 90 °C, 99 at most, and lets it come back", () => {
  fc.assert(fc.property(seeds, instants, (seed, at) => {
    for (const region of createFleet({ seed, hosts: 8 })) {
      const one = region.standing.at(at).find((incident) => incident.kind === "cooling")!;
      for (const host of region.members.filter((member) => member.rack === one.rack)) {
        const tempC = (at: number) => region.measure(host, at, { at: () => [one] }).tempC;
        expect(tempC(one.startMs)).toBeLessThan(75);
        expect(tempC(one.startMs + one.holdMs)).toBeWithin(91, 99);
        expect(tempC(endMs(one) - 1000)).toBeLessThan(75);
      }
    }
  }));
});

test("temperatures have no jump in a day with all its faults: under 4 °C from second to second", () => {
  for (const region of createFleet({ seed: 11, hosts: 4 })) {
    for (const host of region.members) {
      let before = NaN;
      for (let at = Date.UTC(2025, 10, 20); at < Date.UTC(2025, 10, 21); at += 5000) {
        const { tempC } = region.measure(host, at, region.standing);
        expect(Math.abs(tempC - before) > 4).toBe(false);
        before = tempC;
      }
    }
  }
});

test("live faults: a first host passes 90 °C within a minute and is back within three", () => {
  fc.assert(
    fc.property(seeds, instants, fc.integer({ min: 1, max: 50 }), (seed, startMs, hosts) => {
      const fleet = createFleet({ seed, hosts });
      const hot = (afterS: number) =>
        fleet.some((region, turn) => {
          const faults = liveFaults(region, startMs, turn, fleet.length, seed);
          const at = startMs + afterS * 1000;
          return region.members.some((host) => region.measure(host, at, faults).tempC > 90.5);
        });
      expect(hot(10)).toBe(false);
      expect(hot(60)).toBe(true);
      expect(hot(200)).toBe(false);
    }),
    { numRuns: 100 },
  );
});

test("live faults: each region has its turn", () => {
  const fleet = createFleet({ seed: 4, hosts: 20 });
  fleet.forEach((region, turn) => {
    const faults = liveFaults(region, 0, turn, fleet.length, 4);
    const seen = new Set<Incident>();
    for (let at = 0; at < 40 * 60_000; at += 10_000) faults.at(at).forEach((one) => seen.add(one));
    expect(seen.size).toBeGreaterThanOrEqual(3);
  });
});

test("merged: names the incidents of all its schedules", () => {
  const [region] = createFleet({ seed: 4, hosts: 20 });
  const live = liveFaults(region!, 1_000_000, 0, 1, 4);
  const both = merged([region!.standing, live]);
  for (const at of [1_000_000, 1_500_000, 1_000_000, 9_000_000_000]) {
    expect(both.at(at)).toEqual([...region!.standing.at(at), ...live.at(at)]);
    expect(both.at(at)).toBe(both.at(at));
  }
});
