import { expect, test } from "bun:test";
import fc from "fast-check";
import { createFleet } from "../../src/generator/fleet.ts";
import { historyRows, MINUTES_MAX } from "../../src/generator/history_rows.ts";

const DAY_MS = 86_400_000;
const seeds = fc.nat();
const ends = fc.integer({ min: Date.UTC(2006, 0, 1) / 60_000, max: Date.UTC(2040, 0, 1) / 60_000 });

test("historyRows: every region's last day has an incident one can see", () => {
  fc.assert(
    fc.property(seeds, ends, fc.integer({ min: 1, max: 700 }), (seed, endMinute, hosts) => {
      for (const region of createFleet({ seed, hosts })) {
        let hot = 0;
        for (const row of historyRows(region, 10_000, endMinute * 60_000)) {
          if (row.atMs > endMinute * 60_000 - DAY_MS && row.measured.tempC >= 91) hot++;
          expect(row.measured.tempC).toBeLessThanOrEqual(99);
        }
        expect(hot).toBeGreaterThanOrEqual(5);
      }
    }),
    { numRuns: 15 },
  );
});

test("historyRows: a history of some hours has one as well", () => {
  fc.assert(
    fc.property(
      seeds,
      ends,
      fc.integer({ min: 120, max: 1500 }),
      fc.integer({ min: 1, max: 100 }),
      (seed, endMinute, rows, hosts) => {
        for (const region of createFleet({ seed, hosts })) {
          const hot = historyRows(region, rows, endMinute * 60_000)
            .map((row) => row.measured.tempC)
            .filter((tempC) => tempC >= 91)
            .toArray();
          expect(hot.length).toBeGreaterThanOrEqual(3);
        }
      },
    ),
    { numRuns: 40 },
  );
});

test("historyRows: up to a year, one row a minute back from the end, hosts in turn", () => {
  const [region] = createFleet({ seed: 1, hosts: 7 });
  const end = Date.UTC(2025, 10, 21, 2, 42, 56);
  let rows = 0;
  let before: number | null = null;
  for (const row of historyRows(region!, 20_000, end)) {
    expect(row.atMs).toBe(end - (20_000 - 1 - rows) * 60_000);
    if (before !== null) expect(row.host.index).toBe((before + 1) % 7);
    before = row.host.index;
    rows++;
  }
  expect(rows).toBe(20_000);
});

test("historyRows: more than a year of minutes share them, and no second comes twice", () => {
  const [region] = createFleet({ seed: 1, hosts: 3 });
  const end = Date.UTC(2025, 10, 21, 2, 42);
  const times = historyRows(region!, MINUTES_MAX * 2 + 1, end)
    .map((row) => row.atMs)
    .take(2000)
    .toArray();
  // Three a minute, twenty seconds apart; the oldest are two thirds of a year back.
  times.slice(1).forEach((at, i) => expect(at - times[i]!).toBe(20_000));
  expect(end - times[0]!).toBe(MINUTES_MAX * 2 / 3 * 60_000);
});

test("historyRows: the newest row is the end's, however many share its minute", () => {
  const [region] = createFleet({ seed: 1, hosts: 1 });
  const end = Date.UTC(2025, 10, 21, 2, 42);
  for (const rows of [1, 7, 525_601]) {
    let last = NaN;
    for (const row of historyRows(region!, rows, end)) last = row.atMs;
    expect(last).toBe(end);
  }
});

test("historyRows: two histories of one seed agree where they overlap", () => {
  const [region] = createFleet({ seed: 1, hosts: 20 });
  const end = Date.UTC(2025, 10, 21, 2, 42);
  const tell = (rows: number, endMs: number) =>
    historyRows(region!, rows, endMs)
      .map((row) => `${row.atMs} ${row.host.name} ${row.measured.tempC}`)
      .toArray();
  const long = tell(4000, end);
  expect(tell(2000, end - 600 * 60_000)).toEqual(long.slice(1400, 3400));
});
