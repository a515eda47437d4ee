/**
 * Where the values of a line lie in its bytes, by slot, for those who take them out without decoding
 * the line: overwritten by the next one.
 */
import type { LineValues, Slot } from "../model/line_values.ts";

/** Whether the column's value decides how a line is read: then it is a part of the shape. */
export type IsDeciding = (column: string) => boolean;

/** Longer lines are parsed. */
export const TEMPLATE_BYTES_MAX = 4_096;

const MINUS = 45, DOT = 46, ZERO = 48, NINE = 57;
/** Up to 15 digits are an exact integer, up to 10²² an exact power: their quotient is rounded once. */
const DIGITS_MAX = 15;
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);

/** The shape of lines that one of them has taught: what stands around their values. */
export abstract class Template implements LineValues {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly numbers: Float64Array;
  readonly #literals: readonly Uint8Array[];
  readonly #isNumber: readonly boolean[];

  /** @param literals What stands around the slots: one more than they are. */
  protected constructor(readonly slots: readonly Slot[], literals: readonly string[]) {
    this.starts = new Int32Array(slots.length);
    this.ends = new Int32Array(slots.length);
    this.numbers = new Float64Array(slots.length);
    this.#literals = literals.map((literal) => new TextEncoder().encode(literal));
    this.#isNumber = slots.map((slot) => slot.kind === "number");
  }

  /** Where the text of a slot that begins at `from` ends; -1 where it has to be decoded. */
  protected abstract textEnd(slot: number, bytes: Uint8Array, from: number, to: number): number;

  /** Whether bytes [from, to), a line without its LF, are of this shape; then its values are here. */
  match(bytes: Uint8Array, from: number, to: number): boolean {
    let at = from;
    const last = this.#isNumber.length;
    for (let slot = 0; slot < last; slot++) {
      at = this.#literal(slot, bytes, at, to);
      if (at < 0) return false;
      at = this.#isNumber[slot]
        ? this.#number(slot, bytes, at, to)
        : this.#text(slot, bytes, at, to);
      if (at < 0) return false;
    }
    return this.#literal(last, bytes, at, to) === to;
  }

  /** Where the literal ends; -1 where it is not there. */
  #literal(index: number, bytes: Uint8Array, at: number, to: number): number {
    const literal = this.#literals[index]!;
    if (at + literal.length > to) return -1;
    for (let i = 0; i < literal.length; i++) {
      if (bytes[at + i] !== literal[i]) return -1;
    }
    return at + literal.length;
  }

  /** A text of at least one byte. */
  #text(slot: number, bytes: Uint8Array, from: number, to: number): number {
    const end = this.textEnd(slot, bytes, from, to);
    if (end <= from) return -1;
    this.starts[slot] = from;
    this.ends[slot] = end;
    return end;
  }

  /**
   * A JSON number without an exponent (RFC 8259, 6), of at most 15 digits, from byte `from` on; where
   * it ends, -1 where there is none. The value is that of `Number`, to the bit.
   */
  #number(slot: number, bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    const first = at;
    let digits = 0;
    let point = -1;
    for (; at < to; at++) {
      const byte = bytes[at]!;
      if (byte === DOT && point < 0) point = at;
      else if (byte >= ZERO && byte <= NINE) digits = digits * 10 + (byte - ZERO);
      else break;
    }
    const whole = (point < 0 ? at : point) - first;
    const fraction = point < 0 ? 0 : at - point - 1;
    if (whole === 0 || (point >= 0 && fraction === 0) || whole + fraction > DIGITS_MAX) return -1;
    if (whole > 1 && bytes[first] === ZERO) return -1;
    const value = digits / POWERS_OF_TEN[fraction]!;
    this.numbers[slot] = isNegative ? -value : value;
    return at;
  }
}
