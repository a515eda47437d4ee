/**
 * A stretch of a live run, read from the archive and folded: bytes → the same mapping → readings →
 * the finest buckets of each region and host. Bounded by buckets, so that memory is, whatever the
 * times in the lines say.
 */
import { LIMITS } from "../../limits.ts";
import { HOST_TIERS_S, REGION_TIERS_S, type RollupDelta } from "../../model/rollup.ts";
import { Bucket } from "../../rollup/bucket.ts";
import { foldReadings } from "../../rollup/fold.ts";
import type { Database } from "../../store/database.ts";
import { storeRejectedOffsets } from "../../store/queries/origin_rows.ts";
import type { Place } from "../speed/pending_batch.ts";
import { type ArchiveTools, partOrigin, readNormalised } from "../speed/archived_runs.ts";
import type { Normalise } from "../speed/normalise_block.ts";
import type { NormalisedBlock } from "../speed/pending_batch.ts";

export interface ArchivedStretch {
  readonly runId: string;
  readonly from: Place;
  readonly to: Place;
  readonly lines: number;
  /** Arrival of its newest line, epoch ms; null where it has none. */
  readonly upToMs: number | null;
  /** Regions by 10 s, hosts by 60 s. */
  readonly buckets: readonly Bucket[];
}

export interface StretchOptions {
  readonly dataDir: string;
  readonly normalise: Normalise;
  readonly database: Database;
  readonly tools: ArchiveTools;
  readonly bucketsMax?: number;
  /** Called between blocks: rests, or throws to stop. */
  readonly pause: () => Promise<void>;
}

/** From `from` up to `end`, or up to where the bound is reached. */
export async function readStretch(
  runId: string,
  from: Place,
  end: Place,
  options: StretchOptions,
): Promise<ArchivedStretch> {
  const { dataDir, normalise, tools, bucketsMax = LIMITS.reconcileBucketsMax } = options;
  const fold = new FinestFold();
  const refused = new RefusedOffsets(runId, options.database);
  let to = end, lines = 0, upToMs: number | null = null;
  for await (const block of readNormalised(dataDir, runId, from, end, normalise, tools)) {
    fold.add(await refused.leaveOut(block));
    lines += block.lines;
    upToMs = Math.max(upToMs ?? 0, block.arrivalMs);
    if (fold.size >= bucketsMax || lines >= LIMITS.reconcileLinesMax) {
      to = { part: block.part, offset: block.end };
      break;
    }
    await options.pause();
  }
  return { runId, from, to, lines, upToMs, buckets: fold.buckets() };
}

/** What the store itself refused is no reading there, and its dead letter says so. */
class RefusedOffsets {
  #part = -1;
  #offsets: ReadonlySet<number> = new Set();

  constructor(readonly runId: string, readonly database: Database) {}

  async leaveOut({ part, readings }: NormalisedBlock): Promise<NormalisedBlock["readings"]> {
    if (part !== this.#part) {
      const { path } = partOrigin(this.runId, part);
      const stretch = { path, from: 0, to: Number.MAX_SAFE_INTEGER };
      this.#offsets = new Set(await storeRejectedOffsets(this.database, stretch));
      this.#part = part;
    }
    if (this.#offsets.size === 0) return readings;
    return readings.filter((one) => !this.#offsets.has(one.offset));
  }
}

class FinestFold {
  readonly #buckets = new Map<string, Bucket>();

  get size(): number {
    return this.#buckets.size;
  }

  add(readings: NormalisedBlock["readings"]): void {
    for (const delta of foldReadings(readings)) {
      if (!isFinest(delta)) continue;
      const key = bucketName(delta);
      const known = this.#buckets.get(key);
      if (known !== undefined) known.merge(delta);
      else this.#buckets.set(key, copyOf(delta));
    }
  }

  buckets(): Bucket[] {
    return [...this.#buckets.values()];
  }
}

function isFinest({ hostId, stepS }: RollupDelta): boolean {
  return stepS === (hostId === null ? REGION_TIERS_S[0] : HOST_TIERS_S[0]);
}

function bucketName({ region, hostId, bucketMs }: RollupDelta): string {
  return hostId === null
    ? `${bucketMs} region ${region}`
    : `${bucketMs} host ${region.length} ${region}${hostId}`;
}

/** A bucket of its own that may grow: what a fold gives may be shared between tiers. */
export function copyOf(delta: RollupDelta): Bucket {
  const bucket = new Bucket(delta.stepS, delta.bucketMs, delta.region, delta.hostId);
  bucket.merge(delta);
  return bucket;
}
