/**
 * Puts the readings of a few chunks in order: by time, then by path, then by offset. Looks at nothing
 * but times and places, in columns, so that what is not wanted costs two numbers.
 */
import { FLAG_FUTURE } from "../../model/reading.ts";
import { atOnce, type Steps } from "../../runtime/slices.ts";
import { numbersOf, type OpenChunk } from "./open_chunks.ts";
import type { Paging } from "./reading_window.ts";

/** Where a reading stands: its chunk's index, and its own in the columns of that. */
export interface Place {
  readonly chunk: number;
  readonly row: number;
}

/** The first `limit` of the readings that are wanted, in the order that is. */
export function inOrder(chunks: readonly OpenChunk[], paging: Paging): Place[] {
  return atOnce(orderInSteps(chunks, paging));
}

/** The same, interruptible: of 60,000 readings it takes some 30 ms. */
export function* orderInSteps(
  chunks: readonly OpenChunk[],
  { wanted: { order }, window, limit, leavesOutFuture }: Paging,
): Steps<Place[]> {
  const { atMs, chunk, offset, row } = yield* withinWindow(chunks, window, leavesOutFuture);
  const ranks = ranksOf(chunks.map(({ path }) => path));
  const byOffset = sortedBy(Uint32Array.from(atMs.keys()), offset);
  yield;
  const byPath = sortedBy(byOffset, Float64Array.from(chunk, (index) => ranks[index]!));
  yield;
  const rising = sortedBy(byPath, atMs);
  yield;
  const first = order === "asc" ? rising.subarray(0, limit) : rising.reverse().subarray(0, limit);
  return Array.from(first, (index) => ({ chunk: chunk[index]!, row: row[index]! }));
}

/** Columns of as many elements. */
interface Found {
  readonly atMs: Float64Array;
  readonly offset: Float64Array;
  readonly chunk: Uint32Array;
  readonly row: Uint32Array;
}

function* withinWindow(
  chunks: readonly OpenChunk[],
  { fromMs, toMs }: Paging["window"],
  leavesOutFuture: boolean,
): Steps<Found> {
  const size = chunks.reduce((sum, one) => sum + one.readings, 0);
  const atMs = new Float64Array(size), offset = new Float64Array(size);
  const chunk = new Uint32Array(size), row = new Uint32Array(size);
  let count = 0;
  for (const [chunkIndex, one] of chunks.entries()) {
    yield;
    const times = numbersOf(one.at_ms), offsets = numbersOf(one.record_offset);
    const flags = leavesOutFuture && one.flags !== null ? numbersOf(one.flags) : null;
    for (let index = 0; index < times.length; index++) {
      const at = one.first_ms + times[index]!;
      if (fromMs !== null && at < fromMs || toMs !== null && at >= toMs) continue;
      if (flags !== null && (flags[index]! & FLAG_FUTURE) !== 0) continue;
      atMs[count] = at;
      offset[count] = one.first_offset + offsets[index]!;
      chunk[count] = chunkIndex;
      row[count++] = index;
    }
  }
  return {
    atMs: atMs.subarray(0, count),
    offset: offset.subarray(0, count),
    chunk: chunk.subarray(0, count),
    row: row.subarray(0, count),
  };
}

/**
 * Indices in rising order of their whole numbers in a column; equal ones stay as they are. Numbers
 * alone are sorted in a fifth of the time that a comparator takes: so each carries its position,
 * where both fit into 53 bits.
 */
export function sortedBy(indices: Uint32Array, column: Float64Array): Uint32Array {
  const { length } = indices;
  let min = Infinity, max = -Infinity;
  for (const index of indices) {
    min = Math.min(min, column[index]!);
    max = Math.max(max, column[index]!);
  }
  if (min >= max) return indices;
  if ((max - min + 1) * length > Number.MAX_SAFE_INTEGER) {
    return indices.toSorted((a, b) => column[a]! - column[b]!);
  }
  const keys = new Float64Array(length);
  for (let at = 0; at < length; at++) keys[at] = (column[indices[at]!]! - min) * length + at;
  keys.sort();
  return Uint32Array.from(keys, (key) => indices[key % length]!);
}

/** Each path's place among all by the bytes of UTF-8, as the server's collation "C" has it. */
function ranksOf(paths: readonly string[]): number[] {
  const sorted = [...new Set(paths)].map((path) => ({ path, bytes: Buffer.from(path) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  const ranks = new Map(sorted.map(({ path }, rank) => [path, rank]));
  return paths.map((path) => ranks.get(path)!);
}
