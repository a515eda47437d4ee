import { expect, test } from "bun:test";
import fc from "fast-check";
import { fixedFaults } from "../../src/generator/faults.ts";
import { createFleet, type FleetRegion } from "../../src/generator/fleet.ts";
import type { Host } from "../../src/generator/host_model.ts";

const NO_FAULTS = fixedFaults([]);
const NOON_MS = Date.UTC(2025, 10, 20, 12);
const MINUTE_MS = 60_000;

const seeds = fc.nat();
const instants = fc.integer({ min: Date.UTC(2006, 0, 1), max: Date.UTC(2040, 0, 1) });

test("a fleet without faults stays in the ranges of the facts and lets no alert linger", () => {
  fc.assert(fc.property(seeds, fc.array(instants, { minLength: 50 }), (seed, times) => {
    for (const region of createFleet({ seed, hosts: 5 })) {
      for (const at of times) {
        const { tempC, cpuLoad, voltage, powerWatts } = region.measure(
          region.memberAt(at),
          at,
          NO_FAULTS,
        );
        expect(tempC).toBeWithin(38, 74);
        expect(cpuLoad).toBeWithin(10, 84);
        expect(voltage).toBeWithin(11.8, 12.2);
        expect(powerWatts).toBeWithin(400, 1200);
      }
    }
  }));
});

test("a measurement follows from seed, host and instant, in whatever order it is asked for", () => {
  fc.assert(fc.property(seeds, fc.array(instants, { minLength: 2 }), (seed, times) => {
    const once = createFleet({ seed, hosts: 6 });
    const again = createFleet({ seed, hosts: 6 });
    const forward = once.map((region) => times.map((at) => sample(region, at)));
    const backward = again.map((region) => times.toReversed().map((at) => sample(region, at)));
    expect(backward.map((values) => values.toReversed())).toEqual(forward);
  }));
});

test("another seed is another fleet", () => {
  const [one] = createFleet({ seed: 1, hosts: 1 });
  const [two] = createFleet({ seed: 2, hosts: 1 });
  expect(sample(one!, NOON_MS)).not.toEqual(sample(two!, NOON_MS));
});

test("seeds that differ only above 32 bits differ", () => {
  const [one] = createFleet({ seed: 7, hosts: 1 });
  const [two] = createFleet({ seed: 7 + 2 ** 32, hosts: 1 });
  expect(sample(one!, NOON_MS)).not.toEqual(sample(two!, NOON_MS));
});

test("load follows the region's own day: afternoons are busier than nights", () => {
  for (const region of createFleet({ seed: 3, hosts: 20 })) {
    const load = (hour: number) => {
      const hours = Array.from({ length: 14 }, (_, day) => {
        const localMidnight = NOON_MS - (region.localMs(NOON_MS) % 86_400_000) - day * 86_400_000;
        return localMidnight + hour * 3_600_000;
      });
      return mean(
        hours.flatMap((at) =>
          region.members.map((host) => region.measure(host, at, NO_FAULTS).cpuLoad)
        ),
      );
    };
    expect(load(15)).toBeGreaterThan(load(3) + 5);
  }
});

test("temperature follows load behind it: it fits the load of minutes ago better than now's", () => {
  const [region] = createFleet({ seed: 5, hosts: 20 });
  const better = region!.members.filter((host) => {
    const load = series(region!, host, "cpuLoad");
    const temperature = series(region!, host, "tempC");
    return correlation(temperature.slice(5), load.slice(0, -5)) > correlation(temperature, load);
  });
  expect(better.length).toBeGreaterThanOrEqual(18);
});

test("power rises and voltage sags with load", () => {
  const [region] = createFleet({ seed: 5, hosts: 3 });
  for (const host of region!.members) {
    const load = series(region!, host, "cpuLoad");
    expect(correlation(series(region!, host, "powerWatts"), load)).toBeGreaterThan(0.95);
    expect(correlation(series(region!, host, "voltage"), load)).toBeLessThan(-0.7);
  }
});

test("adding hosts changes none that were there", () => {
  const [small] = createFleet({ seed: 9, hosts: 4 });
  const [large] = createFleet({ seed: 9, hosts: 400 });
  expect(sample(small!, NOON_MS)).toEqual(
    { ...large!.measure(large!.members[NOON_MS % 4]!, NOON_MS, NO_FAULTS) },
  );
});

test("createFleet: refuses what is no number of hosts and no seed", () => {
  for (const hosts of [0, -1, 1.5, NaN, 100_001]) {
    expect(() => createFleet({ seed: 1, hosts })).toThrow("hosts a region must be a whole number");
  }
  for (const seed of [-1, 0.5, NaN, 2 ** 53]) {
    expect(() => createFleet({ seed, hosts: 1 })).toThrow("the seed must be a whole number");
  }
});

function sample(region: FleetRegion, at: number) {
  return { ...region.measure(region.memberAt(at), at, NO_FAULTS) };
}

function series(
  region: FleetRegion,
  host: Host,
  metric: "cpuLoad" | "tempC" | "powerWatts" | "voltage",
) {
  return Array.from(
    { length: 1440 },
    (_, minute) => region.measure(host, NOON_MS + minute * MINUTE_MS, NO_FAULTS)[metric],
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function correlation(xs: readonly number[], ys: readonly number[]): number {
  const [mx, my] = [mean(xs), mean(ys)];
  let [xy, xx, yy] = [0, 0, 0];
  xs.forEach((x, i) => {
    xy += (x - mx) * (ys[i]! - my);
    xx += (x - mx) ** 2;
    yy += (ys[i]! - my) ** 2;
  });
  return xy / Math.sqrt(xx * yy);
}
