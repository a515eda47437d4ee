import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { METRICS, type Reading } from "../../src/model/reading.ts";
import {
  FINEST_TIERS,
  HOST_TIERS_S,
  REGION_TIERS_S,
  type RollupDelta,
} from "../../src/model/rollup.ts";
import { foldReadings, mergeDelta, RollupFold } from "../../src/rollup/fold.ts";
import { reading, readingArbitrary } from "./readings.ts";

const readings = fc.array(readingArbitrary, { maxLength: 60 });

/** One line a delta, sorted: equal texts are equal bits (-0 is told from 0). */
function canonical(deltas: readonly RollupDelta[]): string[] {
  return deltas.map((delta) =>
    JSON.stringify([
      delta.stepS,
      delta.bucketMs,
      delta.region,
      delta.hostId,
      delta.readings,
      METRICS.map((metric) => {
        const summary = delta.metrics[metric];
        return summary &&
          [summary.count, summary.sumMicro, bits(summary.min), bits(summary.max)];
      }),
      [...delta.temperatureHistogram].sort((a, b) => a[0] - b[0]),
    ])
  ).sort();
}

const bits = (value: number) => new BigUint64Array(new Float64Array([value]).buffer)[0]!.toString();

function mergeAll(batches: readonly (readonly RollupDelta[])[]): RollupDelta[] {
  const byKey = new Map<string, RollupDelta>();
  for (const delta of batches.flat()) {
    const key = JSON.stringify([delta.stepS, delta.bucketMs, delta.region, delta.hostId]);
    const before = byKey.get(key);
    byKey.set(key, before === undefined ? delta : mergeDelta(before, delta));
  }
  return [...byKey.values()];
}

/** Straight from the definition in src/model/rollup.ts, one bucket at a time. */
function oracle(all: readonly Reading[], tiers = FINEST_TIERS): RollupDelta[] {
  const out: RollupDelta[] = [];
  const series = new Map<string, Reading[]>();
  const put = (key: unknown[], each: Reading) => {
    const text = JSON.stringify(key);
    series.set(text, [...(series.get(text) ?? []), each]);
  };
  for (const each of all) {
    const start = (stepS: number) => each.atMs - each.atMs % (stepS * 1000);
    for (const step of REGION_TIERS_S) {
      if (step >= tiers.regionS) put([step, start(step), each.region, null], each);
    }
    for (const step of HOST_TIERS_S) {
      if (step >= tiers.hostS) put([step, start(step), each.region, each.host_id], each);
    }
  }
  for (const [text, own] of series) {
    const [stepS, bucketMs, region, hostId] = JSON.parse(text);
    const summary = (metric: typeof METRICS[number]) => {
      const values = own.map((each) => each[metric]).filter((value) => value !== null);
      if (values.length === 0) return null;
      return {
        count: values.length,
        sumMicro: values.reduce((sum, value) => sum + Math.floor(value * 1e6 + 0.5), 0),
        min: Math.min(...values) + 0,
        max: Math.max(...values) + 0,
      };
    };
    const histogram = new Map<number, number>();
    for (const { temp_c } of own) {
      if (temp_c === null) continue;
      const bin = Math.min(150, Math.max(-40, Math.floor(temp_c))) + 0;
      histogram.set(bin, (histogram.get(bin) ?? 0) + 1);
    }
    out.push({
      stepS,
      bucketMs,
      region,
      hostId,
      readings: own.length,
      metrics: {
        temp_c: summary("temp_c"),
        cpu_load: summary("cpu_load"),
        voltage: summary("voltage"),
        power_watts: summary("power_watts"),
      },
      temperatureHistogram: hostId === null ? histogram : new Map(),
    });
  }
  return out;
}

test("a fold equals the definition, bucket by bucket", () => {
  fc.assert(fc.property(readings, (all) => {
    expect(canonical(foldReadings(all))).toEqual(canonical(oracle(all)));
  }));
});

test("batches merge to the same bits however they are split and ordered", () => {
  const cut = fc.integer({ min: 0, max: 60 });
  fc.assert(fc.property(readings, cut, cut, fc.infiniteStream(fc.nat()), (all, i, j, keys) => {
    const shuffled = all.map((each) => ({ each, key: keys.next().value! }))
      .sort((a, b) => a.key - b.key).map(({ each }) => each);
    const [low, high] = i < j ? [i, j] : [j, i];
    const parts = [shuffled.slice(low, high), shuffled.slice(high), shuffled.slice(0, low)];
    expect(canonical(mergeAll(parts.map((part) => foldReadings(part))))).toEqual(
      canonical(foldReadings(all)),
    );
  }));
});

test("a fold over several adds gives what one batch of them gives", () => {
  fc.assert(fc.property(readings, readings, (first, second) => {
    const fold = new RollupFold();
    fold.add(first);
    fold.add(second);
    expect(canonical(fold.take().rollups)).toEqual(canonical(foldReadings([...first, ...second])));
    expect(fold.take()).toEqual({ rollups: [], latest: [] });
  }));
});

const anyTiers = fc.record({
  regionS: fc.constantFrom(...REGION_TIERS_S),
  hostS: fc.constantFrom(...HOST_TIERS_S),
});

test("readings with tiers of their own go into no finer ones, whatever else is gathered", () => {
  fc.assert(fc.property(readings, anyTiers, readings, anyTiers, (first, a, second, b) => {
    const fold = new RollupFold();
    fold.add(first, a);
    fold.add(second, b);
    const should = mergeAll([oracle(first, a), oracle(second, b)]);
    expect(canonical(fold.take().rollups)).toEqual(canonical(should));
  }));
});

test("a fold knows how many buckets of hosts it holds, of the tiers that readings came in", () => {
  fc.assert(fc.property(readings, readings, (fine, coarse) => {
    const fold = new RollupFold();
    fold.add(fine);
    fold.add(coarse, { regionS: 10, hostS: 3600 });
    const bucketsOf = (added: readonly Reading[], stepS: number) =>
      foldReadings(added).filter((one) => one.hostId !== null && one.stepS === stepS).length;
    expect(fold.hostBuckets).toBe(bucketsOf(fine, 60) + bucketsOf(coarse, 3600));
    fold.take();
    expect(fold.hostBuckets).toBe(0);
  }));
});

test("merging leaves both deltas as they were", () => {
  const [a] = foldReadings([reading({ temp_c: 20 })]);
  const before = canonical([a!]);
  mergeDelta(a!, foldReadings([reading({ temp_c: 30.5 })])[0]!);
  expect(canonical([a!])).toEqual(before);
});

test("deltas of different buckets do not merge, and the error names both", () => {
  const [a] = foldReadings([reading({ temp_c: 20 })]);
  const [b] = foldReadings([reading({ temp_c: 20, region: "USA" })]);
  expect(() => mergeDelta(a!, b!)).toThrow(
    "Cannot merge deltas: both must be of one bucket, got 10 s of India at 1763690400000 and " +
      "10 s of USA at 1763690400000",
  );
});

test("hosts of one name in two regions are two series", () => {
  const deltas = foldReadings([reading({ cpu_load: 1 }), reading({ cpu_load: 3, region: "USA" })]);
  expect(deltas.filter((delta) => delta.hostId === "a" && delta.stepS === 60).length).toBe(2);
});

for (
  const [tempC, bin] of [
    [-0.5, -1],
    [0, 0],
    [89.999, 89],
    [90, 90],
    [-40.1, -40],
    [-300, -40],
    [150, 150],
    [1000, 150],
  ] as const
) {
  test(`a temperature of ${tempC} °C is counted in bin ${bin}`, () => {
    const [delta] = foldReadings([reading({ temp_c: tempC })]);
    expect([...delta!.temperatureHistogram]).toEqual([[bin, 1]]);
  });
}
