/**
 * Readings as the lines of a batch run's file, straight into bytes: as JavaScript strings they took
 * two fifths of a history file's loading.
 */
import { isoUtc } from "../model/iso_time.ts";
import type { Reading } from "../model/reading.ts";
import type { Fields } from "../model/record.ts";

/** Whole lines, each with its LF. */
export interface EncodedLines {
  readonly bytes: Uint8Array;
  readonly lines: number;
}

const BUFFER_BYTES = 262_144;
/** Hosts whose names are kept as bytes. */
const HOSTS_MAX = 100_000;
/** Up to here a loop is quicker than a call. */
const SHORT_BYTES = 128;
/** The longest number: -1.2345678901234567e-308. */
const NUMBER_BYTES_MAX = 24;
/** Up to here digits are made by 32-bit arithmetic, others by the engine. */
const PLAIN_MAX = 0x7fffffff;

const UTF8 = new TextEncoder();
const TEMPERATURE = UTF8.encode('","temp_c":');
const LOAD = UTF8.encode(',"cpu_load":');
const VOLTAGE = UTF8.encode(',"voltage":');
const POWER = UTF8.encode(',"power_watts":');
const EXTRA = UTF8.encode(',"extra":');
const NULL = UTF8.encode("null");
const CLOSE = "}".charCodeAt(0), POINT = ".".charCodeAt(0), COLON = ":".charCodeAt(0);
const UTC = "Z".charCodeAt(0), LF = 10, ZERO = 48;
/** Digits of the numbers below 100. */
const TENS = Uint8Array.from({ length: 100 }, (_, number) => ZERO + Math.trunc(number / 10));
const ONES = Uint8Array.from({ length: 100 }, (_, number) => ZERO + number % 10);
const DAY_MS = 86_400_000;
/** `02:42:56.123Z`. */
const TIME_BYTES_MAX = 13;

/**
 * Lines of one source: the seven columns, then which source's which record it was (byte offset of
 * its line, or row number), then, where it had columns that the mapping does not know, those as they
 * came.
 */
export class ReadingLines {
  readonly #origin: Uint8Array;
  readonly #hosts = new Map<string, { readonly region: string; readonly bytes: Uint8Array }>();
  #buffer = new Uint8Array(BUFFER_BYTES);
  #length = 0;
  #lines = 0;
  #day = NaN;
  /** `2025-11-21T`. */
  #date = new Uint8Array(0);

  constructor(source: string) {
    this.#origin = UTF8.encode(`,"source":${JSON.stringify(source)},"offset":`);
  }

  get byteLength(): number {
    return this.#length;
  }

  /** The lines since the last time, and begins anew. */
  take(): EncodedLines {
    const taken = { bytes: this.#buffer.subarray(0, this.#length), lines: this.#lines };
    // The next ones take about as much.
    this.#buffer = new Uint8Array(Math.max(BUFFER_BYTES, taken.bytes.length + BUFFER_BYTES));
    this.#length = 0;
    this.#lines = 0;
    return taken;
  }

  add(reading: Reading, extra?: Fields): void {
    this.#put(this.#names(reading.host_id, reading.region));
    this.#time(reading.atMs);
    this.#number(TEMPERATURE, reading.temp_c);
    this.#number(LOAD, reading.cpu_load);
    this.#number(VOLTAGE, reading.voltage);
    this.#number(POWER, reading.power_watts);
    this.#number(this.#origin, reading.offset);
    if (extra !== undefined) {
      this.#put(EXTRA);
      this.#put(UTF8.encode(JSON.stringify(extra, plain)));
    }
    this.#room(2);
    this.#buffer[this.#length++] = CLOSE;
    this.#buffer[this.#length++] = LF;
    this.#lines++;
  }

  #names(hostId: string, region: string): Uint8Array {
    const known = this.#hosts.get(hostId);
    if (known !== undefined && known.region === region) return known.bytes;
    const bytes = UTF8.encode(
      `{"host_id":${JSON.stringify(hostId)},"region":${JSON.stringify(region)},"timestamp":"`,
    );
    if (this.#hosts.size >= HOSTS_MAX) this.#hosts.clear();
    this.#hosts.set(hostId, { region, bytes });
    return bytes;
  }

  /** As `isoUtc`. */
  #time(atMs: number): void {
    const wholeMs = Math.trunc(atMs);
    const day = Math.floor(wholeMs / DAY_MS);
    if (day !== this.#day) {
      const midnight = isoUtc(day * DAY_MS);
      this.#date = UTF8.encode(midnight.slice(0, midnight.indexOf("T") + 1));
      this.#day = day;
    }
    this.#put(this.#date);
    this.#room(TIME_BYTES_MAX);
    const inDayMs = wholeMs - day * DAY_MS;
    const second = (inDayMs / 1000) | 0, minute = (second / 60) | 0, hour = (minute / 60) | 0;
    this.#two(hour);
    this.#buffer[this.#length++] = COLON;
    this.#two(minute - hour * 60);
    this.#buffer[this.#length++] = COLON;
    this.#two(second - minute * 60);
    const ms = inDayMs - second * 1000;
    if (ms !== 0) {
      const tenth = (ms / 10) | 0;
      this.#buffer[this.#length++] = POINT;
      this.#two(tenth);
      this.#buffer[this.#length++] = ZERO + ms - tenth * 10;
    }
    this.#buffer[this.#length++] = UTC;
  }

  #number(key: Uint8Array, value: number | null): void {
    this.#put(key);
    if (value === null) return this.#put(NULL);
    this.#room(NUMBER_BYTES_MAX);
    if (!(value >= 0 && value <= PLAIN_MAX)) return this.#ascii(String(value));
    const whole = Math.trunc(value);
    if (value === whole) return this.#whole(whole);
    // Of decimals of fifteen digits or fewer, no two read as the same double.
    const hundredths = Math.round(value * 100);
    if (hundredths / 100 !== value) return this.#ascii(String(value));
    this.#whole(whole);
    this.#fraction(hundredths - whole * 100);
  }

  /** There is room, here and below. */
  #whole(value: number): void {
    let digits = 1;
    for (let over = 10; value >= over; over *= 10) digits++;
    let rest = value, at = this.#length + digits;
    for (; rest >= 100; at -= 2) {
      const hundred = (rest / 100) | 0;
      const pair = rest - hundred * 100;
      this.#buffer[at - 2] = TENS[pair]!;
      this.#buffer[at - 1] = ONES[pair]!;
      rest = hundred;
    }
    this.#buffer[at - 1] = ONES[rest]!;
    if (rest >= 10) this.#buffer[at - 2] = TENS[rest]!;
    this.#length += digits;
  }

  /** `.07`, `.5`. */
  #fraction(hundredths: number): void {
    this.#buffer[this.#length++] = POINT;
    this.#two(hundredths);
    if (ONES[hundredths] === ZERO) this.#length--;
  }

  #two(number: number): void {
    this.#buffer[this.#length++] = TENS[number]!;
    this.#buffer[this.#length++] = ONES[number]!;
  }

  #ascii(text: string): void {
    this.#room(text.length);
    const buffer = this.#buffer, at = this.#length;
    for (let index = 0; index < text.length; index++) buffer[at + index] = text.charCodeAt(index);
    this.#length = at + text.length;
  }

  #put(bytes: Uint8Array): void {
    const length = bytes.length;
    this.#room(length);
    const buffer = this.#buffer, at = this.#length;
    if (length > SHORT_BYTES) buffer.set(bytes, at);
    else for (let index = 0; index < length; index++) buffer[at + index] = bytes[index]!;
    this.#length = at + length;
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = new Uint8Array(2 * (this.#length + bytes));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

/** Parquet has 64-bit integers, JSON has not. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
