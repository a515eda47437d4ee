/**
 * Reading a part's index: its lines in order, whole or damaged, in bounded memory, and what they say
 * about the part: which ranges were appended, which have lost their record, where the chain breaks.
 */
import type { OpenFile } from "../runtime/files.ts";
import { decodeRecord, type IndexRecord } from "./index_record.ts";

/** A line of the index, `[startByte, endByte)` of the file with its LF. */
export interface IndexLine {
  /** Null where the line is not one that this program wrote. */
  readonly record: IndexRecord | null;
  readonly startByte: number;
  readonly endByte: number;
}

const CHUNK_BYTES = 262_144;
/** A record has some 350 bytes; a longer line is damage, and is not kept in memory. */
const LINE_BYTES_MAX = 4_096;
const LF = 10;

/** The lines of `file` in `[fromByte, toByte)`, by the chunk; what lacks its LF is damaged. */
export async function* readIndex(
  file: OpenFile,
  fromByte: number,
  toByte: number,
): AsyncGenerator<IndexLine[]> {
  let rest = new Uint8Array(0);
  /** Where the line that `rest` begins with starts; it may be longer than what is kept of it. */
  let lineByte = fromByte;
  for (let at = fromByte; at < toByte;) {
    const chunk = new Uint8Array(Math.min(CHUNK_BYTES, toByte - at));
    const got = await file.read(chunk, at);
    if (got === 0) break;
    at += got;
    const bytes = join(rest, chunk.subarray(0, got));
    const lines: IndexLine[] = [];
    let start = 0;
    for (let end; (end = bytes.indexOf(LF, start)) >= 0; start = end + 1) {
      const endByte = at - (bytes.length - end - 1);
      lines.push({ record: decode(bytes.subarray(start, end)), startByte: lineByte, endByte });
      lineByte = endByte;
    }
    // One byte over the limit is enough to see that the line is over it.
    rest = bytes.slice(start, Math.min(bytes.length, start + LINE_BYTES_MAX + 1));
    yield lines;
  }
  if (lineByte < toByte) yield [{ record: null, startByte: lineByte, endByte: toByte }];
}

function join(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length === 0) return right;
  const both = new Uint8Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}

function decode(line: Uint8Array): IndexRecord | null {
  return line.length > LINE_BYTES_MAX ? null : decodeRecord(new TextDecoder().decode(line));
}

/**
 * A byte of the index at or before the record that holds part offset `offset`, by bisection: the
 * index of a part made of small appends can be larger than the part.
 */
export async function seekIndex(file: OpenFile, bytes: number, offset: number): Promise<number> {
  let low = 0, high = bytes;
  const probe = new Uint8Array(2 * LINE_BYTES_MAX);
  while (high - low > 2 * CHUNK_BYTES) {
    const middle = Math.floor((low + high) / 2);
    const got = probe.subarray(0, await file.read(probe, middle));
    const start = got.indexOf(LF) + 1;
    const end = got.indexOf(LF, start);
    const record = start === 0 || end < 0 ? null : decode(got.subarray(start, end));
    if (record === null) break; // Damage: read on from where the way is known.
    if (record.offset <= offset) low = middle + start;
    else high = middle;
  }
  return low;
}

/** What one line of the index tells. */
export interface IndexStep {
  /** A range whose record is damaged or gone. */
  readonly gap: { readonly offset: number; readonly length: number } | null;
  readonly record: IndexRecord | null;
  /** The record does not follow from the one before it. */
  readonly isChainBroken: boolean;
}

/** Walks along an index and keeps account of what must come next. */
export class IndexWalk {
  /** Where the next append starts; null before the first line of a walk that began midway. */
  #offset: number | null;
  #chainHead: string | null;

  constructor(start: { readonly offset: number; readonly chainHead: string | null } | null) {
    this.#offset = start?.offset ?? null;
    this.#chainHead = start?.chainHead ?? null;
  }

  /** End of the last good append. */
  get offset(): number {
    return this.#offset ?? 0;
  }

  get chainHead(): string | null {
    return this.#chainHead;
  }

  step(record: IndexRecord | null): IndexStep {
    const expected = this.#offset ?? record?.offset ?? 0;
    if (record === null || record.offset < expected) {
      return { gap: null, record: null, isChainBroken: record !== null };
    }
    const gap = record.offset > expected
      ? { offset: expected, length: record.offset - expected }
      : null;
    const isChainBroken = this.#chainHead !== null && record.prev !== this.#chainHead;
    this.#offset = record.offset + record.length;
    this.#chainHead = record.hash;
    return { gap, record, isChainBroken };
  }
}
