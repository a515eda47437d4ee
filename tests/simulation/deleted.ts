/**
 * What retention deletes, kept by the world for its checks: the bytes of each part when it went. It
 * may only go once the hot store has all of it.
 */
import { basename, dirname, join } from "node:path";
import { partName } from "../../src/archive/names.ts";
import { openPartSource } from "../../src/archive/part_source.ts";
import { type DeletedPart, readTombstone } from "../../src/archive/tombstone.ts";
import type { SimulatedDisk } from "../archive/support/simulated_disk.ts";
import type { SimulatedStore } from "./store.ts";
import { SYNC_ZSTD } from "./zstd.ts";

export class DeletedParts {
  /** By run and part: `stream_run_… 3`. */
  readonly #bytes = new Map<string, Uint8Array>();

  constructor(
    private readonly disk: SimulatedDisk,
    private readonly store: SimulatedStore,
    private readonly faultsFound: string[],
  ) {}

  /** Told of a file that is about to be removed. */
  async beforeRemoval(path: string): Promise<void> {
    const match = /\/part-(\d{6})\.ndjson(\.zst)?$/.exec(path);
    if (match === null) return;
    const directory = dirname(path);
    const tombstone = await readTombstone(this.disk, directory, Number(match[1]));
    // Without one it is a part that gives way to its compressed file, or never began.
    if (tombstone === null) return;
    const { part, bytes } = tombstone;
    const runId = basename(directory);
    const at = this.store.checkpoints.get(runId);
    const isApplied = at !== undefined &&
      (at.part > part || (at.part === part && at.offset >= bytes));
    if (!isApplied) this.faultsFound.push(`retention: ${path} goes, and is not in the store`);
    this.#bytes.set(`${runId} ${part}`, await this.#read(directory, tombstone));
  }

  /** The bytes of a part with a tombstone, also where its files are still there. */
  async bytesOf(directory: string, tombstone: DeletedPart): Promise<Uint8Array> {
    return this.#bytes.get(`${basename(directory)} ${tombstone.part}`) ??
      await this.#read(directory, tombstone);
  }

  async #read(directory: string, { part, bytes }: DeletedPart): Promise<Uint8Array> {
    const source = await openPartSource(this.disk, join(directory, partName(part)), SYNC_ZSTD);
    return await source?.take(0, bytes) ?? new Uint8Array(0);
  }
}
