/**
 * Group commit, the pure half: which waiting blocks go to the disk together, and how a group splits
 * into appends, each one connection's contiguous bytes. Order of blocks is never changed.
 */
import type { LineBlock } from "../model/line_block.ts";
import type { StreamLines } from "../model/stream.ts";

/** A block that was handed over and is not on the disk yet. */
export interface Waiting {
  readonly block: LineBlock;
  readonly connection: number;
  readonly arrivalMs: number;
  /** Where the block ends in its stream; undefined where it is of none. */
  readonly stream?: StreamLines | undefined;
}

/** One index record to be: bytes `[start, start + length)` of the group. */
export interface Append {
  readonly start: number;
  readonly length: number;
  readonly lines: number;
  readonly arrivalMs: number;
  readonly connection: number;
  readonly stream?: StreamLines | undefined;
}

/** How many blocks at the head of the queue fit in `bytesMax` together; at least one. */
export function countGroup(queue: readonly Waiting[], bytesMax: number): number {
  let bytes = 0, blocks = 0;
  for (const waiting of queue) {
    bytes += waiting.block.bytes.length;
    if (blocks > 0 && bytes > bytesMax) break;
    blocks++;
  }
  return blocks;
}

/** Neighbours of one connection become one append, which arrived when its first block did. */
export function splitAppends(group: readonly Waiting[]): Append[] {
  const appends: Append[] = [];
  let start = 0;
  for (const { block, connection, arrivalMs, stream } of group) {
    const last = appends.at(-1);
    const length = block.bytes.length, lines = block.ends.length;
    if (last?.connection === connection && last.stream?.stream === stream?.stream) {
      appends[appends.length - 1] = {
        ...last,
        length: last.length + length,
        lines: last.lines + lines,
        stream,
      };
    } else appends.push({ start, length, lines, arrivalMs, connection, stream });
    start += length;
  }
  return appends;
}

/** The group's bytes one after another: a lone block's own, else copied into `scratch`. */
export function joinGroup(group: readonly Waiting[], scratch: () => Uint8Array): Uint8Array {
  const [first] = group;
  if (first !== undefined && group.length === 1) return first.block.bytes;
  const into = scratch();
  let end = 0;
  for (const { block } of group) {
    into.set(block.bytes, end);
    end += block.bytes.length;
  }
  return into.subarray(0, end);
}
