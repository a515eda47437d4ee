/** Finding records again: which files are looked into, and what is told of a disk that refuses. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Layer } from "../../../src/model/origin.ts";
import { type FileSystem, REAL_FILES } from "../../../src/runtime/files.ts";
import { digestFile } from "../../../src/sources/file_source.ts";
import { recordFinder, type RecordPlace } from "../../../src/workers/origin/record_finder.ts";
import { block, startRun } from "../../archive/support/archive.ts";
import { indiaCsv } from "../support/batch_history.ts";

const CSV = indiaCsv(3);
const SECOND_LINE = CSV.split("\n")[2]!;
const OFFSET = CSV.indexOf(SECOND_LINE);
const BATCH_RUN = "batch_run_2025-11-21_02-42-56";
const LINE = '{"host_id":"a","timestamp":"2025-11-21T02:42:56Z","temp_c":61.5}';

let folder = "";
let dataDir = "";
let streamRun = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rackwatch-origin-"));
  dataDir = join(folder, "data");
  await mkdir(join(dataDir, "india_lab"), { recursive: true });
  await mkdir(join(dataDir, "elsewhere"), { recursive: true });
  for (const path of ["data/india_lab/a.csv", "data/elsewhere/a.csv", "secret.csv"]) {
    await writeFile(join(folder, path), CSV);
  }
  await writeFile(join(dataDir, "india_lab/cut.csv"), gzipSync(CSV.repeat(50)).subarray(0, 60));
  const run = await startRun(join(dataDir, "live_data"));
  await run.append(block(LINE), 1);
  await run.close();
  streamRun = run.runId;
});
afterAll(() => rm(folder, { recursive: true }));

/** A finder of the demo's sources, and which files it opened. */
function harness(files: Partial<FileSystem> = {}, sources: readonly unknown[] = []) {
  const opened: string[] = [];
  const disk: FileSystem = {
    ...REAL_FILES,
    ...files,
    open: (path, mode) => {
      opened.push(path);
      return (files.open ?? REAL_FILES.open)(path, mode);
    },
  };
  const config = { dataDir, sources, demo: true, configFile: null };
  return { find: recordFinder(config, disk), opened };
}

/** A place in a history file that is as it was loaded, wherever it lies. */
async function historyPlace(
  path: string,
  { source = "india_lab", onDisk = join(dataDir, path) } = {},
): Promise<RecordPlace> {
  const { digest, bytes, mtimeMs } = await digestFile(onDisk);
  const layer: Layer = "batch";
  return {
    origin: { layer, runId: BATCH_RUN, source, path },
    offset: OFFSET,
    version: { digest, bytes, modifiedMs: mtimeMs },
  };
}

function livePlace(runId: string, path = `live_data/${runId}/part-000000.ndjson`): RecordPlace {
  return { origin: { layer: "speed", runId, source: "live", path }, offset: 0, version: null };
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: from the test`), { code });
}

test("finder: a record of a file that its source names is found", async () => {
  const { find } = harness();
  const found = await find(await historyPlace("india_lab/a.csv"));
  expect(found).toMatchObject({ raw: SECOND_LINE, note: null, mappedBy: "india_lab" });
});

test("finder: a file that the source declares by an absolute path is found, too", async () => {
  const secret = join(folder, "secret.csv");
  const { find } = harness({}, [{
    name: "outside",
    path: join(folder, "*.csv"),
    region: "Home",
    host_id: "server_code",
    timestamp: "timestamp_ist",
    temp_c: "temp_celsius",
  }]);
  const found = await find(await historyPlace(secret, { source: "outside", onDisk: secret }));
  expect(found).toMatchObject({ raw: SECOND_LINE, note: null });
});

const STRANGE_PATHS = [
  ["leads out of the data directory", "../secret.csv"],
  ["leads out by a folder that the source names", "india_lab/../../secret.csv"],
  ["is absolute", ""],
  ["is another source's, or nobody's", "elsewhere/a.csv"],
] as const;

for (const [what, relative] of STRANGE_PATHS) {
  test(`finder: a path of the store that ${what} is not looked into`, async () => {
    const path = relative === "" ? join(folder, "secret.csv") : relative;
    const onDisk = relative === "" ? path : join(dataDir, relative);
    const place = await historyPlace(path, { onDisk });
    const { find, opened } = harness();
    const found = await find(place);
    expect(found).toMatchObject({ raw: null, note: expect.stringContaining("does not name") });
    expect(opened).toEqual([]);
  });
}

test("finder: a source that is not declared any more is told so", async () => {
  const place = await historyPlace("india_lab/a.csv", { source: "gone_lab" });
  const found = await harness().find(place);
  expect(found.note).toContain("gone_lab is not declared");
});

for (const runId of ["../elsewhere", "stream_run_x", BATCH_RUN]) {
  test(`finder: a live run named ${runId} is no part of the archive`, async () => {
    const { find, opened } = harness();
    expect((await find(livePlace(runId))).note).toContain("no part of the archive");
    expect(opened).toEqual([]);
  });
}

test("finder: a live line is found by run, part and byte", async () => {
  expect(await harness().find(livePlace(streamRun))).toMatchObject({ raw: LINE, note: null });
});

const REFUSALS: readonly (readonly [string, Partial<FileSystem>])[] = [
  ["EACCES on the folder", { stat: () => Promise.reject(systemError("EACCES")) }],
  ["EACCES on the file", { open: () => Promise.reject(systemError("EACCES")) }],
  ["EISDIR on reading", {
    open: async (path, mode) => ({
      ...await REAL_FILES.open(path, mode),
      read: () => Promise.reject(systemError("EISDIR")),
    }),
  }],
  ["EIO in the middle of it", {
    open: async (path, mode) => {
      const file = await REAL_FILES.open(path, mode);
      const read = (into: Uint8Array, at: number) =>
        into.length > 4 ? Promise.reject(systemError("EIO")) : file.read(into, at);
      return { ...file, read };
    },
  }],
];

for (const [what, files] of REFUSALS) {
  const code = what.slice(0, what.indexOf(" "));
  test(`finder: ${what} is a note, of history and of live lines`, async () => {
    const { find } = harness(files);
    const places = [await historyPlace("india_lab/a.csv"), livePlace(streamRun)];
    for (const place of places) {
      const found = await find(place);
      expect(found).toMatchObject({ raw: null, note: expect.stringContaining(code) });
    }
  });
}

test("finder: a file that can't be decoded is a note", async () => {
  const found = await harness().find(await historyPlace("india_lab/cut.csv"));
  expect(found).toMatchObject({ raw: null, note: expect.stringContaining("damaged") });
});

test("finder: a file that vanished, or is a folder now, is a note", async () => {
  const place = await historyPlace("india_lab/a.csv");
  const folderPlace = { ...place, origin: { ...place.origin, path: "india_lab/folder.csv" } };
  const gonePlace = { ...place, origin: { ...place.origin, path: "india_lab/gone.csv" } };
  await mkdir(join(dataDir, "india_lab/folder.csv"));
  const { find } = harness();
  for (const one of [folderPlace, gonePlace]) {
    expect((await find(one)).note).toContain("not there any more");
  }
});

test("finder: our own mistake rejects, and the next question is answered all the same", async () => {
  let isBroken = true;
  const { find } = harness({
    stat: (path) => {
      if (!isBroken) return REAL_FILES.stat(path);
      isBroken = false;
      return Promise.reject(new TypeError("our own mistake"));
    },
  });
  const place = await historyPlace("india_lab/a.csv");
  const [failing, next] = [find(place), find(place)];
  expect(failing).rejects.toThrow("our own mistake");
  expect(await next).toMatchObject({ raw: SECOND_LINE });
});
