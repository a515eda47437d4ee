/**
 * Readings to rollup deltas. Owns how one pass over a batch fills every tier; refuses to know where
 * deltas go. A reading is folded into the finest tier of its region and of its host only, which
 * whoever adds it says; coarser tiers are merged from finer ones, which is exact because each step
 * divides the next:
 *
 *     region  10 s → 60 s → 600 s → 1 h → 1 day      host  60 s → 300 s → 1 h → 1 day
 */
import type { Reading } from "../model/reading.ts";
import {
  type Derived,
  FINEST_TIERS,
  HOST_TIERS_S,
  REGION_TIERS_S,
  type RollupDelta,
  type Tiers,
} from "../model/rollup.ts";
import { Latest } from "./latest.ts";
import { Series } from "./series.ts";
import { SeriesOrder } from "./series_order.ts";
import { Bucket } from "./bucket.ts";

/** What a batch adds to every bucket it touches, one delta a bucket; regions before their hosts. */
export function foldReadings(readings: readonly Reading[], tiers?: Tiers): readonly RollupDelta[] {
  return deriveFrom(readings, tiers).rollups;
}

export function deriveFrom(readings: readonly Reading[], tiers: Tiers = FINEST_TIERS): Derived {
  const fold = new RollupFold();
  fold.add(readings, tiers);
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
  #hostBuckets = 0;
  #regionBuckets = 0;
  #readings = 0;
  readonly #order = new SeriesOrder();
  /** Of all metrics' absolute values. */
  #valuesSum = 0;

  /** Hosts with readings since the last take: what taking and writing it costs. */
  get hosts(): number {
    return this.#hosts;
  }

  /** Of hosts' finest tiers: each is a row of every coarser tier at most, and held in memory. */
  get hostBuckets(): number {
    return this.#hostBuckets;
  }

  /** Of regions' finest tiers. */
  get regionBuckets(): number {
    return this.#regionBuckets;
  }

  get readings(): number {
    return this.#readings;
  }

  /** Sums have used half of what doubles hold exactly: to be taken now. */
  get isNearlyFull(): boolean {
    // No bucket's sum is larger than that of all values, rounded up.
    if ((this.#valuesSum + this.#readings) * 1e6 <= SUM_MICRO_MAX) return false;
    for (const { series } of this.#regions.values()) {
      if (series.sumMicroMax() > SUM_MICRO_MAX) return true;
    }
    return false;
  }

  /** @param tiers The finest that the readings go into. */
  add(readings: readonly Reading[], tiers: Tiers = FINEST_TIERS): void {
    this.#readings += readings.length;
    const regionTier = REGION_TIERS_S.indexOf(tiers.regionS);
    const hostTier = HOST_TIERS_S.indexOf(tiers.hostS);
    for (const reading of readings) {
      const { temp_c, cpu_load, voltage, power_watts } = reading;
      this.#valuesSum += Math.abs(temp_c ?? 0) + Math.abs(cpu_load ?? 0) +
        Math.abs(voltage ?? 0) + Math.abs(power_watts ?? 0);
      if (this.#regionOf(reading).add(reading, regionTier)) this.#regionBuckets++;
    }
    for (const reading of this.#order.bySeries(readings)) {
      const host = reading.series === undefined
        ? this.#host(reading)
        : this.#bySeries[reading.series] ??= this.#host(reading);
      if (host.series.add(reading, hostTier)) this.#hostBuckets++;
      host.latest.add(reading);
    }
  }

  /** By the host's number where it has one that was met before: regions come in turns. */
  #regionOf({ region, series }: Reading): Series {
    const known = series === undefined ? undefined : this.#bySeries[series];
    return known === undefined ? this.#region(region).series : known.ofRegion;
  }

  #host(reading: Reading): HostSeries {
    const region = this.#region(reading.region);
    let host = region.hosts.get(reading.host_id);
    if (host === undefined) {
      host = {
        series: new Series(reading.region, reading.host_id, HOST_TIERS_S),
        latest: new Latest(reading.region, reading.host_id),
        ofRegion: region.series,
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
    this.#hostBuckets = 0;
    this.#regionBuckets = 0;
    this.#readings = 0;
    this.#valuesSum = 0;
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
  readonly ofRegion: Series;
}

interface RegionSeries {
  readonly name: string;
  readonly series: Series;
  readonly hosts: Map<string, HostSeries>;
}

function nameOf(delta: RollupDelta): string {
  const series = delta.hostId === null ? delta.region : `${delta.region}/${delta.hostId}`;
  return `${delta.stepS} s of ${series} at ${delta.bucketMs}`;
}
