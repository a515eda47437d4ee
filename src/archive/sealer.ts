/**
 * Compresses what is sealed, part by part, beside everything else: of closed runs, and of the open
 * one what its manifest lists. A failure costs room, never a line: the part stays plain and is tried
 * again at the next pass, or, if it is damaged, left alone.
 */
import { join } from "node:path";
import type { Log } from "../log.ts";
import type { Clock } from "../runtime/clock.ts";
import type { FileSystem } from "../runtime/files.ts";
import type { Zstd } from "../runtime/zstd.ts";
import { readManifest, type SealedPart } from "./manifest.ts";
import { compareRunIds, parseRunId, partName } from "./names.ts";
import { packPart } from "./part_packer.ts";

export interface SealerOptions {
  /** `<data>/live_data`. */
  readonly directory: string;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly log: Log;
  /** Real unless given. */
  readonly zstd?: Zstd | undefined;
}

export interface SealPass {
  readonly parts: number;
  /** Of the parts, before and after. */
  readonly bytes: number;
  readonly packedBytes: number;
}

export class Sealer {
  /** Closed runs with nothing left to do. */
  readonly #done = new Set<string>();
  /** Paths of parts that are not what was archived. */
  readonly #refused = new Set<string>();

  constructor(private readonly options: SealerOptions) {}

  /** One pass over all runs, oldest first. Never rejects for what a disk or a part is like. */
  async pass(signal: AbortSignal): Promise<SealPass> {
    const { files, directory } = this.options;
    const names = await files.list(directory);
    const runIds = names.filter((name) => parseRunId(name)?.kind === "stream_run");
    let total: SealPass = { parts: 0, bytes: 0, packedBytes: 0 };
    for (const runId of runIds.sort(compareRunIds)) {
      if (signal.aborted) break;
      if (!this.#done.has(runId)) total = add(total, await this.#passRun(runId, signal));
    }
    return total;
  }

  async #passRun(runId: string, signal: AbortSignal): Promise<SealPass> {
    const { files, directory, log } = this.options;
    const runDirectory = join(directory, runId);
    let total: SealPass = { parts: 0, bytes: 0, packedBytes: 0 };
    try {
      const manifest = await readManifest(files, runDirectory);
      const names = new Set(await files.list(runDirectory));
      for (const part of manifest?.parts ?? []) {
        const name = partName(part.part);
        // An empty part has nothing to gain; one with a tombstone is about to go.
        if (!names.has(`${name}.ndjson`) || names.has(`${name}.deleted`)) continue;
        if (part.bytes > 0) total = add(total, await this.#passPart(runDirectory, part, signal));
        if (signal.aborted) return total;
      }
      if (manifest?.state === "closed") this.#done.add(runId);
    } catch (error) {
      log.warn("sealed parts could not be compressed now; they stay as they are", {
        run: runId,
        error,
      });
    }
    return total;
  }

  async #passPart(
    runDirectory: string,
    part: SealedPart,
    signal: AbortSignal,
  ): Promise<SealPass> {
    const { files, clock, log, zstd } = this.options;
    const path = join(runDirectory, partName(part.part));
    const none = { parts: 0, bytes: 0, packedBytes: 0 };
    if (this.#refused.has(path)) return none;
    const startedMs = clock.monotonicMs();
    const packedBytes = await packPart(part, { files, clock, runDirectory, signal, zstd });
    if (packedBytes !== null) {
      const ms = Math.round(clock.monotonicMs() - startedMs);
      log.debug("compressed a sealed part", { path, bytes: part.bytes, packed: packedBytes, ms });
      return { parts: 1, bytes: part.bytes, packedBytes };
    }
    if (signal.aborted) return none;
    this.#refused.add(path);
    log.error("a sealed part is not what was archived; it is not compressed: run verify", { path });
    return none;
  }
}

function add(a: SealPass, b: SealPass): SealPass {
  return {
    parts: a.parts + b.parts,
    bytes: a.bytes + b.bytes,
    packedBytes: a.packedBytes + b.packedBytes,
  };
}
