/**
 * Bytes → whole lines. Promises: the lines do not depend on where the chunks were cut; bytes are
 * handed on as they came; memory stays flat whatever is sent. Gives the bytes no meaning.
 *
 * A line whose content reaches `lineBytesMax` bytes is cut there: exactly that many bytes and an LF
 * are handed on at once, what follows up to its own LF is discarded and counted. So whoever reads
 * the bytes later knows a cut line by its length.
 *
 * ```
 * lineBytesMax 4   in   a b \n | c d e f g h \n i
 *                  out  a b \n   c d e f \n            cutLines 1, cutBytes 2, pendingBytes 1
 * ```
 */
import { LIMITS } from "../limits.ts";
import type { LineBlock } from "../model/line_block.ts";

const LF = 10;
const NO_BYTES = new Uint8Array(0);
/** A buffer that a long line has grown beyond this is given back after it. */
const HELD_BYTES_KEPT = 65_536;

export class LineFramer {
  /** Lines cut at the limit so far, and the bytes of theirs that were discarded. */
  cutLines = 0;
  cutBytes = 0;
  readonly #lineBytesMax: number;
  /** The unfinished line: the first `#pendingBytes` bytes of a buffer that grows by doubling. */
  #pending: Uint8Array = NO_BYTES;
  #pendingBytes = 0;
  /** Inside the rest of a cut line. */
  #discarding = false;

  constructor(lineBytesMax: number = LIMITS.lineBytesMax) {
    if (!(Number.isSafeInteger(lineBytesMax) && lineBytesMax > 0)) {
      throw new RangeError(
        `Cannot frame lines: lineBytesMax must be 1 or more, got ${lineBytesMax}`,
      );
    }
    this.#lineBytesMax = lineBytesMax;
  }

  /** Bytes held back because their line's LF has not come yet; less than `lineBytesMax`. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Whether the line under way was cut and the rest of it is being discarded. */
  get discarding(): boolean {
    return this.#discarding;
  }

  /**
   * Takes the next bytes; the lines they complete, or null. The block may share the chunk's memory:
   * leave the chunk alone for as long as the block is in use.
   */
  push(chunk: Uint8Array): LineBlock | null {
    let from = 0;
    if (this.#discarding) {
      const lf = chunk.indexOf(LF);
      this.cutBytes += lf === -1 ? chunk.length : lf;
      if (lf === -1) return null;
      this.#discarding = false;
      from = lf + 1;
    }
    const bytes = from === 0 ? chunk : chunk.subarray(from);
    // No line can reach the limit when all that is there does not.
    return this.#pendingBytes + bytes.length < this.#lineBytesMax
      ? this.#frame(bytes)
      : this.#frameAndCut(bytes);
  }

  /** The source is at its end: an unfinished last line gets its LF. The framer starts afresh. */
  end(): LineBlock | null {
    this.#discarding = false;
    if (this.#pendingBytes === 0) return null;
    return this.#frame(Uint8Array.of(LF));
  }

  #frame(bytes: Uint8Array): LineBlock | null {
    const shift = this.#pendingBytes;
    const ends: number[] = [];
    let last = -1;
    for (let lf = bytes.indexOf(LF); lf !== -1; lf = bytes.indexOf(LF, lf + 1)) {
      ends.push(shift + lf);
      last = lf;
    }
    if (last === -1) {
      this.#hold(bytes);
      return null;
    }
    const whole = last + 1 === bytes.length ? bytes : bytes.subarray(0, last + 1);
    const block = { bytes: this.#afterPending(whole), ends };
    this.#hold(bytes.subarray(last + 1));
    return block;
  }

  /** As `#frame`, line by line, where some line may be over the limit. */
  #frameAndCut(bytes: Uint8Array): LineBlock | null {
    const pieces: Uint8Array[] = [];
    const ends: number[] = [];
    let length = 0;
    const put = (piece: Uint8Array) => {
      pieces.push(piece);
      length += piece.length;
    };
    for (let at = 0; at < bytes.length;) {
      const lf = bytes.indexOf(LF, at);
      const end = lf === -1 ? bytes.length : lf;
      const room = this.#lineBytesMax - this.#pendingBytes;
      if (end - at >= room) {
        put(this.#afterPending(bytes.subarray(at, at + room)));
        put(Uint8Array.of(LF));
        this.cutLines++;
        this.cutBytes += end - at - room;
        this.#discarding = lf === -1;
      } else if (lf === -1) {
        this.#hold(bytes.subarray(at));
        break;
      } else {
        put(this.#afterPending(bytes.subarray(at, lf + 1)));
      }
      ends.push(length - 1);
      at = end + 1;
    }
    return length === 0 ? null : { bytes: joined(pieces, length), ends };
  }

  /** The pending bytes and `tail` in one; nothing is pending after it. */
  #afterPending(tail: Uint8Array): Uint8Array {
    if (this.#pendingBytes === 0) return tail;
    const whole = new Uint8Array(this.#pendingBytes + tail.length);
    whole.set(this.#pending.subarray(0, this.#pendingBytes));
    whole.set(tail, this.#pendingBytes);
    this.#pendingBytes = 0;
    if (this.#pending.length > HELD_BYTES_KEPT) this.#pending = NO_BYTES;
    return whole;
  }

  #hold(bytes: Uint8Array): void {
    const needed = this.#pendingBytes + bytes.length;
    if (needed > this.#pending.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#pending.length, 256));
      grown.set(this.#pending.subarray(0, this.#pendingBytes));
      this.#pending = grown;
    }
    this.#pending.set(bytes, this.#pendingBytes);
    this.#pendingBytes = needed;
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  if (pieces.length === 1 && pieces[0] !== undefined) return pieces[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
