/**
 * One region or host while readings come in: the buckets of each tier that is the finest of some of
 * them. Owns how coarser tiers are made of finer ones, once all are in.
 */
import { METRICS, type Reading } from "../model/reading.ts";
import { bucketStart, type RollupDelta } from "../model/rollup.ts";
import { Bucket } from "./bucket.ts";

export class Series {
  /** By tier; of nearly all series one alone is used. */
  readonly #tiers: (FinestBuckets | undefined)[] = [];

  constructor(
    readonly region: string,
    readonly hostId: string | null,
    readonly tiersS: readonly number[],
  ) {}

  /**
   * @param tier Place in `tiersS` of the finest tier that the reading goes into.
   * @returns Whether it is the first of its bucket.
   */
  add(reading: Reading, tier: number): boolean {
    const buckets = this.#tiers[tier] ??= new FinestBuckets(this, this.tiersS[tier]!);
    return buckets.add(reading);
  }

  /** The largest of the metrics' sums over all buckets, which is the coarsest bucket's at most. */
  sumMicroMax(): number {
    const buckets = this.#tiers.flatMap((tier) => tier?.all() ?? []);
    let largest = 0;
    for (const metric of METRICS) {
      let sum = 0;
      for (const bucket of buckets) sum += Math.abs(bucket.metrics[metric]?.sumMicro ?? 0);
      largest = Math.max(largest, sum);
    }
    return largest;
  }

  emit(into: RollupDelta[]): void {
    let buckets: readonly Bucket[] = [];
    for (let tier = 0; tier < this.tiersS.length; tier++) {
      const own = this.#tiers[tier]?.all() ?? [];
      if (buckets.length === 0) buckets = own;
      else buckets = coarsen(own.length === 0 ? buckets : [...buckets, ...own], this.tiersS[tier]!);
      for (const bucket of buckets) into.push(bucket);
    }
  }
}

/** The buckets of one tier. Readings come nearly in order: the last one is tried first. */
class FinestBuckets {
  readonly #series: Series;
  readonly #stepMs: number;
  #newest: Bucket | null = null;
  /** Made only when there is a second bucket: most hosts of a batch have one. */
  #buckets: Map<number, Bucket> | null = null;

  constructor(series: Series, readonly stepS: number) {
    this.#series = series;
    this.#stepMs = stepS * 1000;
  }

  add(reading: Reading): boolean {
    const last = this.#newest;
    const since = last === null ? -1 : reading.atMs - last.bucketMs;
    const bucket = since >= 0 && since < this.#stepMs
      ? last!
      : this.#bucket(bucketStart(reading.atMs, this.stepS));
    bucket.add(reading);
    return bucket.readings === 1;
  }

  all(): Bucket[] {
    if (this.#buckets !== null) return [...this.#buckets.values()];
    return this.#newest === null ? [] : [this.#newest];
  }

  #bucket(bucketMs: number): Bucket {
    let bucket = this.#buckets?.get(bucketMs);
    if (bucket === undefined) {
      const { region, hostId } = this.#series;
      bucket = new Bucket(this.stepS, bucketMs, region, hostId);
      if (this.#newest !== null) {
        this.#buckets ??= new Map([[this.#newest.bucketMs, this.#newest]]);
        this.#buckets.set(bucketMs, bucket);
      }
    }
    this.#newest = bucket;
    return bucket;
  }
}

/** Of the step and finer: what lies in one bucket of it becomes one. */
function coarsen(finer: readonly Bucket[], stepS: number): Bucket[] {
  // Most hosts of a batch have one bucket; with thousands of hosts this decides the rate.
  if (finer.length === 1) return [widened(finer[0]!, stepS)];
  const groups = new Map<number, Bucket[]>();
  for (const bucket of finer) {
    const bucketMs = bucketStart(bucket.bucketMs, stepS);
    const group = groups.get(bucketMs);
    if (group === undefined) groups.set(bucketMs, [bucket]);
    else group.push(bucket);
  }
  const coarse: Bucket[] = [];
  for (const [bucketMs, group] of groups) coarse.push(merged(group, bucketMs, stepS));
  return coarse;
}

function merged(group: readonly Bucket[], bucketMs: number, stepS: number): Bucket {
  const first = group[0]!;
  if (group.length === 1) return widened(first, stepS);
  const into = new Bucket(stepS, bucketMs, first.region, first.hostId);
  for (const bucket of group) into.merge(bucket);
  return into;
}

function widened(bucket: Bucket, stepS: number): Bucket {
  const bucketMs = bucketStart(bucket.bucketMs, stepS);
  return new Bucket(stepS, bucketMs, bucket.region, bucket.hostId, bucket);
}
