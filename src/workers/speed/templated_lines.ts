/**
 * The quick way through a block of lines: those of a known shape become readings without being
 * parsed (sources/line_template.ts, mapping/template_reader.ts). Which lines it takes makes no
 * difference but the time; the others go the usual way, which also teaches it new shapes.
 */
import type { TemplateReader } from "../../mapping/template_reader.ts";
import type { Slot } from "../../model/line_values.ts";
import type { Reading } from "../../model/reading.ts";
import type { Fields } from "../../model/record.ts";
import { LineProtocolTemplate } from "../../sources/line_protocol_template.ts";
import { LineTemplate } from "../../sources/line_template.ts";
import type { IsDeciding, Template } from "../../sources/template.ts";

/** How lines like this one are read. */
export type ReaderFor = (fields: Fields) => {
  readonly isDeciding: IsDeciding;
  /** Null: there is no short way for lines of these slots. */
  readonly readerOf: (slots: readonly Slot[]) => TemplateReader | null;
};

/** Lines of one shape. */
export interface LineShape {
  /** Of the line that taught it. */
  readonly fields: Fields;
  /** Lines of it that became readings and were not drained yet, as whoever reads them counts. */
  lines: number;
}

interface Known extends LineShape {
  readonly template: Template;
  readonly reader: TemplateReader;
}

/** So many shapes at once; and lines in vain before shapes are not learnt any more. */
const TEMPLATES_MAX = 16;
const MISSES_MAX = 1_000;

const TEXT = new TextEncoder();
const BRACE = 123;

export class TemplatedLines {
  readonly readerFor: ReaderFor;
  /** Those that fit often come first. */
  readonly #known: Known[] = [];
  /** Of the line that was read, or taught, last. */
  newest: LineShape | undefined = undefined;
  /** Shapes that gave their place to others and may have lines to tell. */
  #left: Known[] = [];
  #misses = 0;

  constructor(readerFor: ReaderFor) {
    this.readerFor = readerFor;
  }

  /** No shape is known, and none is looked for: all lines go the usual way. */
  get isIdle(): boolean {
    return this.#known.length === 0 && this.#misses >= MISSES_MAX;
  }

  /** The shapes that had lines since the last time, with their number. */
  drain(): LineShape[] {
    const had: LineShape[] = [];
    for (const known of [...this.#known, ...this.#left]) {
      if (known.lines > 0) had.push({ fields: known.fields, lines: known.lines });
      known.lines = 0;
    }
    this.#left = [];
    // What goes the short way pays for what is looked at in vain; in silence it is tried again, too.
    const lines = had.reduce((sum, each) => sum + each.lines, 0);
    this.#misses = Math.max(0, this.#misses - Math.max(lines, 1));
    return had;
  }

  /**
   * The reading of the line in bytes [from, to), without its LF; null: it goes the usual way.
   *
   * @param base Offset of `bytes[0]` in its origin.
   */
  read(
    bytes: Uint8Array,
    from: number,
    to: number,
    base: number,
    arrivalMs: number,
  ): Reading | null {
    for (let index = 0; index < this.#known.length; index++) {
      const known = this.#known[index]!;
      if (!known.template.match(bytes, from, to)) continue;
      if (index > 0) this.#moveUp(index);
      this.newest = known;
      return known.reader.read(bytes, known.template, base + from, arrivalMs);
    }
    return null;
  }

  /** A line that went the usual way and became a reading. */
  learn(line: string, fields: Fields): void {
    if (this.#misses < MISSES_MAX && !this.#hasLearnt(line, fields)) this.#misses++;
  }

  #hasLearnt(line: string, fields: Fields): boolean {
    // Of a known shape, and with a value that takes the usual way: nothing new, and a further reader
    // would have to meet every host again.
    const bytes = TEXT.encode(line);
    if (this.#known.some(({ template }) => template.match(bytes, 0, bytes.length))) return false;
    const { isDeciding, readerOf } = this.readerFor(fields);
    const template = line.charCodeAt(0) === BRACE
      ? LineTemplate.of(line, isDeciding)
      : LineProtocolTemplate.of(line, isDeciding);
    const reader = template === null ? null : readerOf(template.slots);
    if (template === null || reader === null) return false;
    this.#known.unshift({ template, reader, fields, lines: 0 });
    this.newest = this.#known[0];
    if (this.#known.length > TEMPLATES_MAX) this.#left.push(this.#known.pop()!);
    return true;
  }

  #moveUp(index: number): void {
    const known = this.#known[index]!;
    this.#known[index] = this.#known[index - 1]!;
    this.#known[index - 1] = known;
  }
}
