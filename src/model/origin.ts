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
