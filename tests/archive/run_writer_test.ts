import { expect, test } from "bun:test";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readManifest } from "../../src/archive/manifest.ts";
import { REAL_FILES } from "../../src/runtime/files.ts";
import {
  ABOUT,
  block,
  readBack,
  STARTED_AT_MS,
  startRun,
  withDirectory,
} from "./support/archive.ts";

test("a run: the part holds the appended bytes exactly, in the order of the appends", () =>
  withDirectory(async (directory) => {
    const run = await startRun(directory);
    await Promise.all([
      run.append(block('{"a":1}', "", "\r", "plain"), 1),
      run.append(block("ä€😀"), 2),
      run.append(block("third"), 1),
    ]);
    await run.close();
    const part = await readFile(join(directory, run.runId, "part-000000.ndjson"), "utf8");
    expect(part).toBe('{"a":1}\n\n\r\nplain\nä€😀\nthird\n');
  }));

test("a run is named after its start in UTC", () =>
  withDirectory(async (directory) => {
    const run = await startRun(directory);
    await run.close();
    expect(run.runId).toBe("stream_run_2025-11-21_02-42-56");
  }));

test("two runs that start in the same second have different names", () =>
  withDirectory(async (directory) => {
    const runs = await Promise.all([startRun(directory), startRun(directory), startRun(directory)]);
    await Promise.all(runs.map((run) => run.close()));
    expect((await readdir(directory)).sort()).toEqual([
      "stream_run_2025-11-21_02-42-56",
      "stream_run_2025-11-21_02-42-56_2",
      "stream_run_2025-11-21_02-42-56_3",
    ]);
  }));

test("a run that starts after the clock was set back is named after those before it", () =>
  withDirectory(async (directory) => {
    const start = async (atMs: number) => {
      const run = await startRun(directory, { startedAtMs: STARTED_AT_MS + atMs });
      await run.close();
      return run.runId;
    };
    const names = [await start(0), await start(-3_600_000), await start(-10), await start(60_000)];
    expect(names).toEqual([
      "stream_run_2025-11-21_02-42-56",
      "stream_run_2025-11-21_02-42-56_2",
      "stream_run_2025-11-21_02-42-56_3",
      "stream_run_2025-11-21_02-43-56",
    ]);
    const manifest = await readManifest(REAL_FILES, join(directory, names[1]!));
    expect(manifest?.startedAtMs).toBe(STARTED_AT_MS - 3_600_000);
  }));

test("append resolves to the block's part, byte offset and arrival", () =>
  withDirectory(async (directory) => {
    const run = await startRun(directory);
    const first = await run.append(block("12345"), 1);
    const [second, third] = await Promise.all([
      run.append(block("abc"), 1),
      run.append(block("x"), 2),
    ]);
    await run.close();
    expect([first, second, third].map(({ part, offset }) => [part, offset])).toEqual([
      [0, 0],
      [0, 6],
      [0, 10],
    ]);
    const { blocks } = await readBack(directory, run.runId);
    expect(blocks.map(({ arrivalMs }) => arrivalMs)).toEqual(
      [first, second, third].map(({ arrivalMs }) => arrivalMs),
    );
  }));

test("neighbouring blocks of one connection in a group become one append", () =>
  withDirectory(async (directory) => {
    const run = await startRun(directory);
    await Promise.all([1, 1, 2, 2, 1].map((id) => run.append(block("x"), id)));
    await run.close();
    const { blocks } = await readBack(directory, run.runId);
    expect(blocks.map((found) => [found.connection, found.block.ends.length])).toEqual([
      [1, 2],
      [2, 2],
      [1, 1],
    ]);
    expect(run.counters).toEqual({ lines: 5, bytes: 10, appends: 3, syncs: 1 });
  }));

test("a block never crosses parts, and parts stay under their limit", () =>
  withDirectory(async (directory) => {
    const run = await startRun(directory, { limits: { archivePartBytesMax: 100 } });
    const lines = Array.from({ length: 40 }, (_, index) => String(index).padStart(29, "."));
    const places = await Promise.all(lines.map((line) => run.append(block(line), 1)));
    await run.close();
    expect(places.map(({ part, offset }) => [part, offset])).toEqual(
      lines.map((_, index) => [Math.floor(index / 3), (index % 3) * 30]),
    );
    expect((await readBack(directory, run.runId)).text).toBe(lines.join("\n") + "\n");
  }));

test("the manifest is open while the run is, and says all once it is closed", () =>
  withDirectory(async (directory) => {
    const run = await startRun(directory);
    const path = join(directory, run.runId, "manifest.json");
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ state: "open", parts: [] });
    await run.append(block("one", "two"), 1);
    await run.close();
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({
      format: 1,
      run_id: run.runId,
      state: "closed",
      started_at: new Date(STARTED_AT_MS).toISOString().replace(".000Z", "Z"),
      lines: 2,
      bytes: 8,
      appends: 1,
      recovered: false,
      ...ABOUT,
    });
  }));

test("a block that is not whole lines is refused and nothing is written", () =>
  withDirectory(async (directory) => {
    const run = await startRun(directory);
    const bytes = new TextEncoder().encode("no end");
    await expect(run.append({ bytes, ends: [] }, 1)).rejects.toThrow("whole lines");
    await run.close();
    expect(run.counters.bytes).toBe(0);
  }));

test("after close, append is refused", () =>
  withDirectory(async (directory) => {
    const run = await startRun(directory);
    await run.close();
    await expect(run.append(block("late"), 1)).rejects.toThrow("is closed");
  }));

test("flush resolves once nothing is pending", () =>
  withDirectory(async (directory) => {
    const run = await startRun(directory);
    const appended = Array.from({ length: 50 }, (_, index) => run.append(block(`${index}`), index));
    await run.flush();
    expect(run.pendingBytes).toBe(0);
    await Promise.all(appended);
    await run.close();
  }));
