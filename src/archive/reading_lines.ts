/**
 * Readings as the lines of a batch run's file, straight into bytes: as JavaScript strings they took
 * two fifths of a history file's loading.
 */
import { isoUtc } from "../model/iso_time.ts";
import type { Reading } from "../model/reading.ts";
import type { Fields } from "../model/record.ts";
import {
  NUMBER_BYTES_MAX,
  putNumber,
  putPair,
  putThousandths,
  putWords,
  type TextWords,
  textWords,
  WORD_BYTES,
} from "./text_words.ts";

/** Whole lines, each with its LF. */
export interface EncodedLines {
  readonly bytes: Uint8Array;
  readonly lines: number;
}

const BUFFER_BYTES = 262_144;
/** Hosts whose names are kept as bytes. */
const HOSTS_MAX = 100_000;
const DAY_MS = 86_400_000;
/** A line's keys, its time and its numbers, without its names and its source's. */
const REST_BYTES_MAX = 128 + 5 * NUMBER_BYTES_MAX;

/** A metric's key; with its value where it has none. */
interface Key {
  readonly name: TextWords;
  readonly none: TextWords;
}

const TEMPERATURE = keyOf("temp_c"), LOAD = keyOf("cpu_load");
const VOLTAGE = keyOf("voltage"), POWER = keyOf("power_watts");
const AFTER_TIME = textWords('Z"');
const END = textWords("}\n");
const UTF8 = new TextEncoder();
const COLON = ":".charCodeAt(0);

/**
 * Lines of one source: the seven columns, then which source's which record it was (byte offset of
 * its line, or row number), then, where it had columns that the mapping does not know, those as they
 * came.
 */
export class ReadingLines {
  readonly #origin: TextWords;
  readonly #hosts = new Map<string, { readonly region: string; readonly words: TextWords }>();
  #buffer!: Uint8Array;
  #view!: DataView;
  #length = 0;
  #lines = 0;
  #day = NaN;
  /** `2025-11-21T`. */
  #date = textWords("");

  constructor(source: string) {
    this.#origin = textWords(`,"source":${JSON.stringify(source)},"offset":`);
    this.#begin(BUFFER_BYTES);
  }

  get byteLength(): number {
    return this.#length;
  }

  /** The lines since the last time, and begins anew. */
  take(): EncodedLines {
    const taken = { bytes: this.#buffer.subarray(0, this.#length), lines: this.#lines };
    // The next ones take about as much.
    this.#begin(taken.bytes.length + BUFFER_BYTES);
    this.#length = 0;
    this.#lines = 0;
    return taken;
  }

  add(reading: Reading, extra?: Fields): void {
    const names = this.#names(reading.host_id, reading.region);
    this.#room(names.length + this.#origin.length + REST_BYTES_MAX);
    const view = this.#view;
    let at = putWords(view, this.#length, names);
    at = this.#putTime(view, at, reading.atMs);
    at = putMetric(view, at, TEMPERATURE, reading.temp_c);
    at = putMetric(view, at, LOAD, reading.cpu_load);
    at = putMetric(view, at, VOLTAGE, reading.voltage);
    at = putMetric(view, at, POWER, reading.power_watts);
    at = putWords(view, at, this.#origin);
    this.#length = putNumber(view, at, reading.offset);
    if (extra !== undefined) this.#addExtra(extra);
    this.#length = putWords(this.#view, this.#length, END);
    this.#lines++;
  }

  #names(hostId: string, region: string): TextWords {
    const known = this.#hosts.get(hostId);
    if (known !== undefined && known.region === region) return known.words;
    const words = textWords(
      `{"host_id":${JSON.stringify(hostId)},"region":${JSON.stringify(region)},"timestamp":"`,
    );
    if (this.#hosts.size >= HOSTS_MAX) this.#hosts.clear();
    this.#hosts.set(hostId, { region, words });
    return words;
  }

  /** As `isoUtc`, and its quote. */
  #putTime(view: DataView, start: number, atMs: number): number {
    const wholeMs = Math.trunc(atMs);
    const day = Math.floor(wholeMs / DAY_MS);
    if (day !== this.#day) {
      const midnight = isoUtc(day * DAY_MS);
      this.#date = textWords(midnight.slice(0, midnight.indexOf("T") + 1));
      this.#day = day;
    }
    let at = putWords(view, start, this.#date);
    const inDayMs = wholeMs - day * DAY_MS;
    const second = (inDayMs / 1000) | 0, minute = (second / 60) | 0, hour = (minute / 60) | 0;
    at = putPair(view, at, hour);
    view.setUint8(at, COLON);
    at = putPair(view, at + 1, minute - hour * 60);
    view.setUint8(at, COLON);
    at = putPair(view, at + 1, second - minute * 60);
    return putWords(view, putThousandths(view, at, inDayMs - second * 1000), AFTER_TIME);
  }

  #addExtra(extra: Fields): void {
    const bytes = UTF8.encode(`,"extra":${JSON.stringify(extra, plain)}`);
    this.#room(bytes.length + REST_BYTES_MAX);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #begin(bytes: number): void {
    this.#buffer = new Uint8Array(Math.max(BUFFER_BYTES, bytes));
    this.#view = new DataView(this.#buffer.buffer);
  }

  #room(bytes: number): void {
    if (this.#length + bytes + WORD_BYTES <= this.#buffer.length) return;
    const before = this.#buffer.subarray(0, this.#length);
    this.#begin(2 * (this.#length + bytes));
    this.#buffer.set(before);
  }
}

function keyOf(metric: string): Key {
  return { name: textWords(`,"${metric}":`), none: textWords(`,"${metric}":null`) };
}

function putMetric(view: DataView, at: number, { name, none }: Key, value: number | null): number {
  return value === null
    ? putWords(view, at, none)
    : putNumber(view, putWords(view, at, name), value);
}

/** Parquet has 64-bit integers, JSON has not. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
