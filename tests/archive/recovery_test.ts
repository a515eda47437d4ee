/** A table of corruptions: where, how, what survives. */
import { expect, test } from "bun:test";
import { appendFile, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32, zstdCompressSync } from "node:zlib";
import { type Quarantined } from "../../src/archive/manifest.ts";
import { recoverRun, recoverRuns } from "../../src/archive/recovery.ts";
import { checkRun } from "../../src/archive/run_check.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { REAL_FILES } from "../../src/runtime/files.ts";
import { block, readBack, startRun, withDirectory } from "./support/archive.ts";
import { FaultyFiles } from "./support/faulty_files.ts";

/** Parts of two appends of two lines of four bytes; the last part has one append. */
const LINES = ["a00", "a01", "b00", "b01", "c00", "c01", "d00", "d01", "e00", "e01"];
const PART_BYTES = 16;
const APPEND_BYTES = 8;

interface Corruption {
  readonly name: string;
  /** Of the run's files, by name. */
  readonly damage: (file: (name: string) => string) => Promise<void>;
  readonly survives: readonly string[];
  readonly tornBytes?: number;
  readonly recoveredLines?: number;
  readonly quarantined?: readonly Quarantined[];
}

const without = (...gone: string[]) => LINES.filter((line) => !gone.includes(line));

const TABLE: readonly Corruption[] = [
  { name: "nothing", damage: () => Promise.resolve(), survives: LINES },
  {
    name: "part, tail: half a line more",
    damage: (file) => appendFile(file("part-000002.ndjson"), "f0"),
    survives: LINES,
    tornBytes: 2,
  },
  {
    name: "part, tail: whole lines and half a line that the index does not know",
    damage: (file) => appendFile(file("part-000002.ndjson"), "f00\nf01\nf0"),
    survives: [...LINES, "f00", "f01"],
    tornBytes: 2,
    recoveredLines: 2,
  },
  {
    name: "part, tail: cut within the last append",
    damage: (file) => truncate(file("part-000002.ndjson"), 6),
    survives: without("e01"),
    tornBytes: 2,
    recoveredLines: 1,
    quarantined: [{ part: 2, offset: 6, length: 2, reason: "missing" }],
  },
  {
    name: "part, middle: a flipped bit",
    damage: (file) => flip(file("part-000001.ndjson"), 1),
    survives: without("c00", "c01"),
  },
  {
    name: "last part: a flipped bit in the last append",
    damage: (file) => flip(file("part-000002.ndjson"), 1),
    survives: without("e00", "e01"),
    quarantined: [{ part: 2, offset: 0, length: 8, reason: "checksum" }],
  },
  {
    name: "index, tail: a torn record",
    damage: async (file) => {
      const index = file("part-000002.index");
      await truncate(index, (await readFile(index)).length - 40);
    },
    survives: LINES,
    recoveredLines: 2,
  },
  {
    name: "index, tail: gone",
    damage: (file) => rm(file("part-000002.index")),
    survives: LINES,
    recoveredLines: 2,
  },
  {
    name: "index, tail: zeros after the last record",
    damage: (file) => appendFile(file("part-000002.index"), new Uint8Array(5_000)),
    survives: LINES,
  },
  {
    name: "index, middle of a sealed part: a flipped bit",
    damage: (file) => flip(file("part-000000.index"), 12),
    survives: without("a00", "a01"),
  },
  {
    name: "part and index, tail: empty, as after a crash that made their names only",
    damage: async (file) => {
      await writeFile(file("part-000003.ndjson"), "");
      await writeFile(file("part-000003.index"), "");
    },
    survives: LINES,
  },
  {
    name: "manifest: gone",
    damage: (file) => rm(file("manifest.json")),
    survives: LINES,
  },
  {
    name: "manifest: gone, and a flipped bit in the middle of an index",
    damage: async (file) => {
      await rm(file("manifest.json"));
      await flip(file("part-000001.index"), 12);
    },
    survives: without("c00", "c01"),
    quarantined: [{ part: 1, offset: 0, length: 8, reason: "index" }],
  },
  {
    name: "manifest: damaged, and a sealed part compressed",
    damage: async (file) => {
      await writeFile(file("manifest.json"), "{");
      await compress(file("part-000000.ndjson"));
    },
    survives: LINES,
  },
  {
    name: "manifest: gone, and a flipped bit in a compressed part",
    damage: async (file) => {
      await rm(file("manifest.json"));
      await compress(file("part-000001.ndjson"));
      await flip(file("part-000001.ndjson.zst"), 12);
    },
    // As short as it is, zstd keeps it as it is: the other append still unpacks.
    survives: without("c00", "c01"),
    quarantined: [{ part: 1, offset: 0, length: 8, reason: "checksum" }],
  },
  {
    name: "manifest: gone, and a compressed part cut",
    damage: async (file) => {
      await rm(file("manifest.json"));
      await compress(file("part-000001.ndjson"));
      await truncate(file("part-000001.ndjson.zst"), 10);
    },
    survives: without("c00", "c01", "d00", "d01"),
    quarantined: [
      { part: 1, offset: 0, length: 8, reason: "missing" },
      { part: 1, offset: 8, length: 8, reason: "missing" },
    ],
  },
  {
    name: "manifest: gone, and the lines of a sealed part",
    damage: async (file) => {
      await rm(file("manifest.json"));
      await rm(file("part-000001.ndjson"));
    },
    survives: without("c00", "c01", "d00", "d01"),
    quarantined: [{ part: 1, offset: 0, length: 16, reason: "missing" }],
  },
  {
    name: "a sealed part: gone, lines and index",
    damage: async (file) => {
      await rm(file("part-000001.ndjson"));
      await rm(file("part-000001.index"));
    },
    survives: without("c00", "c01", "d00", "d01"),
  },
  {
    name: "manifest and a sealed part: gone, lines and index",
    damage: async (file) => {
      await rm(file("manifest.json"));
      await rm(file("part-000001.ndjson"));
      await rm(file("part-000001.index"));
    },
    survives: without("c00", "c01", "d00", "d01"),
  },
  {
    name: "manifest: a flipped bit in its times",
    damage: async (file) => {
      const text = await readFile(file("manifest.json"), "utf8");
      await writeFile(file("manifest.json"), text.replace("T02:42:56Z", "T02:42:57Z"));
    },
    survives: LINES,
  },
  {
    name: "manifest: a torn new one beside it",
    damage: (file) => writeFile(file("manifest.json.tmp"), '{"format":1,"sta'),
    survives: LINES,
  },
];

for (const { name, damage, survives, ...expected } of TABLE) {
  test(`after ${name}: what survives is read, what does not is named`, () =>
    withDirectory(async (directory) => {
      const runId = await crashedRun(directory);
      await damage((file) => join(directory, runId, file));
      const recovered = await recover(directory, runId);
      expect(recovered).toMatchObject({
        wasClosed: false,
        tornBytes: expected.tornBytes ?? 0,
        recoveredLines: expected.recoveredLines ?? 0,
        quarantined: expected.quarantined ?? [],
      });
      const { text } = await readBack(directory, runId);
      expect(text).toBe(survives.map((line) => line + "\n").join(""));
    }));

  test(`after ${name}: a second recovery changes nothing`, () =>
    withDirectory(async (directory) => {
      const runId = await crashedRun(directory);
      await damage((file) => join(directory, runId, file));
      await recover(directory, runId);
      const before = await readBack(directory, runId);
      await rm(join(directory, runId, "manifest.json"));
      expect(await recover(directory, runId)).toMatchObject({ tornBytes: 0, recoveredLines: 0 });
      expect((await readBack(directory, runId)).text).toBe(before.text);
    }));
}

test("a flipped bit in a sealed part is found by the check, which names the append", () =>
  withDirectory(async (directory) => {
    const runId = await crashedRun(directory);
    await recover(directory, runId);
    await flip(join(directory, runId, "part-000001.ndjson"), 9);
    expect(await checkRun({ directory, runId, files: REAL_FILES })).toMatchObject({
      isIntact: false,
      quarantined: [{ part: 1, offset: 8, length: APPEND_BYTES, reason: "checksum" }],
      lines: LINES.length - 2,
    });
  }));

test("other bytes of the same CRC-32 are found by the check", () =>
  withDirectory(async (directory) => {
    const [was, is] = sameCrc();
    const run = await startRun(directory);
    await run.append(block(was), 1);
    await run.close();
    await writeFile(join(directory, run.runId, "part-000000.ndjson"), is + "\n");
    // Reading trusts the CRC; the check asks the SHA-256 as well.
    expect((await readBack(directory, run.runId)).quarantined).toEqual([]);
    expect(await checkRun({ directory, runId: run.runId, files: REAL_FILES })).toMatchObject({
      isIntact: false,
      quarantined: [{ part: 0, offset: 0, length: was.length + 1, reason: "checksum" }],
    });
  }));

test("an intact recovered run passes the check", () =>
  withDirectory(async (directory) => {
    const runId = await crashedRun(directory);
    await recover(directory, runId);
    expect(await checkRun({ directory, runId, files: REAL_FILES })).toMatchObject({
      isIntact: true,
      appends: 5,
      lines: LINES.length,
      bytes: 40,
    });
  }));

test("a part that is gone with the manifest is found by the check: the next one follows nothing", () =>
  withDirectory(async (directory) => {
    const runId = await crashedRun(directory);
    for (const name of ["manifest.json", "part-000001.ndjson", "part-000001.index"]) {
      await rm(join(directory, runId, name));
    }
    await recover(directory, runId);
    expect(await checkRun({ directory, runId, files: REAL_FILES })).toMatchObject({
      isIntact: false,
      alteredParts: ["part-000002"],
    });
  }));

test("an index record taken out is found by the check", () =>
  withDirectory(async (directory) => {
    const runId = await crashedRun(directory);
    await recover(directory, runId);
    const path = join(directory, runId, "part-000001.index");
    const [, second] = (await readFile(path, "utf8")).split("\n");
    await writeFile(path, second + "\n");
    const check = await checkRun({ directory, runId, files: REAL_FILES });
    expect(check.isIntact).toBe(false);
    expect(check.alteredParts).toEqual(["part-000001"]);
  }));

test("bytes added behind a closed run are found by the check", () =>
  withDirectory(async (directory) => {
    const runId = await crashedRun(directory);
    await recover(directory, runId);
    await appendFile(join(directory, runId, "part-000002.ndjson"), "f00\n");
    const check = await checkRun({ directory, runId, files: REAL_FILES });
    expect(check.alteredParts).toEqual(["part-000002"]);
  }));

test("recoverRuns leaves closed runs alone and closes the others, oldest first", () =>
  withDirectory(async (directory) => {
    const closed = await startRun(directory);
    await closed.close();
    const second = await crashedRun(directory);
    const third = await crashedRun(directory);
    const options = { directory, files: REAL_FILES, clock: REAL_CLOCK, log: SILENT_LOG };
    const done = await recoverRuns(options);
    expect(done.map(({ runId }) => runId)).toEqual([second, third]);
    expect(await recoverRuns(options)).toEqual([]);
  }));

function recover(directory: string, runId: string) {
  return recoverRun(runId, { directory, files: REAL_FILES, clock: REAL_CLOCK, log: SILENT_LOG });
}

/** A run whose process went away: all is on the disk, nobody closed it. */
async function crashedRun(directory: string): Promise<string> {
  const files = new FaultyFiles();
  const run = await startRun(directory, { files, limits: { archivePartBytesMax: PART_BYTES } });
  for (let index = 0; index < LINES.length; index += 2) {
    await run.append(block(LINES[index] ?? "", LINES[index + 1] ?? ""), 1);
  }
  await files.crash();
  return run.runId;
}

/** Two texts of one length and one CRC-32: of some 80,000 random ones two meet. */
function sameCrc(): [string, string] {
  const seen = new Map<number, string>();
  for (let i = 0;; i++) {
    const text = Bun.hash.xxHash64(String(i)).toString(16).padStart(16, "0");
    const crc = crc32(text + "\n");
    const other = seen.get(crc);
    if (other !== undefined) return [other, text];
    seen.set(crc, text);
  }
}

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

async function compress(path: string): Promise<void> {
  await writeFile(`${path}.zst`, zstdCompressSync(await readFile(path)));
  await rm(path);
}
