/**
 * How many of a region's readings came late, by bucket of each tier of regions. Written with the
 * readings themselves, in their transaction, since they are few: unlike rollups never later, and a
 * reading too thin for a rollup's tier is counted in all.
 */
import { FLAG_LATE, type Reading } from "../model/reading.ts";
import { bucketStart, REGION_TIERS_S } from "../model/rollup.ts";
import type { Statement } from "./database.ts";
import type { HostKeys } from "./host_keys.ts";

/** Counts by the beginning of a bucket, epoch ms. */
type Buckets = Map<number, number>;

/** Adds what a batch holds of them; no statement where it holds none. */
export function addLate(readings: readonly Reading[], hosts: HostKeys): Statement[] {
  const steps: number[] = [], regions: number[] = [], begins: number[] = [], counts: number[] = [];
  for (const [region, finest] of lateByRegion(readings)) {
    const regionKey = hosts.regionKey(region);
    let buckets = finest;
    for (const stepS of REGION_TIERS_S) {
      buckets = coarsen(buckets, stepS);
      for (const [beginMs, count] of buckets) {
        steps.push(stepS);
        regions.push(regionKey);
        begins.push(beginMs);
        counts.push(count);
      }
    }
  }
  return steps.length === 0 ? [] : [{ text: ADD_LATE, values: [steps, regions, begins, counts] }];
}

/** By the regions' finest buckets. */
function lateByRegion(readings: readonly Reading[]): Map<string, Buckets> {
  const byRegion = new Map<string, Buckets>();
  for (const { region, atMs, flags } of readings) {
    if ((flags & FLAG_LATE) === 0) continue;
    let buckets = byRegion.get(region);
    if (buckets === undefined) byRegion.set(region, buckets = new Map());
    count(buckets, bucketStart(atMs, REGION_TIERS_S[0]), 1);
  }
  return byRegion;
}

function coarsen(finer: Buckets, stepS: number): Buckets {
  const coarse: Buckets = new Map();
  for (const [beginMs, readings] of finer) {
    count(coarse, bucketStart(beginMs, stepS), readings);
  }
  return coarse;
}

function count(buckets: Buckets, beginMs: number, readings: number): void {
  buckets.set(beginMs, (buckets.get(beginMs) ?? 0) + readings);
}

const KEYS = "step_s, region_key, bucket_ms";

const ADD_LATE = `insert into rackwatch.late_readings as r (${KEYS}, readings)
  select * from unnest($1::int[], $2::int[], $3::bigint[], $4::bigint[]) as n(${KEYS}, readings)
  order by ${KEYS}
  on conflict (${KEYS}) do update set readings = r.readings + excluded.readings`;
