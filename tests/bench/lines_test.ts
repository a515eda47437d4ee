/** What the benchmarks send, and how peers are told the same rows. */
import { describe, expect, test } from "bun:test";
import { fleetBlocks, type FleetSpan } from "../../src/bench/fleet_lines.ts";
import { protocolLine } from "../../src/bench/peers/influxdb.ts";
import { importLines } from "../../src/bench/peers/victoria_metrics.ts";
import { QUERY_CASES } from "../../src/bench/query_cases.ts";

const START_MS = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

interface Line {
  readonly host_id: string;
  readonly timestamp: string;
  readonly region?: string;
}

const linesOf = (span: Partial<FleetSpan>): Line[] => {
  const whole = { rows: 600, hosts: 30, startMs: START_MS, endMs: START_MS + DAY_MS, ...span };
  const text = [...fleetBlocks(whole)].map((block) => new TextDecoder().decode(block)).join("");
  expect(text.endsWith("\n")).toBe(true);
  return text.trimEnd().split("\n").map((line) => JSON.parse(line) as Line);
};

describe("the fleet's lines over a span", () => {
  test("are as many as asked for, of as many hosts, in rising time within the span", () => {
    const lines = linesOf({});
    const times = lines.map((line) => Date.parse(`${line.timestamp.replace(" ", "T")}Z`));
    expect([lines.length, new Set(lines.map((line) => line.host_id)).size]).toEqual([600, 30]);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect([times[0], times.at(-1)! < START_MS + DAY_MS]).toEqual([START_MS, true]);
  });

  test("are whole lines in every block", () => {
    const span = { rows: 5_000, hosts: 30, startMs: START_MS, endMs: START_MS + DAY_MS };
    const ends = [...fleetBlocks(span)].map((block) => block.at(-1));
    expect(ends.length).toBeGreaterThan(1);
    expect(new Set(ends)).toEqual(new Set([10]));
  });

  test("of more than three regions say which, and share the hosts out", () => {
    const lines = linesOf({ regions: 30, hosts: 60 });
    const regions = new Set(lines.map((line) => line.region));
    expect([regions.size, new Set(lines.map((line) => line.host_id)).size]).toEqual([30, 60]);
    expect(regions.has("India 2")).toBe(true);
  });

  test("of the demo's three regions are the wire format as it is", () => {
    expect(linesOf({ rows: 3 }).map((line) => line.region)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("a peer's rows", () => {
  const row = {
    host_id: "us-cloud 1",
    timestamp: "2026-01-01 00:00:01",
    temp_c: 67,
    cpu_load: 42,
    voltage: 11.93,
    power_watts: 0,
  };

  test("as InfluxDB's line leave out what is not measured and escape the host", () => {
    expect(protocolLine(row)).toBe(
      "reading,host_id=us-cloud\\ 1 temp_c=67,cpu_load=42,voltage=11.93 1767225601\n",
    );
  });

  test("as VictoriaMetrics' lines are one for each metric that is measured", () => {
    const lines = importLines([row]).trimEnd().split("\n").map((line) => JSON.parse(line));
    expect(lines.map((line) => [line.metric.__name__, line.values[0]]))
      .toEqual([["temp_c", 67], ["cpu_load", 42], ["voltage", 11.93]]);
    expect(lines[0]).toEqual({
      metric: { __name__: "temp_c", host_id: "us-cloud 1" },
      values: [67],
      timestamps: [1_767_225_601_000],
    });
  });
});

test("query cases have names of their own and ask paths of this site", () => {
  const world = {
    nowMs: START_MS,
    regions: ["India"],
    hosts: [{ host_id: "a b/c", region: "India" }],
    pick: <T>(from: readonly T[]) => from[0]!,
  };
  const paths = QUERY_CASES.map((each) => each.path(world));
  expect(new Set(QUERY_CASES.map(({ name }) => name)).size).toBe(QUERY_CASES.length);
  expect(paths.filter((path) => !/^\/[\w/%?=&.-]*$/.test(path))).toEqual([]);
  expect(paths.some((path) => path.includes(`from=${START_MS - 30 * DAY_MS}&`))).toBe(true);
});
