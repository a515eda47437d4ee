/**
 * The live window: one-second buckets by region, by reading time, for the last 5 minutes and what
 * lies ahead of the clock without being "future". A ring a region, so memory is fixed; every change
 * gets a rising version, so that a frame can carry just what changed since another.
 */
import type { RegionSecond } from "../model/live_event.ts";
import { type Metric, METRICS } from "../model/reading.ts";
import { Summary } from "../model/summary.ts";
import { LIMITS } from "../limits.ts";
import { SecondBucket } from "./second_bucket.ts";

/** Window behind and ahead of now, 300 + 60 s, and a few to spare: a power of two for the ring. */
const RING_SECONDS = 512;

export type MetricSummaries = Record<Metric, Summary | null>;

interface Cell {
  readonly bucket: SecondBucket;
  version: number;
}

interface Ring {
  readonly cells: (Cell | null)[];
  /** Version of its newest change: a quiet region is passed over. */
  version: number;
}

export class SecondsWindow {
  readonly #rings = new Map<string, Ring>();
  #version = 0;

  /** Rises with every change. */
  get version(): number {
    return this.#version;
  }

  /** Adds to the second it is of; what lies outside the window is left to the store. */
  add(second: RegionSecond, nowMs: number): void {
    if (second.atMs < nowMs - LIMITS.liveWindowMs) return;
    if (second.atMs >= nowMs + LIMITS.futureAfterMs) return;
    const ring = this.#ring(second.region);
    if (ring === null) return;
    const slot = slotOf(second.atMs);
    let cell = ring.cells[slot] ?? null;
    if (cell === null || cell.bucket.atMs !== second.atMs) {
      cell = { bucket: new SecondBucket(second.region, second.atMs), version: 0 };
      ring.cells[slot] = cell;
    }
    cell.bucket.merge(second);
    cell.version = ring.version = ++this.#version;
  }

  /** All metrics of a region's seconds with fromMs ≤ start < toMs; null where not measured. */
  summarise(region: string, fromMs: number, toMs: number): MetricSummaries {
    const sums: MetricSummaries = {
      temp_c: null,
      cpu_load: null,
      voltage: null,
      power_watts: null,
    };
    const ring = this.#rings.get(region);
    if (ring === undefined) return sums;
    for (let atMs = ceilSecond(fromMs); atMs < toMs; atMs += 1000) {
      const bucket = ring.cells[slotOf(atMs)]?.bucket;
      if (bucket === undefined || bucket.atMs !== atMs) continue;
      for (const metric of METRICS) {
        const summary = bucket.metrics[metric];
        if (summary !== null) (sums[metric] ??= new Summary()).merge(summary);
      }
    }
    return sums;
  }

  /**
   * Seconds of the window that changed after that version, oldest first by region; 0 gives all. At
   * most LIMITS.frameSecondsMax: beyond, every region keeps its newest.
   */
  changedSince(version: number, nowMs: number): RegionSecond[] {
    const rings = [...this.#rings.values()].filter((ring) => ring.version > version);
    const quota = Math.max(1, Math.floor(LIMITS.frameSecondsMax / Math.max(1, rings.length)));
    const seconds: RegionSecond[] = [];
    for (const ring of rings) {
      const changed = ring.cells
        .filter((cell) =>
          cell !== null && cell.version > version &&
          cell.bucket.atMs >= nowMs - LIMITS.liveWindowMs
        )
        .map((cell) => cell!.bucket)
        .sort((a, b) => a.atMs - b.atMs);
      seconds.push(...changed.slice(-quota));
    }
    return seconds;
  }

  #ring(region: string): Ring | null {
    const known = this.#rings.get(region);
    if (known !== undefined) return known;
    if (this.#rings.size >= LIMITS.regionsMax) return null;
    const ring: Ring = { cells: new Array(RING_SECONDS).fill(null), version: 0 };
    this.#rings.set(region, ring);
    return ring;
  }
}

function slotOf(atMs: number): number {
  return (atMs / 1000) % RING_SECONDS;
}

function ceilSecond(atMs: number): number {
  return Math.ceil(atMs / 1000) * 1000;
}
