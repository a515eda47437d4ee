import { expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { retainBatch } from "../../src/archive/batch_retention.ts";
import { openBatchRun } from "../../src/archive/batch_writer.ts";
import { listRuns } from "../../src/archive/catalogue.ts";
import { type AppliedUpTo, retainLive } from "../../src/archive/live_retention.ts";
import { readManifest } from "../../src/archive/manifest.ts";
import { recoverRuns } from "../../src/archive/recovery.ts";
import { type Candidate, expired, type RetentionRule } from "../../src/archive/retention_rule.ts";
import { checkRun } from "../../src/archive/run_check.ts";
import { Sealer } from "../../src/archive/sealer.ts";
import { SILENT_LOG } from "../../src/log.ts";
import type { Clock } from "../../src/runtime/clock.ts";
import { type FileSystem, REAL_FILES } from "../../src/runtime/files.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import {
  block,
  EAGER_CLOCK,
  readBack,
  STARTED_AT_MS,
  startRun,
  withDirectory,
} from "./support/archive.ts";
import { SimulatedDisk } from "./support/simulated_disk.ts";

const HOUR_MS = 3_600_000;
const ALL: RetentionRule = { ageMsMax: null, bytesMax: 0 };
const everything: AppliedUpTo = () => Promise.resolve({ part: 99, offset: 0 });

function clockAt(nowMs: number): Clock {
  return { ...EAGER_CLOCK, nowMs: () => nowMs };
}

function options(directory: string, rule: RetentionRule, files: FileSystem = REAL_FILES) {
  return { directory, rule, files, clock: clockAt(STARTED_AT_MS + 10 * HOUR_MS), log: SILENT_LOG };
}

/** A closed run with one line a part. */
async function runOf(directory: string, lines: readonly string[], files = REAL_FILES) {
  const bytes = Math.max(...lines.map((line) => line.length + 1));
  const limits = { archivePartBytesMax: bytes, archiveGroupBytesMax: bytes };
  const clock = clockAt(STARTED_AT_MS);
  const run = await startRun(directory, { files, clock, limits });
  for (const line of lines) await run.append(block(line), 1);
  await run.close();
  return run.runId;
}

const candidate = (bytes: number, ageHours: number, isNeeded = false): Candidate => ({
  bytes,
  newestMs: STARTED_AT_MS - ageHours * HOUR_MS,
  isNeeded,
});
const OLD = candidate(10, 5), MIDDLE = candidate(10, 3), NEW = candidate(10, 1);

const RULES: readonly (readonly [string, readonly Candidate[], RetentionRule, number])[] = [
  ["no rule", [OLD, MIDDLE, NEW], { ageMsMax: null, bytesMax: null }, 0],
  ["by age", [OLD, MIDDLE, NEW], { ageMsMax: 2 * HOUR_MS, bytesMax: null }, 2],
  ["of just that age", [OLD, MIDDLE, NEW], { ageMsMax: 5 * HOUR_MS, bytesMax: null }, 0],
  ["by size", [OLD, MIDDLE, NEW], { ageMsMax: null, bytesMax: 25 }, 1],
  ["of just that size", [OLD, MIDDLE, NEW], { ageMsMax: null, bytesMax: 30 }, 0],
  ["by either", [OLD, MIDDLE, NEW], { ageMsMax: 4 * HOUR_MS, bytesMax: 10 }, 2],
  ["the oldest needed", [{ ...OLD, isNeeded: true }, MIDDLE, NEW], ALL, 0],
  ["the second needed", [OLD, { ...MIDDLE, isNeeded: true }, NEW], ALL, 1],
  ["nothing there", [], ALL, 0],
];

test.each(RULES)("retention, %s: the oldest go, and no more than must", (_, parts, rule, gone) => {
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  expect(expired(parts, bytes, rule, STARTED_AT_MS)).toBe(gone);
});

const APPLIED: readonly (readonly [string, Awaited<ReturnType<AppliedUpTo>>, string])[] = [
  ["nothing", null, "one\ntwo\nsix\n"],
  ["the middle of the first part", { part: 0, offset: 2 }, "one\ntwo\nsix\n"],
  ["the first part", { part: 0, offset: 4 }, "two\nsix\n"],
  ["the second part's beginning", { part: 1, offset: 0 }, "two\nsix\n"],
  ["all of it", { part: 2, offset: 4 }, ""],
];

test.each(APPLIED)(
  "of a run of which the store has %s, the rest is kept",
  async (_, applied, left) => {
    await withDirectory(async (directory) => {
      const runId = await runOf(directory, ["one", "two", "six"]);
      await retainLive(options(directory, ALL), () => Promise.resolve(applied));
      const back = await readBack(directory, runId);
      expect(back).toMatchObject({ text: left, quarantined: [] });
    });
  },
);

test("the part that is being written is never deleted", () =>
  withDirectory(async (directory) => {
    const limits = { archivePartBytesMax: 4, archiveGroupBytesMax: 4 };
    const run = await startRun(directory, { limits });
    for (const line of ["one", "two"]) await run.append(block(line), 1);
    expect(await retainLive(options(directory, ALL), everything)).toMatchObject({ count: 1 });
    await run.append(block("six"), 1);
    await run.close();
    expect((await readBack(directory, run.runId)).text).toBe("two\nsix\n");
    expect(await checkRun({ directory, runId: run.runId, files: REAL_FILES })).toMatchObject({
      isIntact: true,
      lines: 2,
      deletedParts: [0],
      deleted: { lines: 1, bytes: 4, appends: 1 },
    });
  }));

test("a run without some of its parts is not whole, and not damaged; its totals stay", () =>
  withDirectory(async (directory) => {
    const live = join(directory, "live_data");
    const runId = await runOf(live, ["one", "two", "six"]);
    await new Sealer({ directory: live, files: REAL_FILES, clock: EAGER_CLOCK, log: SILENT_LOG })
      .pass(new AbortController().signal);
    await retainLive(options(live, ALL), () => Promise.resolve({ part: 1, offset: 4 }));
    expect(await REAL_FILES.list(join(live, runId))).toEqual([
      "manifest.json",
      "part-000000.deleted",
      "part-000001.deleted",
      "part-000002.index",
      "part-000002.ndjson.zst",
    ]);
    expect(await checkRun({ directory: live, runId, files: REAL_FILES })).toMatchObject({
      isIntact: true,
      deletedParts: [0, 1],
      lines: 1,
    });
    expect(await listRuns(directory, REAL_FILES)).toMatchObject([
      { lines: 3, bytes: 12, parts: 3, deletedParts: 2 },
    ]);
    const from = { part: 1, offset: 2 };
    expect(await readBack(live, runId, { from })).toMatchObject({ text: "six\n", quarantined: [] });
  }));

test("a part that is missing without a tombstone is damage", () =>
  withDirectory(async (directory) => {
    const runId = await runOf(directory, ["one", "two"]);
    await retainLive(options(directory, ALL), () => Promise.resolve({ part: 0, offset: 4 }));
    await rm(join(directory, runId, "part-000000.deleted"));
    const check = await checkRun({ directory, runId, files: REAL_FILES });
    expect(check).toMatchObject({ isIntact: false, deletedParts: [] });
    expect(check.quarantined).toMatchObject([{ part: 0, reason: "missing" }]);
  }));

test("without its manifest, a run knows its deleted parts from their tombstones", () =>
  withDirectory(async (directory) => {
    const runId = await runOf(directory, ["one", "two"]);
    const before = await readManifest(REAL_FILES, join(directory, runId));
    await retainLive(options(directory, ALL), () => Promise.resolve({ part: 0, offset: 4 }));
    await rm(join(directory, runId, "manifest.json"));
    await recoverRuns({ directory, files: REAL_FILES, clock: EAGER_CLOCK, log: SILENT_LOG });
    expect((await readManifest(REAL_FILES, join(directory, runId)))?.parts).toEqual(before!.parts);
    expect((await checkRun({ directory, runId, files: REAL_FILES })).isIntact).toBe(true);
  }));

test("a power cut at each operation of deleting leaves a part whole or a tombstone", async () => {
  const directory = "/data/live_data";
  for (let cutAfter = 0; cutAfter < 40; cutAfter++) {
    for (let seed = 0; seed < 4; seed++) {
      const disk = new SimulatedDisk();
      await disk.makeDirectory("/data");
      await disk.syncDirectory("/");
      const runId = await runOf(directory, ["one", "two", "six"], disk);
      const retain = () =>
        retainLive(options(directory, ALL, disk), () => Promise.resolve({ part: 1, offset: 4 }));
      disk.operationsLeft = cutAfter;
      await retain().catch(() => {});
      disk.restore(seededRandom(seed));
      const back = await readBack(directory, runId, {}, disk);
      expect(back.quarantined).toEqual([]);
      expect(["one\ntwo\nsix\n", "two\nsix\n", "six\n"]).toContain(back.text);
      expect((await checkRun({ directory, runId, files: disk })).isIntact).toBe(true);
      await retain();
      expect((await readBack(directory, runId, {}, disk)).text).toBe("six\n");
      expect(await disk.list(join(directory, runId))).toEqual([
        "manifest.json",
        "part-000000.deleted",
        "part-000001.deleted",
        "part-000002.index",
        "part-000002.ndjson",
      ]);
    }
  }
});

function startBatch(directory: string, startedAtMs: number) {
  return openBatchRun({
    directory,
    startedAtMs,
    version: "0.0.0",
    files: REAL_FILES,
    clock: clockAt(startedAtMs),
    log: SILENT_LOG,
  });
}

test("batch runs: the oldest closed ones lose their readings, and their manifests say so", () =>
  withDirectory(async (data) => {
    const directory = join(data, "batch_data");
    for (const hours of [0, 5]) {
      const run = await startBatch(directory, STARTED_AT_MS + hours * HOUR_MS);
      await run.addReadings([`{"host_id":"a"}`]);
      await run.close({});
    }
    const open = await startBatch(directory, STARTED_AT_MS);
    const rule = { ageMsMax: 6 * HOUR_MS, bytesMax: null };
    expect(await retainBatch(options(directory, rule))).toEqual({ count: 1, bytes: 16 });
    expect(await retainBatch(options(directory, rule))).toEqual({ count: 0, bytes: 0 });
    expect(await listRuns(data, REAL_FILES)).toMatchObject([
      { state: "open", deletedParts: 0 },
      { state: "closed", rows: 1, deletedParts: 0 },
      { state: "closed", rows: 1, deletedParts: 1 },
    ]);
    const names = await REAL_FILES.list(join(directory, "batch_run_2025-11-21_02-42-56"));
    expect(names).toEqual(["manifest.json"]);
    await open.close({});
  }));
