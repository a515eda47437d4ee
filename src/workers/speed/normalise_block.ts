/**
 * Bytes of the archive → values. The one path for lines that just came, for catching up after a
 * restart and for rebuilding: the same bytes and the same arrival time give the same values.
 */
import type { LineBlock } from "../../model/line_block.ts";
import { lineStart } from "../../model/line_block.ts";
import type { Reading } from "../../model/reading.ts";
import type { DeadLetter, Normalised, RawRecord } from "../../model/record.ts";
import { parseLineBlock } from "../../sources/line_parser.ts";
import type { NormalisedBlock } from "./pending_batch.ts";

/** Where in its run a block of lines lies, and when it came. */
export interface PlacedBlock {
  readonly part: number;
  readonly offset: number;
  readonly arrivalMs: number;
  readonly block: LineBlock;
}

export type Normalise = (record: RawRecord, arrivalMs: number) => Normalised;

/** Lines in one normalised block: a batch is closed within so many of its bound. */
const SLICE_LINES_MAX = 5_000;

export function normaliseBlock(placed: PlacedBlock, normalise: Normalise): NormalisedBlock[] {
  const slices: NormalisedBlock[] = [];
  const { ends, bytes } = placed.block;
  for (let line = 0; line < ends.length; line += SLICE_LINES_MAX) {
    const last = Math.min(line + SLICE_LINES_MAX, ends.length) - 1;
    const start = lineStart(placed.block, line);
    const end = ends[last]! + 1;
    const whole = line === 0 && last === ends.length - 1;
    const block = whole ? placed.block : {
      bytes: bytes.subarray(start, end),
      ends: ends.slice(line, last + 1).map((at) => at - start),
    };
    slices.push(normaliseSlice({ ...placed, offset: placed.offset + start, block }, normalise));
  }
  return slices;
}

function normaliseSlice(placed: PlacedBlock, normalise: Normalise): NormalisedBlock {
  const readings: Reading[] = [];
  const deadLetters: DeadLetter[] = [];
  const { lines, blank } = parseLineBlock(placed.block, placed.offset, (item) => {
    const value = item.kind === "record" ? normalise(item, placed.arrivalMs) : item;
    if (value.kind === "reading") readings.push(value.reading);
    else deadLetters.push(value);
  });
  return {
    part: placed.part,
    offset: placed.offset,
    end: placed.offset + placed.block.bytes.length,
    arrivalMs: placed.arrivalMs,
    lines: lines - blank,
    blank,
    readings,
    deadLetters,
  };
}
