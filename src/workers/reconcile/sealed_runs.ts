/** Live runs and how far they are sealed: what no writer of the archive will change any more. */
import { join } from "node:path";
import { readManifest } from "../../archive/manifest.ts";
import { compareRunIds, parseRunId } from "../../archive/names.ts";
import { tombstoneName } from "../../archive/tombstone.ts";
import type { FileSystem } from "../../runtime/files.ts";
import type { Place } from "../speed/pending_batch.ts";
import { liveDirectory } from "../speed/archived_runs.ts";

/** Which of a run's parts retention has deleted: their rows may be in the hot store all the same. */
export async function deletedParts(
  dataDir: string,
  runId: string,
  { from, to }: { readonly from: Place; readonly to: Place },
  files: FileSystem,
): Promise<ReadonlySet<number>> {
  const names = new Set(await files.list(join(liveDirectory(dataDir), runId)));
  const deleted = new Set<number>();
  for (let part = from.part; part <= to.part; part++) {
    if (names.has(tombstoneName(part))) deleted.add(part);
  }
  return deleted;
}

export interface SealedRun {
  readonly runId: string;
  /** End of its newest sealed part; of a closed run, its end. */
  readonly end: Place;
  readonly lines: number;
}

/** Keeps what it knows of closed runs, so that a look at a thousand of them reads no manifest. */
export class SealedRuns {
  readonly #directory: string;
  readonly #files: FileSystem;
  #closed = new Map<string, SealedRun>();

  constructor(dataDir: string, files: FileSystem) {
    this.#directory = liveDirectory(dataDir);
    this.#files = files;
  }

  /** Oldest first; without those that have no sealed line, or no manifest that can be read. */
  async list(): Promise<SealedRun[]> {
    const names = await this.#files.list(this.#directory);
    const runIds = names.filter((name) => parseRunId(name)?.kind === "stream_run");
    const closed = new Map<string, SealedRun>();
    const runs: SealedRun[] = [];
    for (const runId of runIds.sort(compareRunIds)) {
      const known = this.#closed.get(runId);
      if (known !== undefined) closed.set(runId, known);
      const run = known ?? await this.#read(runId, closed);
      if (run !== null && run.lines > 0) runs.push(run);
    }
    this.#closed = closed;
    return runs;
  }

  async #read(runId: string, closed: Map<string, SealedRun>): Promise<SealedRun | null> {
    const manifest = await readManifest(this.#files, join(this.#directory, runId));
    if (manifest === null) return null;
    const last = manifest.parts.at(-1);
    const run = {
      runId,
      end: { part: last?.part ?? 0, offset: last?.bytes ?? 0 },
      lines: manifest.parts.reduce((sum, part) => sum + part.lines, 0),
    };
    if (manifest.state === "closed") closed.set(runId, run);
    return run;
  }
}
