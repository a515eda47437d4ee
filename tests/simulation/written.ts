/** What a killed process leaves in the system's hands: whole lines, though it never confirmed them. */
import { join } from "node:path";
import { readManifest } from "../../src/archive/manifest.ts";
import { listParts, partName } from "../../src/archive/names.ts";
import { liveDirectory } from "../../src/workers/speed/archived_runs.ts";
import type { SimulatedDisk } from "../archive/support/simulated_disk.ts";
import { readAll } from "./flip.ts";
import { DATA_DIR } from "./life.ts";

const LIVE = liveDirectory(DATA_DIR);

export class Written {
  /** Of each run, what it must have at least. */
  readonly bytes = new Map<string, number>();
  /** Runs that were not closed when the power went: what is in them by then is nobody's word. */
  readonly #torn = new Set<string>();

  constructor(private readonly disk: SimulatedDisk) {}

  /**
   * Where an intent is, its group's lines are kept as it says, since it was there before they were;
   * only of a group that a full disk cut short, what was intended and is not whole is cut, as nobody
   * was told of it.
   */
  async afterKill(hasWholeGroups: boolean): Promise<void> {
    const { disk, bytes } = this;
    for (const runId of await disk.list(LIVE)) {
      const names = await disk.list(join(LIVE, runId));
      const hasIntent = names.some((name) => name.endsWith(".intent"));
      if (hasIntent && (!hasWholeGroups || this.#torn.has(runId))) continue;
      bytes.set(runId, Math.max(bytes.get(runId) ?? 0, await this.#bytesOf(runId)));
    }
  }

  /** Before the power goes: of a run that is not closed yet, what was only written may go with it. */
  async beforeLoss(): Promise<void> {
    for (const runId of await this.disk.list(LIVE)) {
      // Recovery syncs all of a run before its manifest says so.
      const manifest = await readManifest(this.disk, join(LIVE, runId));
      if (manifest?.state === "closed") continue;
      this.bytes.delete(runId);
      this.#torn.add(runId);
    }
  }

  async #bytesOf(runId: string): Promise<number> {
    const sealed = (await readManifest(this.disk, join(LIVE, runId)))?.parts;
    let bytes = 0;
    for (const part of await listParts(this.disk, join(LIVE, runId))) {
      const known = sealed?.find((one) => one.part === part)?.bytes;
      const path = join(LIVE, runId, `${partName(part)}.ndjson`);
      // Compressed, or deleted, is only what a manifest lists. Of a part that was being made when the
      // power went, the index may be there and the part itself not.
      const isThere = await this.disk.stat(path) !== null;
      bytes += known ?? (isThere ? (await readAll(this.disk, path)).lastIndexOf(10) + 1 : 0);
    }
    return bytes;
  }
}
