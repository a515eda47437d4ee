/**
 * Where a reading came from: an origin is one file, either a part of the live archive or a history
 * file. (origin, offset) finds the raw bytes of every reading and dead letter.
 */

export type Layer = "batch" | "speed";

export interface Origin {
  readonly layer: Layer;
  /** `stream_run_…` or `batch_run_…`. */
  readonly runId: string;
  /** The source's declared name: `india_lab`, `feed`, … */
  readonly source: string;
  /** Path as shown to people: relative to the data directory where it lies in it. */
  readonly path: string;
}

/** How far a live run's archive is applied to the hot store. Written in the rows' transaction. */
export interface Checkpoint {
  readonly runId: string;
  /** Number of the part, from 0. */
  readonly part: number;
  /** Bytes of that part applied; always at a line's start. */
  readonly offset: number;
}

/** Number of the part that a path of the live archive names; null for any other path. */
export function partOfPath(path: string): number | null {
  const digits = /\/part-(\d{6,})\.ndjson$/.exec(path)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** A record found again by its origin and offset, and by which rules it became a reading. */
export interface FoundRecord {
  /** As it came, cut to LIMITS.deadLetterRawBytesMax; null where it can't be had any more. */
  readonly raw: string | null;
  /** Why there is no raw text, or what else is to be known of it; null: nothing. */
  readonly note: string | null;
  /** Of the offset: the byte of a line's start, or the number of a row. */
  readonly offsetIs: "byte" | "row";
  /** The source whose declaration reads it; null where that is not known. */
  readonly mappedBy: string | null;
  /** Whether that declaration means today what it meant when the record was taken in. */
  readonly mappingIs: "same" | "changed" | "unknown";
  readonly mapping: readonly FieldOrigin[];
}

/** How one field of a reading was made. */
export interface FieldOrigin {
  /** `host_id`, `region`, `timestamp` or a metric. */
  readonly field: string;
  /** The column, or a constant in quotes; the columns tried where the record has none of them. */
  readonly column: string;
  /** As it stood in the record; null where there it was not, or is not known. */
  readonly value: string | null;
  /** Unit or time format; empty where there is none. */
  readonly unit: string;
  readonly rule: string;
}
