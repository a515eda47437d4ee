import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { readManifest } from "../../src/archive/manifest.ts";
import { recoverRuns } from "../../src/archive/recovery.ts";
import { checkRun } from "../../src/archive/run_check.ts";
import { readRun } from "../../src/archive/run_reader.ts";
import { Sealer } from "../../src/archive/sealer.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { type FileSystem, REAL_FILES } from "../../src/runtime/files.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { block, EAGER_CLOCK, readBack, startRun, withDirectory } from "./support/archive.ts";
import { FaultyFiles, systemError } from "./support/faulty_files.ts";
import { SimulatedDisk } from "./support/simulated_disk.ts";

const NEVER = new AbortController().signal;

function sealer(directory: string, files: FileSystem = REAL_FILES): Sealer {
  return new Sealer({ directory, files, clock: EAGER_CLOCK, log: SILENT_LOG });
}

/** A closed run of the given parts, each of one or more appends of one line. */
async function runOf(directory: string, parts: readonly (readonly string[])[], files = REAL_FILES) {
  const archivePartBytesMax = Math.max(...parts.map((lines) => lines.join("\n").length + 1));
  const limits = { archivePartBytesMax, archiveGroupBytesMax: archivePartBytesMax };
  const run = await startRun(directory, { files, clock: EAGER_CLOCK, limits });
  for (const lines of parts) for (const line of lines) await run.append(block(line), 1);
  await run.close();
  return run.runId;
}

/** Some MB of lines in one part: several frames. */
async function largeRun(directory: string): Promise<{ runId: string; text: string }> {
  const run = await startRun(directory);
  let text = "";
  for (let i = 0; i < 5; i++) {
    const lines = Array.from(
      { length: 10_000 },
      (_, j) => `{"i":${i},"j":${j},"x":"${"é".repeat(50)}"}`,
    );
    await run.append(block(...lines), 1);
    text += lines.join("\n") + "\n";
  }
  await run.close();
  return { runId: run.runId, text };
}

test("a closed run reads the same compressed, and its plain parts are gone", () =>
  withDirectory(async (directory) => {
    const { runId, text } = await largeRun(directory);
    const bytes = Buffer.byteLength(text);
    expect(await sealer(directory).pass(NEVER)).toMatchObject({ parts: 1, bytes });
    expect(await REAL_FILES.list(join(directory, runId))).toEqual([
      "manifest.json",
      "part-000000.index",
      "part-000000.ndjson.zst",
    ]);
    expect((await readBack(directory, runId)).text).toBe(text);
    expect(await checkRun({ directory, runId, files: REAL_FILES })).toMatchObject({
      isIntact: true,
      state: "closed",
      bytes,
    });
  }));

test("a compressed part is what any zstd tool unpacks, each frame with its checksum", () =>
  withDirectory(async (directory) => {
    const { runId, text } = await largeRun(directory);
    await sealer(directory).pass(NEVER);
    const path = join(directory, runId, "part-000000.ndjson.zst");
    const bytes = await readFile(path);
    expect(zstdDecompressSync(bytes).toString()).toBe(text);
    expect(bytes[4]! & 4).toBe(4);
    const tool = spawnSync("zstd", ["-dc", path], { maxBuffer: 1e9 });
    // Where there is none, the line above has to do.
    if (tool.error === undefined) expect(tool.stdout.toString()).toBe(text);
  }));

test("property: a compressed run is read from any place to any place as it was", () =>
  withDirectory(async (directory) => {
    const { runId, text } = await largeRun(directory);
    await sealer(directory).pass(NEVER);
    const starts = [0];
    const bytes = Buffer.from(text);
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) starts.push(at + 1);
    await fc.assert(
      fc.asyncProperty(fc.nat(starts.length - 1), fc.nat(starts.length - 1), async (a, b) => {
        const from = starts[Math.min(a, b)]!, to = starts[Math.max(a, b)]!;
        const range = { from: { part: 0, offset: from }, to: { part: 0, offset: to } };
        const back = await readBack(directory, runId, range);
        expect(back.text === bytes.subarray(from, to).toString()).toBe(true);
      }),
      { numRuns: 15 },
    );
  }));

test("what is being read goes on across the switch", () =>
  withDirectory(async (directory) => {
    const runId = await runOf(directory, [["one", "two"], ["three"], ["four"]]);
    let text = "";
    for await (const found of readRun({ directory, runId, files: REAL_FILES })) {
      text += new TextDecoder().decode(found.block.bytes);
      if (text === "one\n") await sealer(directory).pass(NEVER);
    }
    expect(text).toBe("one\ntwo\nthree\nfour\n");
  }));

test("a part whose plain file goes between the look and the opening is read compressed", () =>
  withDirectory(async (directory) => {
    const runId = await runOf(directory, [["one", "two"]]);
    const late: FileSystem = {
      ...REAL_FILES,
      open: async (path, mode) => {
        if (path.endsWith(".ndjson") && mode === "read") await sealer(directory).pass(NEVER);
        return await REAL_FILES.open(path, mode);
      },
    };
    expect((await readBack(directory, runId, {}, late)).text).toBe("one\ntwo\n");
  }));

test("of an open run the sealed parts are compressed, and the open one is not", () =>
  withDirectory(async (directory) => {
    const limits = { archivePartBytesMax: 8, archiveGroupBytesMax: 8 };
    const run = await startRun(directory, { limits });
    for (const line of ["first", "second", "third"]) await run.append(block(line), 1);
    const seals = sealer(directory);
    expect(await seals.pass(NEVER)).toMatchObject({ parts: 2 });
    await run.append(block("fourth"), 1);
    expect(await seals.pass(NEVER)).toMatchObject({ parts: 1 });
    expect(await REAL_FILES.stat(join(directory, run.runId, "part-000003.ndjson"))).not.toBeNull();
    await run.close();
    expect(await seals.pass(NEVER)).toMatchObject({ parts: 1 });
    expect((await readBack(directory, run.runId)).text).toBe("first\nsecond\nthird\nfourth\n");
  }));

test("a part with a flipped bit is refused, and stays as it is", () =>
  withDirectory(async (directory) => {
    const runId = await runOf(directory, [["one", "two"]]);
    const path = join(directory, runId, "part-000000.ndjson");
    const bytes = await readFile(path);
    bytes[1]! ^= 1;
    await writeFile(path, bytes);
    expect(await sealer(directory).pass(NEVER)).toMatchObject({ parts: 0 });
    expect(await readFile(path)).toEqual(bytes);
    expect(await REAL_FILES.list(join(directory, runId))).toHaveLength(3);
  }));

const DAMAGE: readonly (readonly [string, (path: string) => Promise<void>, string])[] = [
  ["cut in the middle", (path) => truncate(path, 12), "missing"],
  ["emptied", (path) => truncate(path, 0), "missing"],
  ["with a flipped bit in a frame", async (path) => {
    const bytes = await readFile(path);
    bytes[20]! ^= 4;
    await writeFile(path, bytes);
  }, "unreadable"],
  ["gone", (path) => rm(path), "missing"],
];

test.each(DAMAGE)(
  "a compressed part %s is named, and the next part is read",
  async (_, damage, reason) => {
    await withDirectory(async (directory) => {
      const runId = await runOf(directory, [["x".repeat(40), "y".repeat(40)], ["z".repeat(81)]]);
      await sealer(directory).pass(NEVER);
      await damage(join(directory, runId, "part-000000.ndjson.zst"));
      const back = await readBack(directory, runId);
      expect(back.text).toBe("z".repeat(81) + "\n");
      expect(back.quarantined.map((range) => range.reason)).toContain(reason as "missing");
      expect((await checkRun({ directory, runId, files: REAL_FILES })).isIntact).toBe(false);
    });
  },
);

test("a full disk leaves the plain part and no half-made one, and the next pass ends it", () =>
  withDirectory(async (directory) => {
    const runId = await runOf(directory, [["one", "two"]]);
    const files = new FaultyFiles();
    files.fault = (operation, path) =>
      operation === "write" && path.endsWith(".tmp") ? systemError("ENOSPC") : null;
    const seals = sealer(directory, files);
    expect(await seals.pass(NEVER)).toMatchObject({ parts: 0 });
    expect(files.openFiles).toBe(0);
    expect(await REAL_FILES.list(join(directory, runId))).toEqual([
      "manifest.json",
      "part-000000.index",
      "part-000000.ndjson",
    ]);
    files.fault = () => null;
    expect(await seals.pass(NEVER)).toMatchObject({ parts: 1 });
  }));

test("a power cut at each operation of compressing leaves a run that reads the same", async () => {
  const directory = "/data/live_data";
  let ended = 0;
  for (let cutAfter = 0; ended < 5; cutAfter++) {
    for (let seed = 0; seed < 4; seed++) {
      const disk = new SimulatedDisk();
      await disk.makeDirectory("/data");
      await disk.syncDirectory("/");
      const runId = await runOf(directory, [["one", "two"], ["three"]], disk);
      disk.operationsLeft = cutAfter;
      const { parts } = await sealer(directory, disk).pass(NEVER);
      // Killed or cut off: with what was written in memory, or without.
      if (seed > 0) disk.restore(seededRandom(seed));
      else disk.operationsLeft = Infinity;
      await recoverRuns({ directory, files: disk, clock: EAGER_CLOCK, log: SILENT_LOG });
      for (const again of [false, true]) {
        if (again) await sealer(directory, disk).pass(NEVER);
        expect((await readBack(directory, runId, {}, disk)).text).toBe("one\ntwo\nthree\n");
        const check = await checkRun({ directory, runId, files: disk });
        expect(check).toMatchObject({ isIntact: true, lines: 3 });
      }
      expect(await disk.list(join(directory, runId))).toEqual([
        "manifest.json",
        "part-000000.index",
        "part-000000.ndjson.zst",
        "part-000001.index",
        "part-000001.ndjson.zst",
      ]);
      if (parts === 2) ended++;
    }
  }
});

test("without its manifest, a compressed run is described from its indexes", () =>
  withDirectory(async (directory) => {
    const runId = await runOf(directory, [["one", "two"], ["three"]]);
    const before = await readManifest(REAL_FILES, join(directory, runId));
    await sealer(directory).pass(NEVER);
    await rm(join(directory, runId, "manifest.json"));
    await recoverRuns({ directory, files: REAL_FILES, clock: EAGER_CLOCK, log: SILENT_LOG });
    expect((await readManifest(REAL_FILES, join(directory, runId)))?.parts).toEqual(before!.parts);
    expect((await readBack(directory, runId)).text).toBe("one\ntwo\nthree\n");
  }));
