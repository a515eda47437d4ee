/** Lines of every form, damaged: each becomes readings, dead letters or counted as let go. */
import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LIMITS } from "../../src/limits.ts";
import { DEAD_LETTER_CODES } from "../../src/model/record.ts";
import { inTime, mutated } from "../support/mutations.ts";
import { scrape } from "../workers/rates/pushed.ts";
import { freshNormalise, walk, type Walked } from "./live_lines.ts";

setDefaultTimeout(60_000);

const AGENTS = join(import.meta.dir, "..", "golden", "agents");
const bytesOf = (text: string) => new TextEncoder().encode(text);
const SEEDS = [
  ...readdirSync(AGENTS).map((name) => readFileSync(join(AGENTS, name, "input.txt"), "utf8")),
  '{"host_id":"IND-1","region":"India","timestamp":"2026-11-28 11:59:59.123","temp_c":41.5,' +
  '"cpu_load":12,"voltage":230,"power_watts":301}\n{"host":"a","time":1763692976,"cpu_load":"1e1"}\r\n',
  scrape(0, [{ idle: 1, user: 2, system: 3 }]).join("\n") + "\n" +
  scrape(15, [{ idle: 11, user: 4, system: 6 }]).join("\n") + "\n",
].map(bytesOf);

function expectWhole({ slices }: Walked): void {
  let end = 0;
  for (const slice of slices) {
    expect(slice.offset).toBe(end);
    end = slice.end;
    expect(slice.lines).toBe(slice.readings.length + slice.deadLetters.length);
    for (const { offset } of [...slice.readings, ...slice.deadLetters]) {
      expect(offset >= slice.offset && offset < slice.end).toBe(true);
    }
    for (const { code, detail, raw } of slice.deadLetters) {
      expect(DEAD_LETTER_CODES).toContain(code);
      expect(detail.length).toBeGreaterThan(0);
      expect(Buffer.byteLength(raw)).toBeLessThanOrEqual(LIMITS.deadLetterRawBytesMax + 3);
    }
    for (const reading of slice.readings) {
      expect(reading.host_id.length).toBeWithin(1, LIMITS.hostIdCharsMax + 1);
      expect(reading.atMs).toBeWithin(LIMITS.timeMsMin, LIMITS.timeMsMax + 1);
      const { temp_c, cpu_load, voltage, power_watts } = reading;
      const values = [temp_c, cpu_load, voltage, power_watts].filter((value) => value !== null);
      expect(values.length).toBeGreaterThan(0);
      expect(values.every(Number.isFinite)).toBe(true);
    }
  }
}

test("property: damaged lines of every agent are values, and none is lost between slices", () => {
  fc.assert(
    fc.property(mutated(SEEDS), ({ bytes }) => {
      const walked = inTime("a damaged body", () => walk([bytes]));
      expectWhole(walked);
      // A line that is not blank says something, unless it is an envelope of nothing.
      const blank = walked.slices.reduce((sum, slice) => sum + slice.blank, 0);
      const said = walked.outcomes.length + walked.ignored;
      expect(said + blank).toBeGreaterThanOrEqual(walked.lines);
    }),
    { numRuns: 3_000 },
  );
});

test("property: how bytes are sliced makes no difference to what damaged lines become", () => {
  fc.assert(
    fc.property(mutated(SEEDS), fc.array(fc.nat(4_000), { maxLength: 6 }), ({ bytes }, cuts) => {
      const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) =>
        a - b
      );
      const chunks = [0, ...places].map((from, index) => bytes.subarray(from, places[index]));
      const whole = walk([bytes], freshNormalise());
      const sliced = walk(chunks, freshNormalise());
      expect(sliced.outcomes).toEqual(whole.outcomes);
      expect(sliced.ignored).toBe(whole.ignored);
    }),
    { numRuns: 200 },
  );
});

/** JSON of the words that mean something here, in every shape. */
const WORDS = [
  ...["labels", "samples", "__name__", "metrics", "resourceMetrics", "scopeMetrics", "resource"],
  ...["attributes", "key", "value", "stringValue", "gauge", "sum", "dataPoints", "timeUnixNano"],
  ...["asDouble", "asInt", "name", "tags", "fields", "timestamp", "plugin", "type", "values"],
  ...["dstypes", "time", "interval", "host", "host_id", "temp_c", "cpu_load", "region", "unit"],
  ...["aggregationTemporality", "__proto__", "toString", "constructor", "length", "date", "cpu_p"],
];
const TEXTS = [
  ...[
    "node_cpu_seconds_total",
    "node_rapl_package_joules_total",
    "idle",
    "cpu",
    "percent",
    "derive",
  ],
  ...["system.cpu.time", "hw.energy", "hw.temperature", "s", "J", "Cel", "otlp", "", "1", "1e400"],
  ...["2026-11-28 12:00:00", "1763692976000000000", "system.cpu.utilization", "temperature"],
];
const { value: shape } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    fc.constantFrom<unknown>(...TEXTS, null, true, 0, 1, 2, -1, 1e300, 1_763_692_976_000),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.array(fc.tuple(fc.constantFrom(...WORDS), tie("value")), { maxLength: 6 })
      .map((pairs) => Object.fromEntries(pairs)),
  ),
}));

test("property: records of known words in any shape are values", () => {
  fc.assert(
    fc.property(fc.array(shape, { minLength: 1, maxLength: 4 }), (values) => {
      const text = values.map((value) => `${JSON.stringify(value)}\n`).join("");
      expectWhole(inTime("a shape", () => walk([bytesOf(text)])));
    }),
    { numRuns: 5_000 },
  );
});
