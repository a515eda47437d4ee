/**
 * Bytes of the archive → values. The one path for lines that just came, for catching up after a
 * restart and for rebuilding: the same bytes and the same arrival time give the same values.
 */
import type { LineBlock } from "../../model/line_block.ts";
import { lineStart } from "../../model/line_block.ts";
import type { Reading } from "../../model/reading.ts";
import type { DeadLetter, Fields, Normalised, RawRecord, SourceItem } from "../../model/record.ts";
import { readAgentLine } from "../../sources/agent_line.ts";
import { parseLineBlock } from "../../sources/line_parser.ts";
import type { LineSights } from "./line_sights.ts";
import type { NormalisedBlock } from "./pending_batch.ts";
import { type LineShape, type ReaderFor, TemplatedLines } from "./templated_lines.ts";

/** Where in its run a block of lines lies, and when it came. */
export interface PlacedBlock {
  readonly part: number;
  readonly offset: number;
  readonly arrivalMs: number;
  readonly block: LineBlock;
  /** Of those who watch what comes from where; else nobody asks. */
  readonly runId?: string;
  readonly connection?: number | null;
}

/** A mapping of live lines, and the shapes of them that it has met. */
export class Normalise {
  readonly lines: TemplatedLines;

  constructor(
    /** Null: it measures nothing of ours, and its mapping lets such records go. */
    readonly record: (
      record: RawRecord,
      arrivalMs: number,
      sights?: LineSights,
    ) => Normalised | null,
    readerFor: ReaderFor,
  ) {
    this.lines = new TemplatedLines(readerFor);
  }
}

/** Lines in one normalised block: a batch is closed within so many of its bound. */
const SLICE_LINES_MAX = 5_000;
/** So many lines of unknown shape of a slice are parsed one by one, to learn of them. */
const UNKNOWN_LINES_MAX = 50;
/** With more of them than that, and no others, the rest is not looked at. */
const UNKNOWN_IN_VAIN_MAX = 500;
/** So much is parsed at a time: a line may hold many records, and a slice ends once it has enough. */
const PARSE_BYTES_MAX = 256 * 1024;

/** Those who look at what comes by. */
export interface Watchers {
  /** Shown each record that is let go, in its turn. */
  readonly ignored?: (fields: Fields) => void;
  readonly sights?: LineSights | undefined;
}

export function normaliseBlock(
  placed: PlacedBlock,
  normalise: Normalise,
  watchers: Watchers = {},
): NormalisedBlock[] {
  const slices: NormalisedBlock[] = [];
  watchers.sights?.begin(placed);
  const lines = placed.block.ends.length;
  for (let line = 0; line < lines;) {
    const slice = new Slice({ placed, normalise, watchers }, line);
    line = slice.take(Math.min(line + SLICE_LINES_MAX, lines));
    slices.push(slice.close());
  }
  return slices;
}

/** Adds up lines of one shape before they are counted: hardly ever the next one is of another. */
class ShapeTally {
  #shape: LineShape | undefined;
  #lines = 0;
  isEmpty = true;

  constructor(shape: LineShape | undefined) {
    this.#shape = shape;
  }

  count(shape: LineShape | undefined): void {
    if (shape !== this.#shape) {
      this.end();
      this.#shape = shape;
    }
    this.#lines++;
    this.isEmpty = false;
  }

  end(): void {
    if (this.#shape !== undefined) this.#shape.lines += this.#lines;
    this.#lines = 0;
  }
}

interface SliceOf {
  readonly placed: PlacedBlock;
  readonly normalise: Normalise;
  readonly watchers: Watchers;
}

class Slice {
  readonly #placed: PlacedBlock;
  readonly #normalise: Normalise;
  readonly #watchers: Watchers;
  readonly #from: number;
  #to: number;
  readonly #readings: Reading[] = [];
  readonly #deadLetters: DeadLetter[] = [];
  #blank = 0;
  #ignored = 0;

  constructor({ placed, normalise, watchers }: SliceOf, from: number) {
    this.#placed = placed;
    this.#normalise = normalise;
    this.#watchers = watchers;
    this.#from = from;
    this.#to = from;
  }

  /** Lines up to `to`, or fewer where they hold many records; gives the line it got to. */
  take(to: number): number {
    this.#to = this.#takeKnown(to);
    this.#tellShapes();
    while (this.#to < to && this.#values < SLICE_LINES_MAX) {
      const next = this.#parseEnd(to);
      this.#parse(this.#to, next);
      this.#to = next;
    }
    return this.#to;
  }

  close(): NormalisedBlock {
    const { part, offset, arrivalMs, block } = this.#placed;
    return {
      part,
      offset: offset + lineStart(block, this.#from),
      end: offset + lineStart(block, this.#to),
      arrivalMs,
      lines: this.#values,
      blank: this.#blank,
      ignored: this.#ignored,
      readings: this.#readings,
      deadLetters: this.#deadLetters,
    };
  }

  get #values(): number {
    return this.#readings.length + this.#deadLetters.length;
  }

  /** Takes lines of known shapes, and others between them; the line behind the last it took. */
  #takeKnown(to: number): number {
    const { offset, arrivalMs, block: { bytes, ends } } = this.#placed;
    const { lines } = this.#normalise;
    if (lines.isIdle) return this.#from;
    const tally = new ShapeTally(lines.newest);
    let taken = this.#from, unknown = 0;
    let start = lineStart(this.#placed.block, taken);
    for (let line = taken; line < to && this.#values < SLICE_LINES_MAX; line++) {
      const end = ends[line]!;
      const reading = lines.read(bytes, start, end, offset, arrivalMs);
      if (reading !== null) {
        this.#parse(taken, line);
        this.#readings.push(reading);
        tally.count(lines.newest);
        taken = line + 1;
      } else if (
        ++unknown <= UNKNOWN_LINES_MAX ||
        end - lineStart(this.#placed.block, taken) > PARSE_BYTES_MAX
      ) {
        this.#parse(taken, line + 1);
        taken = line + 1;
      } else if (unknown > UNKNOWN_IN_VAIN_MAX && tally.isEmpty) break;
      start = end + 1;
    }
    tally.end();
    return taken;
  }

  /** Which shapes the lines had that went the short way. */
  #tellShapes(): void {
    const { offset, block } = this.#placed;
    for (const { fields, lines } of this.#normalise.lines.drain()) {
      this.#watchers.sights?.lines(fields, lines, offset + lineStart(block, this.#from));
    }
  }

  /** Where to stop parsing for once: one line at least. */
  #parseEnd(to: number): number {
    const { block } = this.#placed;
    const bytesEnd = lineStart(block, this.#to) + PARSE_BYTES_MAX;
    let next = this.#to + 1;
    while (next < to && block.ends[next]! < bytesEnd) next++;
    return next;
  }

  #parse(from: number, to: number): void {
    if (from === to) return;
    const { offset, arrivalMs, block: { bytes, ends } } = this.#placed;
    const start = lineStart(this.#placed.block, from);
    const block = {
      bytes: bytes.subarray(start, ends[to - 1]! + 1),
      ends: ends.slice(from, to).map((at) => at - start),
    };
    const { blank } = parseLineBlock(
      block,
      offset + start,
      (item) => this.#take(item, to - from === 1),
      undefined,
      (line, at, emit) => readAgentLine(line, at, arrivalMs, emit),
    );
    this.#blank += blank;
  }

  #take(item: SourceItem, isAlone: boolean): void {
    const { lines, record } = this.#normalise;
    const { ignored, sights } = this.#watchers;
    const value = item.kind === "record" ? record(item, this.#placed.arrivalMs, sights) : item;
    if (value === null) {
      this.#ignored++;
      if (item.kind === "record") ignored?.(item.fields);
    } else if (value.kind === "dead_letter") this.#deadLetters.push(value);
    else {
      this.#readings.push(value.reading);
      // Its raw text is the line's only where it is one: a record in an array is a part of it.
      if (isAlone && item.kind === "record" && item.raw !== null) {
        lines.learn(item.raw, item.fields);
      }
    }
  }
}
