/**
 * Text and numbers into bytes, eight at a time: a text is kept as doubles of eight bytes each, and
 * what stands behind its end in the last one is written over by whatever follows. Every function
 * gives the place behind what it wrote, and wants WORD_BYTES of room behind that.
 *
 * No eight bytes of UTF-8 are a NaN, which an engine may write as another one: that would take 0x7f
 * behind 0xf0 to 0xf4, or 0xff. And numbers take NUMBER_BYTES_MAX at most.
 */
export const WORD_BYTES = 8;
/** The longest number: -1.2345678901234567e-308. */
export const NUMBER_BYTES_MAX = 24;
/** Hundredths below it are kept as text: `655.35` and shorter. */
const KEPT_MAX = 65_536;
/** Up to here digits are made by 32-bit arithmetic, others by the engine. */
const PLAIN_MAX = 0x7fffffff;

const UTF8 = new TextEncoder();
const POINT = ".".charCodeAt(0), ZERO = "0".charCodeAt(0);

export interface TextWords {
  readonly words: Float64Array;
  /** Bytes of the text. */
  readonly length: number;
}

export function textWords(text: string): TextWords {
  const bytes = UTF8.encode(text);
  const whole = new Uint8Array(Math.ceil(bytes.length / WORD_BYTES) * WORD_BYTES);
  whole.set(bytes);
  const view = new DataView(whole.buffer);
  const words = new Float64Array(whole.length / WORD_BYTES);
  for (let index = 0; index < words.length; index++) {
    words[index] = view.getFloat64(index * WORD_BYTES, true);
  }
  return { words, length: bytes.length };
}

export function putWords(view: DataView, at: number, { words, length }: TextWords): number {
  for (let index = 0; index < words.length; index++) {
    view.setFloat64(at + index * WORD_BYTES, words[index]!, true);
  }
  return at + length;
}

/** Two digits as they lie in memory, of the numbers below 100. */
const PAIRS = Uint16Array.from(
  { length: 100 },
  (_, number) => ZERO + Math.trunc(number / 10) + ((ZERO + number % 10) << 8),
);

/** `07`. @param number Whole, 0 to 99. */
export function putPair(view: DataView, at: number, number: number): number {
  view.setUint16(at, PAIRS[number]!, true);
  return at + 2;
}

const keptWords = new Float64Array(KEPT_MAX);
/** 0: not made yet. */
const keptLengths = new Uint8Array(KEPT_MAX);

/** As `JSON.stringify` does. @param value Finite. */
export function putNumber(view: DataView, at: number, value: number): number {
  const hundredths = Math.round(value * 100);
  // Of decimals of fifteen digits or fewer, no two read as the same double.
  if (hundredths >= 0 && hundredths < KEPT_MAX && hundredths / 100 === value) {
    if (keptLengths[hundredths] === 0) keep(hundredths);
    view.setFloat64(at, keptWords[hundredths]!, true);
    return at + keptLengths[hundredths]!;
  }
  if (value >= 0 && value <= PLAIN_MAX && value === Math.trunc(value)) {
    return putWhole(view, at, value);
  }
  const text = JSON.stringify(value);
  for (let index = 0; index < text.length; index++) {
    view.setUint8(at + index, text.charCodeAt(index));
  }
  return at + text.length;
}

function keep(hundredths: number): void {
  const { words, length } = textWords(String(Math.abs(hundredths) / 100));
  keptWords[hundredths] = words[0]!;
  keptLengths[hundredths] = length;
}

function putWhole(view: DataView, at: number, value: number): number {
  let digits = 1;
  for (let over = 10; value >= over; over *= 10) digits++;
  let rest = value, end = at + digits;
  for (; rest >= 100; end -= 2) {
    const hundred = (rest / 100) | 0;
    putPair(view, end - 2, rest - hundred * 100);
    rest = hundred;
  }
  if (rest >= 10) putPair(view, end - 2, rest);
  else view.setUint8(end - 1, ZERO + rest);
  return at + digits;
}

/** `.070`, `.123`; nothing of 0. @param thousandths Whole, 0 to 999. */
export function putThousandths(view: DataView, at: number, thousandths: number): number {
  if (thousandths === 0) return at;
  const tenth = (thousandths / 10) | 0;
  view.setUint8(at, POINT);
  putPair(view, at + 1, tenth);
  view.setUint8(at + 3, ZERO + thousandths - tenth * 10);
  return at + 4;
}
