/**
 * Readings to rollup deltas. Owns how one pass over a batch fills every tier; refuses to know where
 * deltas go. A reading is folded into the finest tier of its region and of its host only; coarser
 * tiers are merged from finer ones, which is exact because each step divides the next:
 *
 *     region  10 s → 60 s → 600 s → 3600 s          host  60 s → 3600 s
 */
import { METRICS, type Reading } from "../model/reading.ts";
import { type Derived, HOST_TIERS_S, REGION_TIERS_S, type RollupDelta } from "../model/rollup.ts";
import { Bucket, bucketStart } from "./bucket.ts";
import { Latest } from "./latest.ts";

/** What a batch adds to every bucket it touches, one delta a bucket; regions before their hosts. */
export function foldReadings(readings: readonly Reading[]): readonly RollupDelta[] {
  return deriveFrom(readings).rollups;
}

export function deriveFrom(readings: readonly Reading[]): Derived {
  const fold = new RollupFold();
  fold.add(readings);
  return fold.take();
}

/**
 * Two deltas of one bucket as one. Commutative and associative, to the bit.
 * @throws RangeError where they are of different buckets.
 */
export function mergeDelta(a: RollupDelta, b: RollupDelta): RollupDelta {
  if (
    a.stepS !== b.stepS || a.bucketMs !== b.bucketMs || a.region !== b.region ||
    a.hostId !== b.hostId
  ) {
    throw new RangeError(
      `Cannot merge deltas: both must be of one bucket, got ${nameOf(a)} and ${nameOf(b)}`,
    );
  }
  const both = new Bucket(a.stepS, a.bucketMs, a.region, a.hostId);
  both.merge(a);
  both.merge(b);
  return both;
}

/** Folds any number of batches before the deltas are taken, so that they can be written less often. */
export class RollupFold {
  #regions = new Map<string, RegionSeries>();
  #last: RegionSeries | null = null;
  /** The hosts once more, by the number of their readings. */
  #bySeries: HostSeries[] = [];
  #hosts = 0;
  #readings = 0;

  /** Hosts with readings since the last take: what taking and writing it costs. */
  get hosts(): number {
    return this.#hosts;
  }

  get readings(): number {
    return this.#readings;
  }

  /** Sums have used half of what doubles hold exactly: to be taken now. */
  get isNearlyFull(): boolean {
    for (const { series } of this.#regions.values()) {
      if (series.sumMicroMax() > SUM_MICRO_MAX) return true;
    }
    return false;
  }

  add(readings: readonly Reading[]): void {
    this.#readings += readings.length;
    for (const reading of readings) {
      const region = this.#region(reading.region);
      region.series.add(reading);
      const host = reading.series === undefined
        ? this.#host(region, reading)
        : this.#bySeries[reading.series] ??= this.#host(region, reading);
      host.series.add(reading);
      host.latest.add(reading);
    }
  }

  #host(region: RegionSeries, reading: Reading): HostSeries {
    let host = region.hosts.get(reading.host_id);
    if (host === undefined) {
      host = {
        series: new Series(reading.region, reading.host_id, HOST_TIERS_S),
        latest: new Latest(reading.region, reading.host_id),
      };
      region.hosts.set(reading.host_id, host);
      this.#hosts++;
    }
    return host;
  }

  /** Everything since the last take, and starts anew. */
  take(): Derived {
    const rollups: RollupDelta[] = [];
    const latest: Latest[] = [];
    for (const region of this.#regions.values()) {
      region.series.emit(rollups);
      for (const host of region.hosts.values()) {
        host.series.emit(rollups);
        if (host.latest.newestMs !== -Infinity) latest.push(host.latest);
      }
    }
    this.#regions = new Map();
    this.#bySeries = [];
    this.#last = null;
    this.#hosts = 0;
    this.#readings = 0;
    return { rollups, latest };
  }

  #region(name: string): RegionSeries {
    if (this.#last !== null && this.#last.name === name) return this.#last;
    let region = this.#regions.get(name);
    if (region === undefined) {
      region = { name, series: new Series(name, null, REGION_TIERS_S), hosts: new Map() };
      this.#regions.set(name, region);
    }
    this.#last = region;
    return region;
  }
}

/** 2⁵², half of the integers that a double holds exactly: a further batch fits in any case. */
const SUM_MICRO_MAX = 2 ** 52;

interface HostSeries {
  readonly series: Series;
  readonly latest: Latest;
}

interface RegionSeries {
  readonly name: string;
  readonly series: Series;
  readonly hosts: Map<string, HostSeries>;
}

/** The finest buckets of one region or host. Readings come nearly in order: the last one is tried first. */
class Series {
  readonly #stepMs: number;
  #newest: Bucket | null = null;
  /** Made only when there is a second bucket: most hosts of a batch have one. */
  #buckets: Map<number, Bucket> | null = null;

  constructor(
    readonly region: string,
    readonly hostId: string | null,
    readonly tiersS: readonly number[],
  ) {
    this.#stepMs = tiersS[0]! * 1000;
  }

  add(reading: Reading): void {
    const last = this.#newest;
    const since = last === null ? -1 : reading.atMs - last.bucketMs;
    if (since >= 0 && since < this.#stepMs) last!.add(reading);
    else this.#bucket(bucketStart(reading.atMs, this.tiersS[0]!)).add(reading);
  }

  /** The largest of the metrics' sums over all buckets, which is the coarsest bucket's at most. */
  sumMicroMax(): number {
    let largest = 0;
    for (const metric of METRICS) {
      let sum = 0;
      for (const bucket of this.#all()) sum += Math.abs(bucket.metrics[metric]?.sumMicro ?? 0);
      largest = Math.max(largest, sum);
    }
    return largest;
  }

  #all(): Bucket[] {
    if (this.#buckets !== null) return [...this.#buckets.values()];
    return this.#newest === null ? [] : [this.#newest];
  }

  emit(into: RollupDelta[]): void {
    let finer = this.#all();
    for (const bucket of finer) into.push(bucket);
    for (let tier = 1; tier < this.tiersS.length; tier++) {
      finer = coarsen(finer, this.tiersS[tier]!);
      for (const bucket of finer) into.push(bucket);
    }
  }

  #bucket(bucketMs: number): Bucket {
    let bucket = this.#buckets?.get(bucketMs);
    if (bucket === undefined) {
      bucket = new Bucket(this.tiersS[0]!, bucketMs, this.region, this.hostId);
      if (this.#newest !== null) {
        this.#buckets ??= new Map([[this.#newest.bucketMs, this.#newest]]);
        this.#buckets.set(bucketMs, bucket);
      }
    }
    this.#newest = bucket;
    return bucket;
  }
}

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

function nameOf(delta: RollupDelta): string {
  const series = delta.hostId === null ? delta.region : `${delta.region}/${delta.hostId}`;
  return `${delta.stepS} s of ${series} at ${delta.bucketMs}`;
}
