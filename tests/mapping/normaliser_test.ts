import { expect, test } from "bun:test";
import fc from "fast-check";
import { BUILTIN_SOURCES, FEED_DECLARATION } from "../../src/mapping/builtin.ts";
import { compileMapping } from "../../src/mapping/normaliser.ts";
import { LIMITS } from "../../src/limits.ts";
import { FLAG_DST, FLAG_FUTURE, FLAG_LATE, METRICS } from "../../src/model/reading.ts";
import { deadLetterOf, declare, mappingOf, readingOf, record } from "./support.ts";

const LINE = {
  host_id: "us-cloud-4711",
  timestamp: "2025-11-21 02:42:56",
  temp_c: 67,
  cpu_load: 42,
  voltage: 11.93,
  power_watts: 0.0,
};
const AT_MS = Date.parse("2025-11-21T02:42:56Z");
const feed = () => compileMapping(FEED_DECLARATION);

test("feed: a line of the wire format becomes a reading, 0 W as not measured", () => {
  expect(readingOf(feed(), LINE, AT_MS)).toEqual({
    host_id: "us-cloud-4711",
    region: "USA",
    atMs: AT_MS,
    temp_c: 67,
    cpu_load: 42,
    voltage: 11.93,
    power_watts: null,
    flags: 0,
    offset: 0,
  });
});

for (
  const [host_id, region] of [
    ["IND-SRV-1", "India"],
    ["us-cloud-1", "USA"],
    ["us-east-1", "USA"],
    ["DE-HPC-1", "Germany"],
    ["web-1", "Unknown"],
  ]
) {
  test(`feed: host ${host_id} is in ${region}`, () => {
    expect(readingOf(feed(), { ...LINE, host_id }).region).toBe(region!);
  });
}

test("feed: a region of the line's own wins over the host's prefix", () => {
  expect(readingOf(feed(), { ...LINE, region: "Japan" }).region).toBe("Japan");
});

test("feed: a region that is no text is refused and not replaced by the prefix", () => {
  expect(deadLetterOf(feed(), { ...LINE, region: {} }).code).toBe("invalid_region");
});

test("built-in sources: India's file may change to Fahrenheit and gain a voltage", () => {
  const mapping = compileMapping(BUILTIN_SOURCES[0]!);
  const row = {
    server_code: "IND-SRV-1",
    timestamp_ist: "2025-11-21 02:42:56",
    temp_fahrenheit: "212",
    voltage_v: "12.1",
  };
  expect(readingOf(mapping, row)).toMatchObject({ region: "India", temp_c: 100, voltage: 12.1 });
});

test("flags: a reading is late only beyond the limit", () => {
  const at = (delayMs: number) => readingOf(feed(), LINE, AT_MS + delayMs).flags;
  expect(at(LIMITS.lateAfterMs)).toBe(0);
  expect(at(LIMITS.lateAfterMs + 1)).toBe(FLAG_LATE);
});

test("flags: a reading is of the future only beyond the limit", () => {
  const at = (aheadMs: number) => readingOf(feed(), LINE, AT_MS - aheadMs).flags;
  expect(at(LIMITS.futureAfterMs)).toBe(0);
  expect(at(LIMITS.futureAfterMs + 1)).toBe(FLAG_FUTURE);
});

test("flags: history has no arrival and is never late", () => {
  expect(readingOf(feed(), LINE, null).flags).toBe(0);
});

test("flags: a time that a clock change repeats is flagged and counted, beside being late", () => {
  const mapping = mappingOf(
    `name = "m"\nlisten = true\nhost_id = "h"\ntimestamp = "t"\ncpu_load = "c"\n` +
      `timezone = "Europe/Madrid"`,
  );
  const fields = { h: "a", t: "2022-10-30 02:30:00", c: 1 };
  expect(readingOf(mapping, fields, AT_MS).flags).toBe(FLAG_DST | FLAG_LATE);
  expect(readingOf(mapping, { ...fields, t: "2022-03-27 02:30:00" }).flags).toBe(FLAG_DST);
  expect(mapping.counters).toMatchObject({ dst_repeated: 1, dst_skipped: 1, late: 1 });
});

test("bounds: a CPU a little over 100 % is stored as 100 and counted", () => {
  const mapping = feed();
  expect(readingOf(mapping, { ...LINE, cpu_load: 100.4 }).cpu_load).toBe(100);
  expect(mapping.counters.clamped).toBe(1);
});

test("bounds: the detail names field, value, bound and what to do", () => {
  expect(deadLetterOf(feed(), { ...LINE, temp_c: 151 }).detail).toBe(
    "temp_c: 151 in temp_c (celsius) is 151 °C, outside of -60…150 °C; another unit, or " +
      "bounds = { temp_c = [min, max] }?",
  );
});

test("bounds: a declaration's own let a whole cluster's power pass", () => {
  const keys = `name = "c"\nlisten = true\nhost_id = "h"\ntimestamp = "t"\n` +
    `power_watts = { column = "p", unit = "MW" }\n`;
  const fields = { h: "a", t: AT_MS, p: 2 };
  expect(deadLetterOf(mappingOf(keys), fields).code).toBe("out_of_bounds");
  const wide = mappingOf(`${keys}bounds = { power_watts = [0, 5e6] }`);
  expect(readingOf(wide, fields).power_watts).toBe(2e6);
});

test("host names: the longest one allowed passes, one character more does not", () => {
  const name = "h".repeat(LIMITS.hostIdCharsMax);
  expect(readingOf(feed(), { ...LINE, host_id: name }).host_id).toBe(name);
  expect(deadLetterOf(feed(), { ...LINE, host_id: `${name}h` }).code).toBe("invalid_host_id");
});

test("host names: a blank one falls to the next declared column", () => {
  expect(readingOf(feed(), { ...LINE, host_id: "  ", host: "h" }).host_id).toBe("h");
});

test("columns: keys of the prototype are not columns", () => {
  const mapping = mappingOf(
    `name = "m"\nlisten = true\nhost_id = "constructor"\ntimestamp = "t"\ncpu_load = "c"`,
  );
  expect(deadLetterOf(mapping, { t: AT_MS, c: 1 }).code).toBe("missing_field");
  expect(readingOf(mapping, { constructor: "h", t: AT_MS, c: 1 }).host_id).toBe("h");
});

test("columns: a path does not leave a record's own keys", () => {
  const mapping = mappingOf(
    `name = "m"\nlisten = true\nhost_id = "a.__proto__.constructor"\ntimestamp = "t"\ncpu_load = "c"`,
  );
  expect(deadLetterOf(mapping, { a: {}, t: AT_MS, c: 1 }).code).toBe("missing_field");
});

test("columns: a __proto__ key of a JSON line does no harm", () => {
  const fields = JSON.parse(`{"__proto__": {"temp_c": 99}, "host_id": "h",
    "timestamp": "2025-11-21 02:42:56", "cpu_load": 1}`);
  expect(readingOf(feed(), fields).temp_c).toBeNull();
});

test("aliases: a value declared missing leaves the turn to the next column", () => {
  const mapping = mappingOf(
    `name = "m"\nlisten = true\nhost_id = "h"\ntimestamp = "t"\n` +
      `temp_c = [{ column = "a", missing = [0, "N/A"] }, "b"]`,
  );
  expect(readingOf(mapping, { h: "x", t: AT_MS, a: "N/A", b: 20 }).temp_c).toBe(20);
  expect(readingOf(mapping, { h: "x", t: AT_MS, a: "0.0", b: 20 }).temp_c).toBe(20);
});

test("units: a column declared without one has the unit that its name says", () => {
  const mapping = mappingOf(
    `name = "m"\nlisten = true\nhost_id = "h"\ntimestamp = "t"\n` +
      `temp_c = "temp_kelvin"\npower_watts = "Power [kW]"\nvoltage = "supply"`,
  );
  const fields = { h: "x", t: AT_MS, temp_kelvin: 308, "Power [kW]": "0.4005", supply: 12 };
  expect(readingOf(mapping, fields)).toMatchObject({
    temp_c: 34.9,
    power_watts: 400.5,
    voltage: 12,
  });
});

test("unknown columns: those that no rule reads and nothing ignores, by their keys", () => {
  const mapping = mappingOf(
    `name = "m"\nlisten = true\nhost_id = "host.name"\ntimestamp = "t"\ncpu_load = "c"\n` +
      `ignore = ["z"]`,
  );
  const fields = { host: { name: "x" }, t: 1, c: 1, z: 1, extra: 1 };
  expect(mapping.unknownColumns(fields)).toEqual(["extra"]);
  expect(mapping.unknownColumns({ t: 1 })).toEqual([]);
  expect(mapping.unknownColumns({ other: 1 })).toEqual(["other"]);
  expect(mapping.unknownColumns(fields)).toEqual(["extra"]);
});

test("version: the same meaning has the same version, wherever the files lie", () => {
  const keys = `host_id = "h"\ntimestamp = "t"\ncpu_load = "c"\nname = "m"\n`;
  const version = mappingOf(`${keys}path = "a/*"`).version;
  expect(version).toMatch(/^[0-9a-f]{64}$/);
  expect(mappingOf(`${keys}path = "b/*"`).version).toBe(version);
  expect(mappingOf(`${keys}path = "a/*"\ntimezone = "Asia/Kolkata"`).version).not.toBe(version);
});

test("compile: a declaration without a host is refused with what to declare", () => {
  expect(() => mappingOf(`name = "m"\npath = "x"\ntimestamp = "t"\ncpu_load = "c"`)).toThrow(
    `Cannot map source "m": the columns do not tell host_id = "column"`,
  );
});

test("dead letters: a record of another metric is told which records are wanted", () => {
  const mapping = mappingOf(
    `name = "m"\nlisten = true\nhost_id = "h"\ntimestamp = "t"\n` +
      `cpu_load = { column = "values[0]", when = { plugin = "cpu" } }`,
  );
  expect(deadLetterOf(mapping, { h: "x", t: AT_MS, values: [1], plugin: "df" }).detail).toBe(
    "nothing measured: none of the columns values[0] (where plugin = cpu) is there and filled",
  );
});

test("dead letters: the raw text is cut to its limit between characters", () => {
  const { raw } = deadLetterOf(feed(), { note: "€".repeat(LIMITS.deadLetterRawBytesMax) });
  const bytes = new TextEncoder().encode(raw).length;
  expect(bytes).toBeLessThanOrEqual(LIMITS.deadLetterRawBytesMax);
  expect(bytes).toBeGreaterThan(LIMITS.deadLetterRawBytesMax - 3);
  expect(raw.endsWith("€")).toBe(true);
});

test("dead letters: a detail is short and one line, whatever the value", () => {
  const { detail } = deadLetterOf(feed(), { ...LINE, temp_c: "x\n\u202e".repeat(10_000) });
  expect(detail.length).toBeLessThan(700);
  expect(detail).not.toMatch(/[\n\u202e]/);
});

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withNullPrototype: true,
  withMap: true,
});

test("normalise: no record whatever makes it throw, and each is counted once", () => {
  const mapping = feed();
  const fields = fc.record({
    host_id: fc.oneof(fc.string({ unit: "binary" }), anything),
    timestamp: fc.oneof(fc.constant(AT_MS), anything),
    region: fc.option(fc.oneof(fc.constant("r"), anything), { nil: undefined }),
    temp_c: fc.oneof(fc.double(), anything),
    cpu_load: fc.oneof(fc.integer(), fc.string(), anything),
  }, { requiredKeys: [] });
  let seen = 0;
  fc.assert(fc.property(fields, (each) => {
    seen++;
    const normalised = mapping.normalise(record(each), AT_MS);
    if (normalised.kind === "reading") {
      const { host_id, region, atMs } = normalised.reading;
      expect(host_id).toBe(host_id.trim());
      expect(host_id.isWellFormed() && region.isWellFormed()).toBe(true);
      expect(atMs).toBeGreaterThanOrEqual(LIMITS.timeMsMin);
      for (const metric of METRICS) {
        const value = normalised.reading[metric];
        const { min, max } = FEED_DECLARATION.bounds[metric];
        expect(value === null || value >= min && value <= max).toBe(true);
      }
    } else {
      expect(normalised.detail.length).toBeLessThan(1_000);
    }
  }));
  const { records, readings, dead_letters, rejects } = mapping.counters;
  expect(records).toBe(seen);
  expect(readings + dead_letters).toBe(seen);
  expect(Object.values(rejects).reduce((sum, count) => sum + count, 0)).toBe(dead_letters);
});

test("normalise: the order of a record's keys does not matter", () => {
  const mapping = compileMapping(declare(
    `name = "m"\nlisten = true\nhost_id = ["a", "b"]\ntimestamp = "t"\ncpu_load = ["c", "d"]`,
  ));
  const entries = Object.entries({ a: "x", b: "y", t: AT_MS, c: 1, d: 2 });
  const expected = readingOf(mapping, Object.fromEntries(entries));
  fc.assert(fc.property(fc.shuffledSubarray(entries, { minLength: 5 }), (shuffled) => {
    expect(readingOf(mapping, Object.fromEntries(shuffled))).toEqual(expected);
  }));
});
