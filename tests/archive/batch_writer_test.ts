import { expect, test } from "bun:test";
import { appendFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { deadLetterLine } from "../../src/archive/batch_lines.ts";
import { type EncodedLines, ReadingLines } from "../../src/archive/reading_lines.ts";
import { type BatchInput } from "../../src/archive/batch_manifest.ts";
import { recoverBatchRuns } from "../../src/archive/batch_recovery.ts";
import { type BatchRunOptions, openBatchRun } from "../../src/archive/batch_writer.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { type Reading, readingToJson } from "../../src/model/reading.ts";
import { REAL_FILES } from "../../src/runtime/files.ts";
import { EAGER_CLOCK, STARTED_AT_MS, withDirectory } from "./support/archive.ts";
import { FaultyFiles, systemError } from "./support/faulty_files.ts";

const textOf = ({ bytes }: EncodedLines) => new TextDecoder().decode(bytes);

const READING: Reading = {
  host_id: "IND-SRV-1",
  region: "India",
  atMs: STARTED_AT_MS,
  temp_c: 61.5,
  cpu_load: 42,
  voltage: null,
  power_watts: null,
  flags: 0,
  offset: 1234,
};

const INPUT: BatchInput = {
  source: "india_lab",
  path: "india_lab/server_metrics.csv",
  size: 99,
  digest: "d1",
  rows_read: 3,
  rows_loaded: 2,
  rows_rejected: 1,
  state: "loaded",
  unknown_columns: ["rack"],
  mapping: "m1",
};

test("a normalised line is the seven columns, its source and offset, and what was not known", () => {
  const lines = new ReadingLines("india_lab");
  lines.add(READING);
  expect(textOf(lines.take())).toBe(
    '{"host_id":"IND-SRV-1","region":"India","timestamp":"2025-11-21T02:42:56Z","temp_c":61.5,' +
      '"cpu_load":42,"voltage":null,"power_watts":null,"source":"india_lab","offset":1234}\n',
  );
  lines.add(READING, { rack: "r1", n: 12n });
  expect(JSON.parse(textOf(lines.take()))).toMatchObject({ extra: { rack: "r1", n: "12" } });
});

test("a line reads as the reading that it was made of, whatever its names and numbers", () => {
  const metric = fc.option(fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.integer().map((hundredths) => hundredths / 100),
    fc.integer({ min: -10_000, max: 10_000 }).map((thousandths) => thousandths / 1000),
    fc.constantFrom(0, -0, 9, 10, 99, 100, 2147483647, 2147483648, -1, 5e-324, 1e21),
  ));
  const anyReading: fc.Arbitrary<Reading> = fc.record({
    host_id: fc.string({ unit: "binary" }),
    region: fc.string(),
    atMs: fc.oneof(
      fc.constant(STARTED_AT_MS),
      fc.integer({ min: 946_684_800_000, max: 4_102_444_800_000 }),
    ),
    temp_c: metric,
    cpu_load: metric,
    voltage: metric,
    power_watts: metric,
    flags: fc.constant(0),
    offset: fc.maxSafeNat(),
  });
  fc.assert(fc.property(fc.array(anyReading), fc.string(), (readings, source) => {
    const lines = new ReadingLines(source);
    for (const reading of readings) lines.add(reading);
    const { bytes, lines: count } = lines.take();
    const texts = readings.map((reading) =>
      `${JSON.stringify({ ...readingToJson(reading), source, offset: reading.offset })}\n`
    );
    expect(new TextDecoder().decode(bytes)).toBe(texts.join(""));
    expect(count).toBe(readings.length);
  }));
});

test("a dead letter's line says source, place, rule, reason and raw text", () => {
  const letter = {
    kind: "dead_letter",
    offset: 7,
    code: "invalid_json",
    detail: "no {",
    raw: 'a"\n',
  } as const;
  expect(deadLetterLine(letter, "us_cloud")).toBe(
    '{"source":"us_cloud","offset":7,"code":"invalid_json","detail":"no {","raw":"a\\"\\n"}',
  );
});

test("a batch run: lines in order, parts by size, and a manifest that counts them", () =>
  withDirectory(async (directory) => {
    const run = await open(directory, { partBytesMax: 1_500_000 });
    const lines = Array.from(
      { length: 40_000 },
      (_, index) => `{"n":${index},"${"x".repeat(80)}":0}`,
    );
    for (let at = 0; at < lines.length; at += 1_000) {
      await run.addReadings(lines.slice(at, at + 1_000));
    }
    await run.addDeadLetters(['{"code":"invalid_time"}']);
    await run.addInput(INPUT);
    await run.close({ rate: 5 });
    const path = join(directory, run.runId);
    const manifest = JSON.parse(await readFile(join(path, "manifest.json"), "utf8"));
    expect(manifest).toMatchObject({
      format: 1,
      kind: "batch_run",
      state: "closed",
      inputs: [INPUT],
      rows_read: 3,
      rows_loaded: 2,
      rows_rejected: 1,
      dead_letters: { name: "dead_letters.ndjson", lines: 1, bytes: 24 },
      report: { rate: 5 },
    });
    const names: string[] = manifest.readings.map((file: { name: string }) => file.name);
    expect(names.slice(0, 2)).toEqual(["readings-000000.ndjson", "readings-000001.ndjson"]);
    const texts = await Promise.all(names.map((name) => readFile(join(path, name), "utf8")));
    expect(texts.map((text) => text.length)).toEqual(
      manifest.readings.map((file: { bytes: number }) => file.bytes),
    );
    expect(texts.join("")).toBe(lines.join("\n") + "\n");
  }));

test("additions that nobody awaits keep their order", () =>
  withDirectory(async (directory) => {
    const run = await open(directory, { partBytesMax: 10 });
    const lines = Array.from({ length: 200 }, (_, index) => `${index}`.padStart(20_000, "."));
    for (const line of lines) void run.addReadings([line]);
    await run.close();
    const path = join(directory, run.runId);
    const names = (await readdir(path)).filter((name) => name.startsWith("readings-")).sort();
    const texts = await Promise.all(names.map((name) => readFile(join(path, name), "utf8")));
    expect(texts.join("") === lines.join("\n") + "\n").toBe(true);
  }));

test("sync: what was added before is in the files", () =>
  withDirectory(async (directory) => {
    const run = await open(directory);
    void run.addReadings(["one"]);
    void run.addDeadLetters(["two"]);
    await run.sync();
    const path = join(directory, run.runId);
    expect(await readFile(join(path, "readings-000000.ndjson"), "utf8")).toBe("one\n");
    expect(await readFile(join(path, "dead_letters.ndjson"), "utf8")).toBe("two\n");
    await run.close();
  }));

test("a batch run on a full disk waits, and goes on with nothing lost or doubled", () =>
  withDirectory(async (directory) => {
    const files = new FaultyFiles();
    const states: string[] = [];
    const run = await open(directory, { files, onState: (state) => states.push(state) });
    let refusals = 3;
    files.fault = (operation) =>
      operation === "write" && refusals-- > 0 ? systemError("ENOSPC") : null;
    await run.addReadings(["one", "two"]);
    await run.sync();
    await run.close();
    expect(states).toEqual(["full", "ok"]);
    const path = join(directory, run.runId, "readings-000000.ndjson");
    expect(await readFile(path, "utf8")).toBe("one\ntwo\n");
  }));

test("a batch run that nobody closed is closed as interrupted, its torn line cut", () =>
  withDirectory(async (directory) => {
    const files = new FaultyFiles();
    const run = await open(directory, { files });
    await run.addReadings(["one", "two"]);
    await run.sync();
    await run.addInput(INPUT);
    await files.crash();
    const path = join(directory, run.runId);
    await appendFile(join(path, "readings-000000.ndjson"), '{"half');
    const options = { directory, files: REAL_FILES, clock: EAGER_CLOCK, log: SILENT_LOG };
    expect(await recoverBatchRuns(options)).toEqual([run.runId]);
    expect(await recoverBatchRuns(options)).toEqual([]);
    expect(await readFile(join(path, "readings-000000.ndjson"), "utf8")).toBe("one\ntwo\n");
    expect(JSON.parse(await readFile(join(path, "manifest.json"), "utf8"))).toMatchObject({
      state: "interrupted",
      inputs: [INPUT],
      readings: [{ name: "readings-000000.ndjson", lines: 2, bytes: 8 }],
    });
  }));

test("a run with a file that its thread never ended stays open, and is recovered whole", () =>
  withDirectory(async (directory) => {
    const run = await open(directory);
    await run.addReadings(["one"]);
    const name = await run.begin();
    await writeFile(join(run.runDirectory, name), "two\n");
    await expect(run.close()).rejects.toThrow("1 of its files of readings were never ended");
    const options = { directory, files: REAL_FILES, clock: EAGER_CLOCK, log: SILENT_LOG };
    expect(await recoverBatchRuns(options)).toEqual([run.runId]);
    const manifest = JSON.parse(await readFile(join(run.runDirectory, "manifest.json"), "utf8"));
    expect(manifest).toMatchObject({
      state: "interrupted",
      readings: [
        { name: "readings-000000.ndjson", lines: 1 },
        { name: "readings-000001.ndjson", lines: 1 },
      ],
    });
  }));

function open(directory: string, options: Partial<BatchRunOptions> = {}) {
  return openBatchRun({
    directory,
    startedAtMs: STARTED_AT_MS,
    version: "0.0.0",
    files: REAL_FILES,
    clock: EAGER_CLOCK,
    log: SILENT_LOG,
    ...options,
  });
}
