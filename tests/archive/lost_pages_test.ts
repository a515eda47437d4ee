/**
 * After a failed sync the system may call pages clean that never reached the disk: who starts next
 * still reads them, and a sync of them says nothing. Then the power goes.
 */
import { expect, test } from "bun:test";
import { readBatchManifest } from "../../src/archive/batch_manifest.ts";
import { recoverBatchRuns } from "../../src/archive/batch_recovery.ts";
import { openBatchRun } from "../../src/archive/batch_writer.ts";
import { recoverRuns } from "../../src/archive/recovery.ts";
import { checkRun } from "../../src/archive/run_check.ts";
import { SILENT_LOG } from "../../src/log.ts";
import type { FileSystem } from "../../src/runtime/files.ts";
import { type Random, seededRandom } from "../../src/runtime/random.ts";
import { block, EAGER_CLOCK, readBack, STARTED_AT_MS, startRun } from "./support/archive.ts";
import { systemError } from "./support/faulty_files.ts";
import { SimulatedDisk } from "./support/simulated_disk.ts";

const SEEDS = 20;

for (const name of ["part-000000.ndjson", "part-000000.index"]) {
  test(`a sync of ${name} fails, it is recovered, the power goes: all that was kept is there`, async () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const { disk, files, failNext } = await failingDisk(seededRandom(seed));
      const directory = "/data/live_data";
      const run = await startRun(directory, { files, clock: EAGER_CLOCK });
      await run.append(block("confirmed"), 1);
      failNext(name);
      await run.append(block("not confirmed"), 1).catch(() => {});
      await recoverRuns({ directory, files: disk, clock: EAGER_CLOCK, log: SILENT_LOG });
      const kept = await readBack(directory, run.runId, {}, disk);
      expect(kept.text).toBe("confirmed\nnot confirmed\n");
      disk.restore(seededRandom(seed));
      expect((await readBack(directory, run.runId, {}, disk)).text).toBe(kept.text);
      expect(await checkRun({ directory, runId: run.runId, files: disk })).toMatchObject({
        isIntact: true,
        state: "closed",
      });
    }
  });
}

test("a batch run whose sync failed is recovered, the power goes: it has what its manifest says", async () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const { disk, files, failNext } = await failingDisk(seededRandom(seed));
    const directory = "/data/batch_data";
    const options = { directory, files, clock: EAGER_CLOCK, log: SILENT_LOG };
    const run = await openBatchRun({ ...options, startedAtMs: STARTED_AT_MS, version: "0.0.0" });
    await run.addReadings(["one", "two"]);
    failNext("readings-000000.ndjson");
    await run.sync().catch(() => {});
    await recoverBatchRuns({ ...options, files: disk });
    disk.restore(seededRandom(seed));
    const manifest = await readBatchManifest(disk, `${directory}/${run.runId}`);
    const sha256 = new Bun.CryptoHasher("sha256").update("one\ntwo\n").digest("hex");
    expect(manifest?.readings).toEqual([
      { name: "readings-000000.ndjson", lines: 2, bytes: 8, sha256 },
    ]);
    const path = `${directory}/${run.runId}/readings-000000.ndjson`;
    expect(await disk.stat(path)).toMatchObject({ bytes: 8 });
  }
});

async function failingDisk(random: Random) {
  const disk = new SimulatedDisk();
  await disk.makeDirectory("/data");
  await disk.syncDirectory("/");
  let failing: string | null = null;
  const files: FileSystem = {
    open: async (path, mode) => {
      const file = await disk.open(path, mode);
      const datasync = async () => {
        if (failing === null || !path.endsWith(failing)) return await file.datasync();
        failing = null;
        disk.failSync(path, random);
        throw systemError("EIO");
      };
      return { ...file, datasync };
    },
    stat: (path) => disk.stat(path),
    list: (path) => disk.list(path),
    makeDirectory: (path) => disk.makeDirectory(path),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    syncDirectory: (path) => disk.syncDirectory(path),
  };
  return { disk, files, failNext: (name: string) => void (failing = name) };
}
