/**
 * Reading a stream run back, from any line on, also while it is being written: then up to its
 * durable end. What is damaged is left out and named; the rest goes on.
 */
import { join } from "node:path";
import type { LineBlock } from "../model/line_block.ts";
import type { FileSystem } from "../runtime/files.ts";
import type { Zstd } from "../runtime/zstd.ts";
import { type Quarantined, readManifest } from "./manifest.ts";
import { listParts } from "./names.ts";
import { type PartEvent, walkPart } from "./part_walk.ts";

/** A place in a run: byte `offset` of part `part`, at the start of a line. */
export interface RunPosition {
  readonly part: number;
  readonly offset: number;
}

export interface ArchivedBlock {
  readonly part: number;
  /** Byte offset of the block in its part. */
  readonly offset: number;
  /** At most LIMITS.archiveGroupBytesMax. */
  readonly block: LineBlock;
  /** When it was handed to the archive, epoch ms: the same for `append` and every reading back. */
  readonly arrivalMs: number;
  /** Null where a crash lost it. */
  readonly connection: number | null;
}

export interface ReadOptions {
  /** `<data>/live_data`. */
  readonly directory: string;
  readonly runId: string;
  readonly files: FileSystem;
  /** From the run's start unless given. */
  readonly from?: RunPosition | undefined;
  /** Up to here, exclusive; to the durable end unless given. */
  readonly to?: RunPosition | undefined;
  /** Told of every range that is left out because it cannot be trusted. */
  readonly onQuarantined?: ((range: Quarantined) => void) | undefined;
  /** Real unless given. */
  readonly zstd?: Zstd | undefined;
}

/** One block an append, in order; the first and last cut to `from` and `to`. */
export async function* readRun(options: ReadOptions): AsyncGenerator<ArchivedBlock> {
  const { files, zstd, from = { part: 0, offset: 0 }, to = { part: Infinity, offset: 0 } } =
    options;
  const runDirectory = join(options.directory, options.runId);
  for (let part = from.part; part <= to.part; part++) {
    let start = part === from.part ? from.offset : 0;
    const end = part === to.part ? to.offset : Infinity;
    for (let isAgain = false;; isAgain = true) {
      const manifest = await readManifest(files, runDirectory);
      const partBytes = manifest?.parts.find((sealed) => sealed.part === part)?.bytes;
      if (partBytes === undefined && !await isThere(files, runDirectory, part)) return;
      const events = walkPart({ files, zstd, runDirectory, part, fromOffset: start, partBytes });
      start = yield* readBlocks(events, { options, part, start, end });
      if (start >= end) return;
      if (partBytes !== undefined || isAgain) break;
      // It was open. If there is a next part by now, this one has got its last appends: read those.
      if (!await isThere(files, runDirectory, part + 1)) return;
    }
  }
}

/** Yields the blocks in `[start, end)` of a part; returns how far it got. */
async function* readBlocks(
  events: AsyncIterable<PartEvent>,
  range: { options: ReadOptions; part: number; start: number; end: number },
): AsyncGenerator<ArchivedBlock, number> {
  const { options, part, start, end } = range;
  let reached = start;
  for await (const event of events) {
    if (event.kind === "end") reached = Math.max(reached, event.offset);
    if (event.kind === "quarantined") options.onQuarantined?.(event.range);
    if (event.kind !== "append") continue;
    const { record } = event;
    if (record.offset >= end) return end;
    const cutStart = Math.max(start - record.offset, 0);
    const bytes = event.bytes.subarray(cutStart, Math.min(record.length, end - record.offset));
    yield {
      part,
      offset: record.offset + cutStart,
      block: { bytes, ends: lineEnds(bytes) },
      arrivalMs: record.arrivalMs,
      connection: record.connection,
    };
  }
  return reached;
}

/** A part that is damaged away altogether does not end the run while later ones are there. */
async function isThere(files: FileSystem, runDirectory: string, part: number): Promise<boolean> {
  return (await listParts(files, runDirectory)).some((number) => number >= part);
}

/** Index of every LF. */
export function lineEnds(bytes: Uint8Array): number[] {
  const ends: number[] = [];
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, end + 1)) ends.push(end);
  return ends;
}
