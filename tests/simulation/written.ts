/** What a killed process leaves in the system's hands: whole lines, though it never confirmed them. */
import { join } from "node:path";
import { liveDirectory } from "../../src/workers/speed/archived_runs.ts";
import { readManifest } from "../../src/archive/manifest.ts";
import { listParts, partName } from "../../src/archive/names.ts";
import type { SimulatedDisk } from "../archive/support/simulated_disk.ts";
import { readAll } from "./flip.ts";
import { DATA_DIR } from "./life.ts";

/**
 * Raises what each run must have at least. Where an intent is, its group's lines are kept as it says,
 * since it was there before they were; only of a group that a full disk cut short, what was intended
 * and is not whole is cut, as nobody was told of it.
 */
export async function noteWritten(
  disk: SimulatedDisk,
  writtenBytes: Map<string, number>,
  hasWholeGroups: boolean,
): Promise<void> {
  const live = liveDirectory(DATA_DIR);
  for (const runId of await disk.list(live)) {
    const names = await disk.list(join(live, runId));
    if (!hasWholeGroups && names.some((name) => name.endsWith(".intent"))) continue;
    const sealed = (await readManifest(disk, join(live, runId)))?.parts;
    let bytes = 0;
    for (const part of await listParts(disk, join(live, runId))) {
      const known = sealed?.find((one) => one.part === part)?.bytes;
      const path = join(live, runId, `${partName(part)}.ndjson`);
      const plain = async () => (await readAll(disk, path)).lastIndexOf(10) + 1;
      // Compressed, or deleted, is only what a manifest lists.
      bytes += known ?? await plain();
    }
    writtenBytes.set(runId, Math.max(writtenBytes.get(runId) ?? 0, bytes));
  }
}
