import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { LineBlock } from "../../src/model/line_block.ts";
import type { Reading } from "../../src/model/reading.ts";
import { liveMapping } from "../../src/workers/speed/live_mapping.ts";
import { normaliseBlock } from "../../src/workers/speed/normalise_block.ts";
import { block } from "../archive/support/archive.ts";

const ARRIVAL_MS = Date.UTC(2025, 10, 21, 2, 43);

function valuesOf(lines: LineBlock, toml = "") {
  const { source = [] } = Bun.TOML.parse(toml) as { source?: unknown[] };
  const { normalise } = liveMapping(source, "test");
  const placed = { part: 3, offset: 1_000, arrivalMs: ARRIVAL_MS, block: lines };
  return normaliseBlock(placed, normalise);
}

function readingOf(record: Record<string, unknown>, toml = ""): Reading | undefined {
  return valuesOf(block(JSON.stringify(record)), toml)[0]!.readings[0];
}

const AGENT = `
  [[source]]
  name = "agents"
  listen = true
  region = "Edge"
  timezone = "UTC"
  host_id = "machine"
  timestamp = { column = "t", format = "epoch_s" }
  temp_c = { column = "f", unit = "fahrenheit" }
`;

describe("which mapping reads a live line", () => {
  test("without declarations it is the wire feed's", () => {
    const wire = {
      host_id: "us-cloud-1",
      timestamp: "2025-11-21 02:42:56",
      temp_c: 67,
      voltage: 0,
    };
    expect(readingOf(wire)).toMatchObject({ region: "USA", temp_c: 67, voltage: null });
  });

  test("a declared one reads the records that have its host and time", () => {
    const record = { machine: "m1", t: ARRIVAL_MS / 1000, f: 212 };
    expect(readingOf(record, AGENT)).toMatchObject({ host_id: "m1", region: "Edge", temp_c: 100 });
  });

  test("thirty regions are thirty declarations, each with its own columns and units", () => {
    const units = [["celsius", 50], ["fahrenheit", 122], ["kelvin", 323.15]] as const;
    const regions = Array.from({ length: 30 }, (_, n) => ({ n, unit: units[n % 3]! }));
    const toml = regions.map(({ n, unit: [unit] }) => `
      [[source]]
      name = "region-${n}"
      listen = true
      region = "Region ${n}"
      host_id = "host_${n}"
      timestamp = { column = "at_${n}", format = "epoch_s" }
      temp_c = { column = "t_${n}", unit = "${unit}" }
    `).join("");
    const lines = regions.map(({ n, unit: [, value] }) =>
      JSON.stringify({ [`host_${n}`]: `h${n}`, [`at_${n}`]: ARRIVAL_MS / 1000, [`t_${n}`]: value })
    );
    const { readings } = valuesOf(block(...lines), toml)[0]!;
    expect(readings.map(({ region, host_id, temp_c }) => [region, host_id, temp_c]))
      .toEqual(regions.map(({ n }) => [`Region ${n}`, `h${n}`, 50]));
  });

  test("the wire feed's reads the rest, beside declared ones", () => {
    const wire = { host_id: "DE-HPC-1", timestamp: "2025-11-21 02:42:56", temp_c: 50 };
    expect(readingOf(wire, AGENT)).toMatchObject({ region: "Germany", temp_c: 50 });
  });

  test("a history source takes no part in it", () => {
    const history = AGENT.replace("listen = true", 'path = "x.csv"');
    expect(readingOf({ machine: "m1", t: ARRIVAL_MS / 1000, f: 212 }, history)).toBeUndefined();
  });

  test("its versions are by name, and another mapping has another", () => {
    const versions = (toml: string) =>
      liveMapping((Bun.TOML.parse(toml) as { source: unknown[] }).source, "test").versions;
    const before = versions(AGENT);
    expect(Object.keys(before)[0]).toBe("agents");
    expect(Object.keys(before).at(-1)).toBe("feed");
    const after = versions(AGENT.replace("fahrenheit", "kelvin"));
    expect(after["agents"]).not.toBe(before["agents"]!);
    expect(after["feed"]).toBe(before["feed"]!);
  });
});

describe("a block of lines", () => {
  const line = (index: number) =>
    JSON.stringify({
      host_id: `h${index % 9}`,
      timestamp: "2025-11-21 02:42:56",
      temp_c: index % 99,
    });

  test("a large one is slices that follow one another, of a few thousand lines each", () => {
    const lines = Array.from({ length: 12_345 }, (_, index) => line(index));
    const whole = block(...lines);
    const slices = valuesOf(whole);
    expect(slices.length).toBeGreaterThan(1);
    let at = 1_000;
    for (const slice of slices) {
      expect(slice.offset).toBe(at);
      expect(slice.lines).toBeLessThanOrEqual(5_000);
      at = slice.end;
    }
    expect(at).toBe(1_000 + whole.bytes.length);
    const readings = slices.flatMap((slice) => slice.readings);
    expect(readings.map((one) => one.temp_c)).toEqual(lines.map((_, index) => index % 99));
  });

  test("the values do not depend on how the lines were blocked", () => {
    const text = fc.oneof(
      fc.nat(99).map(line),
      fc.constantFrom("", "no json", "[]", '{"host_id":"x"}', '{"a":'),
    );
    fc.assert(fc.property(fc.array(text, { minLength: 1 }), fc.nat(), (lines, cut) => {
      const whole = valuesOf(block(...lines));
      const first = lines.slice(0, cut % lines.length);
      const parts = [first, lines.slice(first.length)].filter((part) => part.length > 0);
      let at = 1_000;
      const pieces = parts.flatMap((part) => {
        const piece = block(...part);
        const { normalise } = liveMapping([], "test");
        const placed = { part: 3, offset: at, arrivalMs: ARRIVAL_MS, block: piece };
        at += piece.bytes.length;
        return normaliseBlock(placed, normalise);
      });
      const values = (blocks: typeof whole) => ({
        // Numbers of hosts are given in the order in which they are met.
        readings: blocks.flatMap((one) => one.readings.map((each) => ({ ...each, series: 0 }))),
        deadLetters: blocks.flatMap((one) => one.deadLetters),
        lines: blocks.reduce((sum, one) => sum + one.lines, 0),
        blank: blocks.reduce((sum, one) => sum + one.blank, 0),
      });
      expect(values(pieces)).toEqual(values(whole));
      const { readings, deadLetters, lines: counted } = values(whole);
      expect(readings.length + deadLetters.length).toBe(counted);
    }));
  });
});
