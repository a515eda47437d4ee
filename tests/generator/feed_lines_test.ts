import { expect, test } from "bun:test";
import fc from "fast-check";
import { FeedLines } from "../../src/generator/feed_lines.ts";
import { createFleet } from "../../src/generator/fleet.ts";
import { seededRandom } from "../../src/runtime/random.ts";

const START_MS = Date.UTC(2025, 10, 21, 2, 42, 56);
const decoder = new TextDecoder();

const WIRE = new RegExp(
  String.raw`^\{"host_id": "(IND-SRV|us-cloud|DE-HPC)-\d+", ` +
    String.raw`"timestamp": "\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "temp_c": \d\d, "cpu_load": \d\d, ` +
    String.raw`"voltage": (0\.0|1[12]\.\d\d?), "power_watts": (0\.0|\d+\.\d)\}` + "\n$",
);

function feedLines(seed = 1, hosts = 20): FeedLines {
  return new FeedLines(createFleet({ seed, hosts }), seed, seededRandom(seed), START_MS);
}

function take(lines: FeedLines, count: number, atMs: (i: number) => number): string[] {
  return Array.from({ length: count }, (_, i) => decoder.decode(lines.next(atMs(i))));
}

test("a live line is in the wire format to the letter", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 30 }), (seed, hosts) => {
      for (const line of take(feedLines(seed, hosts), 300, (i) => START_MS + i * 1700)) {
        expect(line).toMatch(WIRE);
      }
    }),
    { numRuns: 20 },
  );
});

test("a live line says 0.0 for what its region does not measure, and values for the rest", () => {
  for (const line of take(feedLines(), 500, (i) => START_MS + i * 500)) {
    const row = JSON.parse(line);
    const region = row.host_id.slice(0, 2);
    expect(line.includes('"voltage": 0.0,')).toBe(region !== "us");
    expect(line.includes('"power_watts": 0.0}')).toBe(region !== "DE");
    expect(row.temp_c).toBeWithin(35, 100);
    expect(row.cpu_load).toBeWithin(10, 96);
    if (region === "us") expect(row.voltage).toBeWithin(11.8, 12.2001);
    if (region === "DE") expect(row.power_watts).toBeWithin(400, 1200.1);
  }
});

test("a live line is stamped with the second it is asked for, in UTC", () => {
  const [first, second] = take(feedLines(), 2, (i) => START_MS + i * 3_999);
  expect(JSON.parse(first!).timestamp).toBe("2025-11-21 02:42:56");
  expect(JSON.parse(second!).timestamp).toBe("2025-11-21 02:42:59");
});

test("regions come at random and evenly, a region's hosts in turn", () => {
  const names = take(feedLines(3, 7), 3000, () => START_MS).map((line) => JSON.parse(line).host_id);
  for (const prefix of ["IND-SRV-", "us-cloud-", "DE-HPC-"]) {
    const hosts = names.filter((name) => name.startsWith(prefix));
    expect(hosts.length).toBeWithin(850, 1150);
    for (let i = 0; i + 7 <= hosts.length; i += 7) {
      expect(new Set(hosts.slice(i, i + 7)).size).toBe(7);
    }
  }
});

test("a second's readings of one host differ, and the curve goes on where history stands", () => {
  const region = createFleet({ seed: 5, hosts: 1 }).find(({ profile }) => profile.measuresPower);
  const lines = new FeedLines([region!], 5, seededRandom(5), START_MS);
  const spoken = take(lines, 4, () => START_MS);
  expect(new Set(spoken).size).toBeGreaterThan(1);
  const { tempC, cpuLoad } = region!.measure(region!.members[0]!, START_MS, region!.standing);
  expect(JSON.parse(spoken[0]!)).toMatchObject({
    temp_c: Math.round(tempC),
    cpu_load: Math.round(cpuLoad),
  });
});

test("at two lines a second a newcomer sees a host past 90 °C within two minutes, and it ends", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const lines = feedLines(seed, 20);
      const hot = take(lines, 400, (i) => START_MS + i * 500)
        .map((line, i) => ({ seconds: i / 2, row: JSON.parse(line) }))
        .filter(({ row }) => row.temp_c > 90);
      expect(hot.filter(({ seconds }) => seconds < 120).length).toBeGreaterThanOrEqual(3);
      expect(hot.every(({ seconds, row }) => seconds > 20 || row.temp_c <= 99)).toBe(true);
    }),
    { numRuns: 30 },
  );
});
