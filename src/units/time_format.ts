/**
 * A declared time format and zone → a reader of times. Known formats: `auto`, `iso`, `epoch_s`,
 * `epoch_ms`, `epoch_us`, `epoch_ns`, or a pattern (see time_pattern.ts).
 *
 * Rules: 30 February and 24:00 are refused. :60 is accepted only at 23:59:60 UTC, where leap
 * seconds are put in, and means the second after, as in POSIX time. A text with its own offset is
 * exact whatever the declared zone; one without is local in that zone.
 */
import { DAY_MS, type WrittenTime } from "./calendar.ts";
import {
  EPOCH_UNITS,
  epochMs,
  epochTextMs,
  type EpochUnit,
  epochUnitByMagnitude,
} from "./time_epoch.ts";
import { readIsoTime } from "./time_iso.ts";
import { compileTimePattern, type TimeTextReader } from "./time_pattern.ts";
import { type Occurrence, type Resolution, TimeZone } from "./time_zone.ts";

export interface TimeFormat {
  /** `auto`, `iso`, `epoch_…` or a pattern. */
  readonly format: string;
  /** IANA name or fixed offset of times that name no zone. */
  readonly zone: string;
  readonly occurrence: Occurrence;
}

/** Reads one column's times. Holds scratch state: one reader is for one thread of control. */
export class TimeReader {
  readonly zone: TimeZone;
  /** How the last time read was decided where its zone's clocks change. */
  resolution: Resolution = "exact";

  readonly #occurrence: Occurrence;
  readonly #epoch: EpochUnit | null;
  readonly #auto: boolean;
  readonly #readText: TimeTextReader;
  readonly #written: WrittenTime = { ms: 0, zoned: false, leapSecond: false };
  /** The last text read, and what it was: neighbours mostly have the same. */
  #text: string | null = null;
  #textMs = NaN;
  #textResolution: Resolution = "exact";

  /** Throws a RangeError that says what is wrong with the format or the zone. */
  constructor(format: TimeFormat) {
    this.zone = TimeZone.named(format.zone);
    this.#occurrence = format.occurrence;
    this.#epoch = EPOCH_UNITS.find((unit) => unit === format.format) ?? null;
    this.#auto = format.format === "auto";
    this.#readText = this.#auto || this.#epoch !== null || format.format === "iso"
      ? readIsoTime
      : compileTimePattern(format.format);
  }

  /** Epoch ms UTC of a text, number, bigint or Date; NaN where the format does not fit it. */
  read(value: unknown): number {
    if (typeof value === "string") return this.#ofText(value);
    this.resolution = "exact";
    if (typeof value === "number" || typeof value === "bigint") return this.#number(value);
    return value instanceof Date ? value.getTime() : NaN;
  }

  #number(value: number | bigint): number {
    if (this.#epoch !== null) return epochMs(this.#epoch, value);
    if (!this.#auto) {
      // YYYYMMDDHHmmss and the like arrive as numbers from CSV-like and Parquet columns.
      return Number.isInteger(value) || typeof value === "bigint"
        ? this.#readWritten(String(value))
        : NaN;
    }
    return epochMs(epochUnitByMagnitude(Number(value)) ?? "epoch_s", value);
  }

  #ofText(value: string): number {
    if (value !== this.#text) {
      this.resolution = "exact";
      this.#textMs = this.#readWritten(value);
      this.#textResolution = this.resolution;
      this.#text = value;
    }
    this.resolution = this.#textResolution;
    return this.#textMs;
  }

  #readWritten(value: string): number {
    const text = trimmed(value);
    if (this.#epoch !== null) return epochTextMs(this.#epoch, text);
    const written = this.#written;
    if (!this.#readText(text, written)) {
      if (!this.#auto || text.length === 0) return NaN;
      return epochTextMs(epochUnitByMagnitude(Number(text)) ?? "epoch_s", text);
    }
    let atMs = written.ms;
    if (!written.zoned) {
      atMs = this.zone.toUtcMs(atMs, this.#occurrence);
      this.resolution = this.zone.resolution;
    }
    // A leap second has become the first second of the next UTC day, and nothing else may have.
    return written.leapSecond && atMs % DAY_MS >= 1000 ? NaN : atMs;
  }
}

/** `trim` costs a scan of its own; nearly no text needs it. */
function trimmed(text: string): string {
  return text.charCodeAt(0) <= 32 || text.charCodeAt(text.length - 1) <= 32 ? text.trim() : text;
}
