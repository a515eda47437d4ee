/**
 * Bytes of the archive → values. The one path for lines that just came, for catching up after a
 * restart and for rebuilding: the same bytes and the same arrival time give the same values.
 */
import type { LineBlock } from "../../model/line_block.ts";
import { lineStart } from "../../model/line_block.ts";
import type { Reading } from "../../model/reading.ts";
import type { DeadLetter, Normalised, RawRecord, SourceItem } from "../../model/record.ts";
import { parseLineBlock } from "../../sources/line_parser.ts";
import type { NormalisedBlock } from "./pending_batch.ts";
import { type ReaderFor, TemplatedLines } from "./templated_lines.ts";

/** Where in its run a block of lines lies, and when it came. */
export interface PlacedBlock {
  readonly part: number;
  readonly offset: number;
  readonly arrivalMs: number;
  readonly block: LineBlock;
}

/** A mapping of live lines, and the shapes of them that it has met. */
export class Normalise {
  readonly lines: TemplatedLines;

  constructor(
    readonly record: (record: RawRecord, arrivalMs: number) => Normalised,
    readerFor: ReaderFor,
  ) {
    this.lines = new TemplatedLines(readerFor);
  }
}

/** Lines in one normalised block: a batch is closed within so many of its bound. */
const SLICE_LINES_MAX = 5_000;
/** In a slice with more lines of unknown shape the rest is decoded and parsed as a whole. */
const UNKNOWN_LINES_MAX = 50;

export function normaliseBlock(placed: PlacedBlock, normalise: Normalise): NormalisedBlock[] {
  const slices: NormalisedBlock[] = [];
  const lines = placed.block.ends.length;
  for (let line = 0; line < lines; line += SLICE_LINES_MAX) {
    const slice = new Slice(placed, normalise);
    slices.push(slice.take(line, Math.min(line + SLICE_LINES_MAX, lines)));
  }
  return slices;
}

class Slice {
  readonly #placed: PlacedBlock;
  readonly #normalise: Normalise;
  readonly #readings: Reading[] = [];
  readonly #deadLetters: DeadLetter[] = [];
  #blank = 0;

  constructor(placed: PlacedBlock, normalise: Normalise) {
    this.#placed = placed;
    this.#normalise = normalise;
  }

  /** Lines [from, to) of the block. */
  take(from: number, to: number): NormalisedBlock {
    const { part, offset, arrivalMs, block } = this.#placed;
    const next = this.#takeKnown(from, to);
    if (next < to) this.#parse(next, to);
    return {
      part,
      offset: offset + lineStart(block, from),
      end: offset + lineStart(block, to),
      arrivalMs,
      lines: to - from - this.#blank,
      blank: this.#blank,
      readings: this.#readings,
      deadLetters: this.#deadLetters,
    };
  }

  /** The line at which it gave up; `to` where it took all. */
  #takeKnown(from: number, to: number): number {
    const { offset, arrivalMs, block: { bytes, ends } } = this.#placed;
    const { lines } = this.#normalise;
    if (lines.isIdle) return from;
    let unknown = 0;
    let start = lineStart(this.#placed.block, from);
    for (let line = from; line < to; line++) {
      const end = ends[line]!;
      const reading = lines.read(bytes, [start, end], offset + start, arrivalMs);
      if (reading !== null) this.#readings.push(reading);
      else if (++unknown > UNKNOWN_LINES_MAX) return line;
      else this.#parse(line, line + 1);
      start = end + 1;
    }
    return to;
  }

  #parse(from: number, to: number): void {
    const { offset, arrivalMs, block: { bytes, ends } } = this.#placed;
    const start = lineStart(this.#placed.block, from);
    const block = {
      bytes: bytes.subarray(start, ends[to - 1]! + 1),
      ends: ends.slice(from, to).map((at) => at - start),
    };
    const { lines, record } = this.#normalise;
    const isAlone = to - from === 1;
    const { blank } = parseLineBlock(block, offset + start, (item: SourceItem) => {
      const value = item.kind === "record" ? record(item, arrivalMs) : item;
      if (value.kind === "dead_letter") this.#deadLetters.push(value);
      else {
        this.#readings.push(value.reading);
        // Its raw text is the line's only where it is one: a record in an array is a part of it.
        if (isAlone && item.kind === "record" && item.raw !== null) {
          lines.learn(item.raw, item.fields);
        }
      }
    });
    this.#blank += blank;
  }
}
