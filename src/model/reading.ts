/**
 * The reading: what every source, layer, store and chart speaks of. One vocabulary, defined here
 * once; SQL, JSON, CSV and archives use these very names.
 */
import { isoUtc } from "./iso_time.ts";
import type { SensorReading } from "./sensor.ts";

/** The measured quantities. Units: °C, percent 0–100, volts, watts. */
export const METRICS = ["temp_c", "cpu_load", "voltage", "power_watts"] as const;
export type Metric = (typeof METRICS)[number];

/** Set where the reading came more than `lateAfterMs` after its own timestamp. */
export const FLAG_LATE = 1;
/** Set where the timestamp lay more than `futureAfterMs` ahead of arrival: never "newest". */
export const FLAG_FUTURE = 2;
/** Set where a local time was repeated or skipped by a DST change and a rule picked the instant. */
export const FLAG_DST = 4;

/** What flags say, as JSON has them. */
export const FLAG_NAMES = ["late", "future", "clock_change"] as const;
export type FlagName = (typeof FLAG_NAMES)[number];

export function flagNames(flags: number): FlagName[] {
  return FLAG_NAMES.filter((_name, bit) => (flags & 1 << bit) !== 0);
}

/** One measurement of one host. A quantity that was not measured is null, never 0. */
export interface Reading {
  readonly host_id: string;
  readonly region: string;
  /** When it was measured, epoch milliseconds UTC. */
  readonly atMs: number;
  readonly temp_c: number | null;
  readonly cpu_load: number | null;
  readonly voltage: number | null;
  readonly power_watts: number | null;
  /** Bit set of FLAG_*. */
  readonly flags: number;
  /** Where in its origin the record starts: byte offset of a line, row number of a Parquet row. */
  readonly offset: number;
  /**
   * A small number of this region's host, the same for all of its readings in this thread, where it
   * was met at little cost: what is kept by host is then found without its name. One host may have
   * several; below SERIES_MAX.
   */
  readonly series?: number;
  /** Sensors of the record with limits of their own, for alerts alone; left out where it has none. */
  readonly sensors?: readonly SensorReading[];
}

/** Hosts with a number; readings of further ones go by their names. */
export const SERIES_MAX = 131_072;

/** A reading as JSON, CSV and archives write it: exactly the seven columns, in this order. */
export interface ReadingJson {
  readonly host_id: string;
  readonly region: string;
  readonly timestamp: string;
  readonly temp_c: number | null;
  readonly cpu_load: number | null;
  readonly voltage: number | null;
  readonly power_watts: number | null;
}

/** Beside its columns what is odd about its time; where nothing is, there are no `flags`. */
export interface FlaggedReadingJson extends ReadingJson {
  readonly flags?: readonly FlagName[];
}

/** Column order of `ReadingJson`, for CSV headers and SQL lists. */
export const READING_COLUMNS = [
  "host_id",
  "region",
  "timestamp",
  "temp_c",
  "cpu_load",
  "voltage",
  "power_watts",
] as const;

export function readingToJson(
  reading: Omit<Reading, "flags" | "offset" | "series" | "sensors">,
): ReadingJson {
  return {
    host_id: reading.host_id,
    region: reading.region,
    timestamp: isoUtc(reading.atMs),
    temp_c: reading.temp_c,
    cpu_load: reading.cpu_load,
    voltage: reading.voltage,
    power_watts: reading.power_watts,
  };
}

export function flaggedJson(reading: ReadingJson, flags: number): FlaggedReadingJson {
  return flags === 0 ? reading : { ...reading, flags: flagNames(flags) };
}
