import { expect, test } from "bun:test";
import type { Reading } from "../../src/model/reading.ts";
import { FINEST_TIERS } from "../../src/model/rollup.ts";
import { LiveTiers, tiersOf } from "../../src/rollup/density.ts";
import { reading } from "./readings.ts";

const START_MS = Date.UTC(2026, 0, 1);

/** Each host once an interval, all of one region, in order of time. */
function fleet(hosts: number, intervalMs: number, rounds: number, fromMs = START_MS): Reading[] {
  return Array.from({ length: hosts * rounds }, (_, index) => {
    const host = index % hosts;
    const round = Math.floor(index / hosts);
    const atMs = fromMs + round * intervalMs + Math.floor(host * intervalMs / hosts);
    return reading({ host_id: `h${host}`, atMs });
  });
}

for (
  const [what, hosts, intervalMs, hostS, regionS] of [
    ["one reading a second", 20, 1_000, 60, 10],
    ["six readings a minute", 20, 10_000, 300, 10],
    ["one reading a minute", 20, 60_000, 3600, 60],
    ["three readings an hour", 20, 1_200_000, 86_400, 3600],
  ] as const
) {
  test(`a file with ${what} of each of ${hosts} hosts goes into buckets that hold enough`, () => {
    expect(tiersOf(fleet(hosts, intervalMs, 500))).toEqual({ hostS, regionS });
  });
}

test("a file in order of hosts is as dense as in order of time", () => {
  const byTime = fleet(20, 60_000, 500);
  const byHost = byTime.toSorted((a, b) => a.host_id < b.host_id ? -1 : 1);
  expect(tiersOf(byHost)).toEqual(tiersOf(byTime));
});

test("stray times make no difference", () => {
  const strays = [0, 1e12, 4e12].map((atMs) => reading({ host_id: "h1", atMs }));
  expect(tiersOf([...fleet(20, 1_000, 500), ...strays])).toEqual({ hostS: 60, regionS: 10 });
});

test("of many hosts, each seen once, the file's first minute is what is known", () => {
  expect(tiersOf(fleet(5_000, 60_000, 1))).toEqual({ hostS: 3600, regionS: 10 });
});

test("a feed of hosts that report seldom is judged over hours", () => {
  const tiers = new LiveTiers();
  const feed = fleet(200, 1_200_000, 12);
  const given = Array.from(
    { length: 240 },
    (_, minute) => tiers.add(feed.slice(minute * 10, minute * 10 + 10)),
  );
  expect(given[178]).toEqual(FINEST_TIERS);
  expect(given[179]).toEqual({ hostS: 86_400, regionS: 600 });
});

test("a small file goes into all tiers", () => {
  expect(tiersOf(fleet(9, 3_600_000, 100))).toEqual(FINEST_TIERS);
});

test("a feed has all tiers until some minutes of it are known, then those that pay", () => {
  const tiers = new LiveTiers();
  const batches = (from: number, to: number, intervalMs: number) =>
    Array.from(
      { length: to - from },
      (_, index) => tiers.add(fleet(200, intervalMs, 1, START_MS + (from + index) * intervalMs)),
    );
  expect(batches(0, 15, 60_000)).toEqual(new Array(15).fill(FINEST_TIERS));
  expect(batches(15, 16, 60_000)).toEqual([{ hostS: 3600, regionS: 10 }]);
  // It becomes dense: so it is once it has been for some minutes.
  expect(batches(960, 1_600, 1_000).at(-1)).toEqual({ hostS: 60, regionS: 10 });
});

test("of a large fleet a guess comes after some minutes", () => {
  const tiers = new LiveTiers();
  const feed = fleet(20_000, 300_000, 3);
  const given = Array.from(
    { length: 15 },
    (_, minute) => tiers.add(feed.slice(minute * 4_000, minute * 4_000 + 4_000)),
  );
  expect(given[11]).toEqual(FINEST_TIERS);
  expect(given[12]).toEqual({ hostS: 86_400, regionS: 10 });
});

test("a feed that is known within a minute is looked at anew from the next one on", () => {
  const tiers = new LiveTiers();
  const dense = Array.from(
    { length: 10 },
    (_, round) => tiers.add(fleet(1_000, 50, 100, START_MS + round * 5_000)),
  );
  expect(dense.at(-1)).toEqual({ hostS: 60, regionS: 10 });
  const thin = Array.from(
    { length: 16 },
    (_, minute) => tiers.add(fleet(200, 60_000, 1, START_MS + (1 + minute) * 60_000)),
  );
  expect(thin[14]).toEqual({ hostS: 60, regionS: 10 });
  expect(thin[15]).toEqual({ hostS: 3600, regionS: 10 });
});
