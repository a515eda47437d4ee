import { expect, test } from "bun:test";
import fc from "fast-check";
import type { LineSights } from "../../src/workers/speed/line_sights.ts";
import { liveMapping } from "../../src/workers/speed/live_mapping.ts";
import { Normalise, normaliseBlock } from "../../src/workers/speed/normalise_block.ts";
import type { NormalisedBlock } from "../../src/workers/speed/pending_batch.ts";

const ARRIVAL_MS = Date.UTC(2026, 0, 1, 0, 0, 5);

/** The mapping without its short way: every line is parsed. */
function plain(sources: unknown[]): Normalise {
  return new Normalise(liveMapping(sources, "test").normalise.record, () => ({
    isDeciding: () => false,
    readerOf: () => null,
  }));
}

/** Their numbers are for speed, and differ from process to process. */
function withoutSeries(slices: NormalisedBlock[]): NormalisedBlock[] {
  return slices.map((slice) => ({
    ...slice,
    readings: slice.readings.map(({ series: _series, ...rest }) => rest),
  }));
}

function blockOf(lines: readonly string[]) {
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  const ends: number[] = [];
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) ends.push(at);
  return { part: 0, offset: 1_000, arrivalMs: ARRIVAL_MS, block: { bytes, ends } };
}

const field = {
  host: fc.constantFrom(
    "IND-SRV-1",
    "DE-HPC-2",
    "us-cloud-3",
    "",
    " ",
    "x",
    "a\\\\b",
    "Köln",
    "n\\u0041",
  ),
  time: fc.constantFrom(
    "2026-01-01 00:00:01",
    "2026-01-01 00:00:02",
    "2026-01-01T00:00:03.5Z",
    "2025-12-01 00:00:00",
    "2026-01-02 00:00:00",
    "2026-02-30 00:00:00",
    "",
  ),
  number: fc.constantFrom(
    "0",
    "0.0",
    "54",
    "54.5",
    "-0",
    "-5",
    "1e2",
    "1000",
    "99.99",
    "01",
    "null",
    `"7"`,
  ),
};
const line = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.tuple(
      field.host,
      field.time,
      field.number,
      field.number,
      field.number,
      field.number,
    )
      .map(([host, time, temp, load, volts, watts]) =>
        `{"host_id": "${host}", "timestamp": "${time}", "temp_c": ${temp}, ` +
        `"cpu_load": ${load}, "voltage": ${volts}, "power_watts": ${watts}}`
      ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(field.host, field.time, field.number).map(([host, time, temp]) =>
      `{"region": "Home", "time": "${time}", "host_id": "${host}", "temp_c": ${temp}}`
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom("", "{oops", "[1]", `{"a": 1, "a": 2}`, "\r") },
);

/** As clients write them: line protocol has more ways than JSON. */
const agentNumber = fc.constantFrom("0", "54", "54.5", "-5", "1e1", "1e-05", ".5", "5.", "+5", "t");

const often = (usual: string, ...others: string[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, fc.constantFrom(...others));

/** Lines of agents, of which what they measure decides how they are read. */
const agentLine = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(
      often("cpu", "temp", "disk"),
      often("cpu-total", "cpu0", "coretemp_package_id_0", "a\\ b", "x=y", "Köln"),
      fc.constantFrom("web-1", "DE-HPC-2", "in dia", '"q"', "a.b"),
      agentNumber,
      agentNumber,
      often(" 1767225601000000000", " 1767225602000000000", "", " 1767225601", " soon"),
    ).map(([name, tag, host, number, other, time]) =>
      name === "temp"
        ? `temp,host=${host},sensor=${tag} temp=${number}${time}`
        : `cpu,cpu=${tag},host=${host},rack=r${host.length} usage_idle=${other},count=3i,a.b=1,` +
          `usage_active=${number}${time}`
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constantFrom("absolute", "other", ""), field.number, field.host).map(
      ([kind, number, host]) =>
        `{"kind": "${kind}", "host_id": "${host}", "timestamp": "2026-01-01 00:00:01", ` +
        `"temp_c": ${number}}`,
    ),
  },
  { weight: 2, arbitrary: line },
);

const DECLARED = [{
  name: "home",
  listen: true,
  host_id: "host_id",
  region: "region",
  timestamp: { column: "time", format: "auto" },
  temp_c: { column: "temp_c", unit: "fahrenheit" },
}];

for (const [name, sources] of [["the feed", []], ["a declared source", DECLARED]] as const) {
  test(`${name}: the short way gives what the long one gives, line by line`, () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), fc.array(line, { maxLength: 60 }), (a, b) => {
        const short = liveMapping([...sources], "test").normalise;
        const long = plain([...sources]);
        // The second block finds the shapes that the first one taught.
        for (const lines of [a, b]) {
          expect(withoutSeries(normaliseBlock(blockOf(lines), short))).toEqual(
            withoutSeries(normaliseBlock(blockOf(lines), long)),
          );
        }
      }),
      { numRuns: 400 },
    );
  });
}

const BY_KIND = [{
  name: "kinds",
  listen: true,
  when: { kind: "absolute" },
  host_id: "host_id",
  region: { value: "here" },
  timestamp: "timestamp",
  temp_c: [
    { column: "temp_c", unit: "fahrenheit", when: { host_id: "IND-*" } },
    { column: "temp_c", unit: "celsius" },
  ],
}];

for (const [name, sources] of [["agents", []], ["declared by values", BY_KIND]] as const) {
  test(`${name}: lines that are read by their values go both ways alike`, () => {
    fc.assert(
      fc.property(
        fc.array(agentLine, { maxLength: 80 }),
        fc.array(agentLine, { maxLength: 80 }),
        (a, b) => {
          const short = liveMapping([...sources], "test").normalise;
          const long = plain([...sources]);
          for (const lines of [a, b]) {
            expect(withoutSeries(normaliseBlock(blockOf(lines), short))).toEqual(
              withoutSeries(normaliseBlock(blockOf(lines), long)),
            );
          }
        },
      ),
      { numRuns: 400 },
    );
  });
}

test("line protocol goes the short way, with lines of other shapes between", () => {
  let parsed = 0;
  const { normalise } = liveMapping([], "test");
  const counted = new Normalise((record, arrivalMs) => {
    parsed++;
    return normalise.record(record, arrivalMs);
  }, normalise.lines.readerFor);
  const lines = Array.from(
    { length: 3_000 },
    (_, index) =>
      index % 3 === 2
        ? `disk,host=web-${index} used=${index}i 1767225601000000000`
        : `cpu,cpu=cpu-total,host=web-${index % 7} usage_active=${index % 90} 1767225601000000000`,
  );
  const [slice] = normaliseBlock(blockOf(lines), counted);
  expect(slice!.readings).toHaveLength(2_000);
  expect(slice!.ignored).toBe(1_000);
  expect(slice!.readings.map(({ offset }) => offset)).toEqual(
    slice!.readings.map(({ offset }) => offset).toSorted((left, right) => left - right),
  );
  expect(parsed).toBeLessThan(1_100);
});

test("lines that have no shape do not keep others from being learnt for good", () => {
  const { normalise } = liveMapping([], "test");
  const shapeless = Array.from(
    { length: 2_000 },
    (_, index) => `cpu,cpu=cpu-total,host=web\\ 1 usage_active=${index % 90} 1767225601000000000`,
  );
  for (let block = 0; block < 40; block++) normaliseBlock(blockOf(shapeless), normalise);
  const lines = Array.from(
    { length: 2_000 },
    (_, index) =>
      `{"host_id": "DE-HPC-1", "timestamp": "2026-01-01 00:00:01", "temp_c": ${index % 50}}`,
  );
  for (let block = 0; block < 3; block++) normaliseBlock(blockOf(lines), normalise);
  const bytes = new TextEncoder().encode(lines[0]);
  expect(normalise.lines.read(bytes, 0, bytes.length, 0, ARRIVAL_MS)).not.toBeNull();
});

test("lines of a known shape are not parsed", () => {
  let parsed = 0;
  const { normalise } = liveMapping([], "test");
  const counted = new Normalise((record, arrivalMs) => {
    parsed++;
    return normalise.record(record, arrivalMs);
  }, normalise.lines.readerFor);
  const lines = Array.from(
    { length: 200 },
    (_, index) =>
      `{"host_id": "DE-HPC-${index % 7}", "timestamp": "2026-01-01 00:00:0${
        index % 5
      }", "temp_c": ${index}, "cpu_load": 5}`,
  );
  const [slice] = normaliseBlock(blockOf(lines), counted);
  expect(slice!.readings.length + slice!.deadLetters.length).toBe(200);
  expect(parsed).toBeLessThan(60);
});

test("a value that takes the usual way does not make its line's shape be learnt again", () => {
  let learnt = 0;
  const { normalise } = liveMapping([], "test");
  const counted = new Normalise(normalise.record, (fields) => {
    learnt++;
    return normalise.lines.readerFor(fields);
  });
  // Beyond the bound by less than its slack: stored as the bound, which only the mapping knows.
  const line = (load: number) =>
    `{"host_id": "DE-HPC-1", "timestamp": "2026-01-01 00:00:01", "temp_c": 50, "cpu_load": ${load}}`;
  const lines = Array.from({ length: 60 }, (_, index) => line(index % 2 === 0 ? 50 : 100.3));
  const [slice] = normaliseBlock(blockOf(lines), counted);
  expect(slice!.readings.filter(({ cpu_load }) => cpu_load === 100)).toHaveLength(30);
  expect(learnt).toBe(1);
});

test("who watches is told of lines of known shapes once a block and shape, with their number", () => {
  const { normalise } = liveMapping([], "test");
  const told: number[] = [];
  let records = 0;
  const sights: LineSights = {
    begin: () => {},
    record: () => void records++,
    lines: (_fields, count) => void told.push(count),
  };
  const line = (index: number) =>
    `{"host_id": "DE-HPC-1", "timestamp": "2026-01-01 00:00:01", "temp_c": ${20 + index % 9}` +
    `${index % 2 === 0 ? "" : `, "cpu_load": 5`}}`;
  const lines = Array.from({ length: 1_000 }, (_, index) => line(index));
  const [slice] = normaliseBlock(blockOf(lines), normalise, { sights });
  expect(records + told.reduce((sum, count) => sum + count, 0)).toBe(slice!.readings.length);
  expect([records, told.length]).toEqual([2, 2]);
  // What others read meanwhile is not told to who watches.
  normaliseBlock(blockOf(lines), normalise);
  normaliseBlock(blockOf(lines.slice(0, 10)), normalise, { sights });
  expect(told.slice(2)).toEqual([5, 5]);
});

test("a blank host leaves it to the next column to name it, on the short way too", () => {
  const declared = [{
    ...DECLARED[0],
    host_id: ["host_id", "alias", { value: "unnamed" }],
  }];
  const { normalise } = liveMapping(declared, "test");
  const lines = ["a-1", "", ""].map((host, index) =>
    `{"region": "Home", "time": "2026-01-01 00:00:0${index}", "host_id": "${host}", ` +
    `"alias": "b-${index}", "temp_c": 50}`
  );
  const [slice] = normaliseBlock(blockOf(lines), normalise);
  expect(slice!.readings.map(({ host_id }) => host_id)).toEqual(["a-1", "b-1", "b-2"]);
});
