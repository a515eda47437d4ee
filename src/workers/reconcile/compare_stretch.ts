/**
 * A stretch of the archive, folded, held against the rollups of the hot store. A bucket there is the
 * sum over everybody's rows in it, so what it should hold is
 *
 *     the archive's fold of the stretch  +  the fold of all other rows of that time, by SQL
 *
 * for the finest tier of each region and host, with the rows that are too thin for it; each coarser
 * tier should be what the one below it holds, and the rows of which it is the finest. All of it
 * exact: counts, sums in millionths, extremes and histogram merge in any order.
 *
 * Each question is one statement, one snapshot, and covers a few minutes: so many as are answered
 * within some 50 ms, so that writers of the embedded store, which takes turns, hardly wait.
 */
import { bucketStart, HOST_TIERS_S, REGION_TIERS_S } from "../../model/rollup.ts";
import { Bucket } from "../../rollup/bucket.ts";
import type { Tier } from "../../store/row_summaries.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Database } from "../../store/database.ts";
import {
  type BucketKey,
  type ComparedFinest,
  type Content,
  findSeries,
  type OwnRows,
  rollupsBesideFiner,
  rollupsBesideRows,
  type StoredBucket,
} from "../../store/queries/rollup_check.ts";
import { copyOf } from "./archived_stretch.ts";
import { type Difference, differenceOf } from "./difference.ts";

export interface ComparedBuckets {
  readonly buckets: number;
  readonly differing: number;
  /** The first few of them. */
  readonly named: readonly Difference[];
}

export interface CompareOptions {
  readonly database: Database;
  readonly own: OwnRows;
  readonly clock: Clock;
  /** Called between questions: rests, or throws to stop. */
  readonly pause: () => Promise<void>;
}

/** Differences told one by one; further ones are counted. */
export const NAMED_MAX = 10;

const MINUTE_MS = 60_000;
const MINUTES_MAX = 64;
const QUESTION_MS_MIN = 25;
const QUESTION_MS_MAX = 100;
/** Buckets of a coarser tier in one question. */
const COARSE_KEYS_MAX = 200;

/** One bucket under its keys; one that the store does not even know by name has none. */
interface Keyed {
  readonly bucket: Bucket;
  readonly key: BucketKey | null;
}

export async function compareStretch(
  buckets: readonly Bucket[],
  options: CompareOptions,
): Promise<ComparedBuckets> {
  const comparison = new Comparison(options);
  const keyed = await keyBuckets(buckets, options.database);
  await comparison.finest(keyed);
  await comparison.coarser(keyed);
  return comparison;
}

async function keyBuckets(buckets: readonly Bucket[], database: Database): Promise<Keyed[]> {
  const hosts = new Map<string, { region: string; hostId: string }>();
  for (const { region, hostId } of buckets) {
    if (hostId !== null) hosts.set(nameOf(region, hostId), { region, hostId });
  }
  const series = await findSeries(database, [...hosts.values()]);
  const keys = new Map(series.map((one) => [nameOf(one.region, one.hostId), one]));
  return buckets.map((bucket) => {
    const { stepS, bucketMs, region, hostId } = bucket;
    const known = keys.get(nameOf(region, hostId));
    if (known === undefined) return { bucket, key: null };
    const { regionKey, hostKey } = known;
    return { bucket, key: { stepS, regionKey, hostKey, bucketMs } };
  });
}

class Comparison implements ComparedBuckets {
  readonly #options: CompareOptions;
  buckets = 0;
  differing = 0;
  readonly named: Difference[] = [];

  constructor(options: CompareOptions) {
    this.#options = options;
  }

  async finest(keyed: readonly Keyed[]): Promise<void> {
    const minutes = new Map<number, Keyed[]>();
    for (const one of keyed) {
      const minuteMs = bucketStart(one.bucket.bucketMs, 60);
      const minute = minutes.get(minuteMs);
      if (minute === undefined) minutes.set(minuteMs, [one]);
      else minute.push(one);
    }
    const times = [...minutes.keys()].sort((a, b) => a - b);
    let atOnce = 1;
    for (let first = 0; first < times.length;) {
      const count = runLength(times, first, atOnce);
      const taken = times.slice(first, first + count);
      const startedMs = this.#options.clock.monotonicMs();
      await this.#minutes(
        taken[0]!,
        taken[0]! + count * MINUTE_MS,
        taken.flatMap((minute) => minutes.get(minute)!),
      );
      const tookMs = this.#options.clock.monotonicMs() - startedMs;
      if (tookMs < QUESTION_MS_MIN) atOnce = Math.min(atOnce * 2, MINUTES_MAX);
      if (tookMs > QUESTION_MS_MAX) atOnce = Math.max(1, Math.floor(count / 2));
      first += count;
      await this.#options.pause();
    }
  }

  async #minutes(fromMs: number, toMs: number, keyed: readonly Keyed[]): Promise<void> {
    const { database, own } = this.#options;
    const keys = keyed.map((one) => one.key).filter((key) => key !== null);
    const regionKeys = [...new Set(keys.map((key) => key.regionKey))];
    const stored = await rollupsBesideRows(database, { keys, regionKeys, fromMs, toMs, own });
    const expected = new Map<string, Bucket>();
    for (const { bucket, key } of keyed) {
      if (key !== null) expected.set(keyText(key), copyOf(bucket));
    }
    for (const rows of stored.folded) {
      expected.get(regionText(rows))?.merge(rows);
      expected.get(hostText(rows))?.merge(rows);
    }
    const rollups = withThin(keyed, stored);
    for (const { bucket, key } of keyed) {
      const should = key === null ? bucket : expected.get(keyText(key))!;
      const rollup = key === null ? null : rollups.get(keyText(key)) ?? null;
      this.#compare(bucket, should, "the archive", rollup);
    }
  }

  async coarser(keyed: readonly Keyed[]): Promise<void> {
    const regions = keyed.filter((one) => one.bucket.hostId === null);
    const hosts = keyed.filter((one) => one.bucket.hostId !== null);
    const kinds = [["region", regions, REGION_TIERS_S], ["host", hosts, HOST_TIERS_S]] as const;
    for (const [series, own, tiersS] of kinds) {
      for (let tier = 1; tier < tiersS.length; tier++) {
        await this.#tier(own, { series, stepS: tiersS[tier]! }, tiersS[tier - 1]!);
      }
    }
  }

  async #tier(keyed: readonly Keyed[], tier: Tier, finerS: number): Promise<void> {
    const { stepS } = tier;
    const places = new Map<string, { key: BucketKey; bucket: Bucket }>();
    for (const { bucket, key } of keyed) {
      if (key === null) continue;
      const coarse = { ...key, stepS, bucketMs: bucketStart(key.bucketMs, stepS) };
      places.set(keyText(coarse), { key: coarse, bucket });
    }
    // By time, so that a question is about little of it.
    const all = [...places.values()].sort((a, b) => a.key.bucketMs - b.key.bucketMs);
    for (let first = 0; first < all.length; first += COARSE_KEYS_MAX) {
      const some = all.slice(first, first + COARSE_KEYS_MAX);
      const keys = some.map((one) => one.key);
      const stored = await rollupsBesideFiner(this.#options.database, keys, tier, finerS);
      const rollups = byKey(stored.rollups), finer = byKey(stored.folded);
      for (const { key, bucket: { region, hostId } } of some) {
        const place = { stepS, bucketMs: key.bucketMs, region, hostId };
        const should = finer.get(keyText(key)), rollup = rollups.get(keyText(key));
        // All of its readings are too thin for the tier, or what is missing was told already.
        if (should === undefined && rollup === undefined) continue;
        this.#compare(place, should ?? NOTHING, `its ${finerS} s buckets`, rollup ?? null);
      }
      await this.#options.pause();
    }
  }

  #compare(
    place: Pick<Bucket, "stepS" | "bucketMs" | "region" | "hostId">,
    should: Content,
    by: string,
    stored: Content | null,
  ): void {
    this.buckets++;
    const difference = differenceOf(place, should, by, stored);
    if (difference === null) return;
    this.differing++;
    if (this.named.length < NAMED_MAX) this.named.push(difference);
  }
}

/** What stands below a bucket of which every finer row is missing; those are told themselves. */
const NOTHING: Content = {
  readings: 0,
  metrics: { temp_c: null, cpu_load: null, voltage: null, power_watts: null },
  temperatureHistogram: new Map(),
};

/** How many minutes from `first` on follow each other without a gap. */
function runLength(times: readonly number[], first: number, longest: number): number {
  let count = 1;
  while (count < longest && times[first + count] === times[first]! + count * MINUTE_MS) count++;
  return count;
}

/** What the finest tiers hold, with the rows that are too thin for them, as if they were in. */
function withThin(keyed: readonly Keyed[], stored: ComparedFinest): ReadonlyMap<string, Content> {
  const rollups = new Map<string, Content>(byKey(stored.rollups));
  const { thinForRegions, thinForHosts } = stored;
  if (thinForRegions.length + thinForHosts.length === 0) return rollups;
  const buckets = new Map<string, Bucket>();
  for (const { bucket: { stepS, bucketMs, region, hostId }, key } of keyed) {
    if (key === null) continue;
    const bucket = new Bucket(stepS, bucketMs, region, hostId);
    const rollup = rollups.get(keyText(key));
    if (rollup !== undefined) bucket.merge(rollup);
    buckets.set(keyText(key), bucket);
  }
  for (const rows of thinForRegions) buckets.get(regionText(rows))?.merge(rows);
  for (const rows of thinForHosts) buckets.get(hostText(rows))?.merge(rows);
  return new Map([...buckets].filter(([, { readings }]) => readings > 0));
}

/** The finest buckets that hold a 10 s bucket of a host: its region's, and its own. */
function regionText(rows: BucketKey): string {
  return keyText({ ...rows, stepS: REGION_TIERS_S[0], hostKey: 0 });
}

function hostText(rows: BucketKey): string {
  const stepS = HOST_TIERS_S[0];
  return keyText({ ...rows, stepS, bucketMs: bucketStart(rows.bucketMs, stepS) });
}

function byKey(rows: readonly StoredBucket[]): ReadonlyMap<string, StoredBucket> {
  return new Map(rows.map((row) => [keyText(row), row]));
}

function keyText({ stepS, regionKey, hostKey, bucketMs }: BucketKey): string {
  return `${stepS} ${regionKey} ${hostKey} ${bucketMs}`;
}

function nameOf(region: string, hostId: string | null): string {
  return hostId === null ? `region ${region}` : `host ${region.length} ${region}${hostId}`;
}
