import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRun } from "../../src/archive/run_writer.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { REAL_FILES } from "../../src/runtime/files.ts";
import { type ArchiveUpkeepOptions, keepArchive } from "../../src/workers/speed/archive_upkeep.ts";

const ALL = { daysMax: null, bytesMax: null };
const NONE = { daysMax: null, bytesMax: 1 };

/** A closed run of two parts of one line each. */
async function writeRun(dataDir: string): Promise<string> {
  const run = await openRun({
    directory: join(dataDir, "live_data"),
    startedAtMs: Date.UTC(2025, 10, 21),
    about: { version: "0.0.0", sources: [], mappings: {} },
    files: REAL_FILES,
    clock: REAL_CLOCK,
    log: SILENT_LOG,
    limits: { archivePartBytesMax: 4, archiveGroupBytesMax: 4 },
  });
  for (const text of ["one\n", "two\n"]) {
    await run.append({ bytes: new TextEncoder().encode(text), ends: [3] }, 1);
  }
  await run.close();
  return join(dataDir, "live_data", run.runId);
}

/** File names of the run once one round of the upkeep is over. */
async function afterOneRound(options: Partial<ArchiveUpkeepOptions>): Promise<string[]> {
  const dataDir = await mkdtemp(join(tmpdir(), "rackwatch-upkeep-"));
  try {
    const runDirectory = await writeRun(dataDir);
    const stop = new AbortController();
    let rounds = 0;
    // Waits at once, and is told to stop when it waits for its second round.
    const clock = {
      ...REAL_CLOCK,
      after: (ms: number, task: () => void) => {
        if (ms > 1_000 && ++rounds === 2) stop.abort();
        return REAL_CLOCK.after(0, task);
      },
    };
    await keepArchive({
      dataDir,
      compress: true,
      retention: { live: ALL, batch: ALL },
      appliedUpTo: () => Promise.resolve({ part: 0, offset: 4 }),
      tools: { files: REAL_FILES, clock, log: SILENT_LOG },
      ...options,
    }, stop.signal);
    return (await REAL_FILES.list(runDirectory)).filter((name) => name !== "manifest.json");
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

const PLAIN = [0, 1].flatMap((n) => [`part-00000${n}.index`, `part-00000${n}.ndjson`]);

test("sealed parts are compressed, and without a rule none is deleted", async () => {
  expect(await afterOneRound({})).toEqual(
    PLAIN.map((name) => name.replace("ndjson", "ndjson.zst")),
  );
});

test("without compression and rules the archive stays as it is", async () => {
  expect(await afterOneRound({ compress: false })).toEqual(PLAIN);
});

test("a rule deletes only what the hot store has applied", async () => {
  const retention = { live: NONE, batch: ALL };
  expect(await afterOneRound({ compress: false, retention })).toEqual([
    "part-000000.deleted",
    ...PLAIN.slice(2),
  ]);
});

test("while the hot store is away nothing is deleted, and compressing goes on", async () => {
  const retention = { live: NONE, batch: ALL };
  const appliedUpTo = () => Promise.reject(new Error("the store is away"));
  expect(await afterOneRound({ retention, appliedUpTo })).toEqual(
    PLAIN.map((name) => name.replace("ndjson", "ndjson.zst")),
  );
});
