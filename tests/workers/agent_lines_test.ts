/** What agents send → right values: each folder of golden/agents, and the rules around it. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LIMITS } from "../../src/limits.ts";
import { readingToJson } from "../../src/model/reading.ts";
import { LineFramer } from "../../src/sources/line_framer.ts";
import { liveMapping } from "../../src/workers/speed/live_mapping.ts";
import { normaliseBlock } from "../../src/workers/speed/normalise_block.ts";
import type { NormalisedBlock } from "../../src/workers/speed/pending_batch.ts";

const ARRIVAL_MS = Date.UTC(2026, 10, 28, 12);
const DIRECTORY = join(import.meta.dir, "..", "golden", "agents");

function slicesOf(text: string, sources: readonly unknown[] = []): NormalisedBlock[] {
  const framer = new LineFramer();
  const block = framer.push(new TextEncoder().encode(text));
  if (block === null) return [];
  const placed = { part: 0, offset: 1_000, arrivalMs: ARRIVAL_MS, block };
  return normaliseBlock(placed, liveMapping(sources, "test").normalise);
}

function only(text: string, sources: readonly unknown[] = []): NormalisedBlock {
  const [slice, ...more] = slicesOf(text, sources);
  expect(more).toEqual([]);
  return slice!;
}

/** In order of place: readings without their flags (the clock of the test is another), and codes. */
function outcomes({ readings, deadLetters }: NormalisedBlock): unknown[] {
  return [
    ...readings.map(({ flags: _flags, ...reading }) => ({
      at: reading.offset,
      is: readingToJson(reading),
    })),
    ...deadLetters.map(({ offset, code }) => ({ at: offset, is: { code } })),
  ].sort((a, b) => a.at - b.at).map(({ is }) => is);
}

for (const name of readdirSync(DIRECTORY)) {
  test(`golden agent lines: ${name}`, () => {
    const read = (file: string) => readFileSync(join(DIRECTORY, name, file), "utf8");
    const expected = read("expected.ndjson").split("\n").filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { ignored?: number });
    const slice = only(read("input.txt"));
    expect([...outcomes(slice), { ignored: slice.ignored }]).toEqual(expected);
  });
}

const TELEGRAF = (count: number) =>
  JSON.stringify({
    metrics: Array.from({ length: count }, (_, i) => ({
      name: "cpu",
      tags: { cpu: "cpu-total", host: `h${i}` },
      fields: { usage_idle: 90 },
      timestamp: 1_763_692_976,
    })),
  });

describe("a line of many records", () => {
  test("gives each a place of its own, in order, within the line", () => {
    const line = TELEGRAF(3);
    expect(only(`${line}\n`).readings.map((one) => one.offset)).toEqual([1_000, 1_001, 1_002]);
  });

  test("counts as so many, and covers the line's bytes once", () => {
    const line = TELEGRAF(3);
    expect(only(`${line}\n`)).toMatchObject({ lines: 3, offset: 1_000, end: 1_001 + line.length });
  });

  test("with more than the limit is one dead letter", () => {
    const slice = only(`[${"{},".repeat(LIMITS.lineRecordsMax)}{}]\n`);
    expect(slice.readings).toEqual([]);
    expect(slice.deadLetters.map((one) => one.code)).toEqual(["too_many_records"]);
  });

  test("ends its slice early, so that no batch grows with it", () => {
    const line = `${TELEGRAF(4_000)}\n`;
    const slices = slicesOf(line.repeat(4));
    expect(slices.map((one) => one.readings.length)).toEqual([8_000, 8_000]);
    expect(slices[1]!.offset).toBe(slices[0]!.end);
  });

  test("a bad one harms no other", () => {
    const line = '[{"host_id":"a","timestamp":"2026-11-28 01:00:00","temp_c":1},' +
      '{"host_id":"b","timestamp":"never","temp_c":2},' +
      '{"host_id":"c","timestamp":"2026-11-28 01:00:00","temp_c":3}]\n';
    expect(outcomes(only(line))).toMatchObject([
      { host_id: "a" },
      { code: "invalid_time" },
      { host_id: "c" },
    ]);
  });
});

describe("a record whose parts are called as an envelope's", () => {
  test.each(['"metrics":[]', '"resourceMetrics":[]', '"labels":{},"samples":[]'])(
    "with %s is the record that it is",
    (part) => {
      const line = `{"host_id":"h","timestamp":"2026-11-28 00:00:00","temp_c":5,${part}}\n`;
      expect(only(line).readings).toMatchObject([{ host_id: "h", temp_c: 5 }]);
    },
  );
});

describe("which mapping an agent's record gets", () => {
  const declared = (toml: string) => (Bun.TOML.parse(toml) as { source: unknown[] }).source;

  test("the user's own comes before the built-in one", () => {
    const sources = declared(`[[source]]
      name = "mine"
      listen = true
      when = { name = "cpu", "tags.host" = "h*" }
      region = "Here"
      host_id = "tags.host"
      timestamp = "timestamp"
      cpu_load = { column = "fields.usage_idle", unit = "percent" }`);
    const [reading] = only(`${TELEGRAF(1)}\n`, sources).readings;
    expect(reading).toMatchObject({ region: "Here", cpu_load: 90 });
  });

  test("one of the same name takes a built-in one's place", () => {
    const sources = declared(`[[source]]
      name = "telegraf"
      listen = true
      when = { name = "nothing" }
      host_id = "tags.host"
      timestamp = "timestamp"
      temp_c = "fields.t"`);
    expect(only(`${TELEGRAF(1)}\n`, sources).deadLetters).toHaveLength(1);
  });

  test("one of the user's reads another sensor of a BMC, as docs/agents/redfish.md shows", () => {
    const page = readFileSync(join(DIRECTORY, "../../../docs/agents/redfish.md"), "utf8");
    const [, toml = ""] = /```toml\n(\[\[source\]\][\s\S]*?)```/.exec(page) ?? [];
    const line = JSON.stringify({
      protocol: "redfish",
      timestamp: ARRIVAL_MS,
      labels: { host: "inlet-7", region: "Lab" },
      temp_c: 67,
      sensors: { "Inlet Temp": { reading: 24 } },
    });
    const [reading] = only(`${line}\n`, declared(toml)).readings;
    expect(reading).toMatchObject({ host_id: "inlet-7", region: "Lab", temp_c: 24 });
  });

  test("values decide line by line, though all lines have the same keys", () => {
    const sources = declared(`[[source]]
      name = "kelvin"
      listen = true
      when = { unit = "K" }
      region = "Cold"
      host_id = "host_id"
      timestamp = "timestamp"
      temp_c = { column = "temp_c", unit = "kelvin" }`);
    const line = (unit: string, value: number) =>
      `{"host_id":"h","timestamp":"2026-11-28 00:00:00","temp_c":${value},"unit":"${unit}"}\n`;
    const { readings } = only(line("C", 20) + line("C", 21) + line("K", 300), sources);
    expect(readings.map((one) => one.temp_c)).toEqual([20, 21, 26.9]);
  });

  test("what others = ignore lets go is counted, and no dead letter", () => {
    const slice = only("mem,host=h used_percent=3 1763692976000000000\n");
    expect(slice).toMatchObject({ lines: 0, ignored: 1, readings: [], deadLetters: [] });
  });
});

test("property: whatever bytes come, each line is a value, and nothing throws", () => {
  const seeds = [
    TELEGRAF(2),
    'cpu,cpu=cpu-total,host=h usage_idle=9.5,n=3i,s="a b" 1763692976000000000',
    '[{"values":[1],"host":"h","plugin":"cpu","type":"percent","time":1}]',
    '{"labels":{"__name__":"x","instance":"h"},"samples":[[1,2],[3,"NaN"]]}',
    '{"resourceMetrics":[{"resource":{"attributes":[{"key":"host.name","value":' +
    '{"stringValue":"h"}}]},"scopeMetrics":[{"metrics":[{"name":"hw.temperature",' +
    '"gauge":{"dataPoints":[{"asDouble":4,"timeUnixNano":"5"}]}}]}]}]}',
  ];
  const mutated = fc.tuple(
    fc.constantFrom(...seeds),
    fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 32, max: 126 })), { maxLength: 6 }),
  ).map(([seed, changes]) => {
    const bytes = new TextEncoder().encode(seed);
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
    return new TextDecoder().decode(bytes);
  });
  const line = fc.oneof(mutated, fc.string({ unit: "binary-ascii" }), fc.json())
    .map((text) => text.replaceAll("\n", " "));
  const { normalise } = liveMapping([], "test");
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const bytes = new TextEncoder().encode(lines.map((one) => `${one}\n`).join(""));
      const block = new LineFramer().push(bytes);
      if (block === null) return;
      const placed = { part: 0, offset: 0, arrivalMs: ARRIVAL_MS, block };
      for (const slice of normaliseBlock(placed, normalise)) {
        expect(slice.lines).toBe(slice.readings.length + slice.deadLetters.length);
        for (const { offset } of [...slice.readings, ...slice.deadLetters]) {
          expect(offset >= slice.offset && offset < slice.end).toBe(true);
        }
      }
    }),
    { numRuns: 500 },
  );
});
