/**
 * Deletes the readings and dead letters of the oldest batch runs, by a rule; their manifests stay
 * and say so. The hot store needs none of them: it is built from the files that they were read from.
 */
import { join } from "node:path";
import type { FileSystem } from "../runtime/files.ts";
import { type BatchManifest, readBatchManifest, writeBatchManifest } from "./batch_manifest.ts";
import {
  type Candidate,
  type Deleted,
  expired,
  type RetentionOptions,
  runsOf,
  sizeOf,
  sumOf,
} from "./retention_rule.ts";

interface BatchRun extends Candidate {
  readonly runDirectory: string;
  readonly manifest: BatchManifest;
}

/** Only runs that are closed, also as interrupted. Rejects where the disk does; what is done stays. */
export async function retainBatch(options: RetentionOptions): Promise<Deleted> {
  const { files, clock, log, rule } = options;
  const runs: BatchRun[] = [];
  let bytes = 0;
  for (const runId of await runsOf(options, "batch_run")) {
    const runDirectory = join(options.directory, runId);
    const names = (await files.list(runDirectory)).filter((name) => name.endsWith(".ndjson"));
    const manifest = await readBatchManifest(files, runDirectory);
    const runBytes = await sizeOf(files, runDirectory, names);
    if (manifest !== null && manifest.deletedAtMs !== null) {
      await removeAll(files, runDirectory, names);
      continue;
    }
    bytes += runBytes;
    // An open one is being written, beside all others: it holds nothing else back.
    if (manifest === null || manifest.isChanged || manifest.state === "open") continue;
    if (names.length === 0) continue;
    const newestMs = manifest.closedAtMs ?? manifest.startedAtMs;
    runs.push({ runDirectory, manifest, bytes: runBytes, newestMs, isNeeded: false });
  }
  const gone = runs.slice(0, expired(runs, bytes, rule, clock.nowMs()));
  for (const { runDirectory, manifest, bytes } of gone) {
    await writeBatchManifest(files, runDirectory, { ...manifest, deletedAtMs: clock.nowMs() });
    const names = (await files.list(runDirectory)).filter((name) => name.endsWith(".ndjson"));
    await removeAll(files, runDirectory, names);
    log.info("deleted a batch run's readings, as retention says", { runDirectory, bytes });
  }
  return sumOf(gone);
}

async function removeAll(files: FileSystem, directory: string, names: string[]): Promise<void> {
  if (names.length === 0) return;
  for (const name of names) await files.remove(join(directory, name));
  await files.syncDirectory(directory);
}
