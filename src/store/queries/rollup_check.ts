/**
 * What holding the rollups against the archive takes from the store. Each answer is one statement,
 * so one snapshot: rollups and rows in it are of the same moment, however much is written meanwhile.
 */
import type { Metric } from "../../model/reading.ts";
import { METRICS } from "../../model/reading.ts";
import { FINEST_TIERS, REGION_TIERS_S } from "../../model/rollup.ts";
import type { MetricSummary, RollupDelta } from "../../model/rollup.ts";
import type { Database, Row } from "../database.ts";
import { SUMMARY_COLUMNS } from "../metric_columns.ts";
import { chunksWithin } from "./chunk_bounds.ts";
import { rowsOfHosts } from "./host_rows.ts";
import {
  BIN_OF_ROW,
  BINS_MERGED,
  BINS_OF_ROLLUP,
  EPOCH,
  finestColumn,
  IS_ROLLED_UP,
  SUMMARIES_MERGED,
  SUMMARIES_OF_ROWS,
  type Tier,
} from "../row_summaries.ts";

/** A rollup row's place. `hostKey` 0: the whole region. */
export interface BucketKey {
  readonly stepS: number;
  readonly regionKey: number;
  readonly hostKey: number;
  readonly bucketMs: number;
}

export type Content = Pick<RollupDelta, "readings" | "metrics" | "temperatureHistogram">;
export type StoredBucket = BucketKey & Content;

/** A stretch of a live run, as rows name it: offsets [from, to) from the first part to the last. */
export interface OwnRows {
  readonly originKeys: readonly number[];
  /** Key of the part that `fromOffset` is in; 0 where the store has no row of it. */
  readonly firstKey: number;
  readonly fromOffset: number;
  readonly lastKey: number;
  readonly toOffset: number;
}

export interface Compared {
  /** The rollup rows asked for, as far as they are there. */
  readonly rollups: readonly StoredBucket[];
  /** What they are held against, folded in SQL. */
  readonly folded: readonly StoredBucket[];
}

export interface FinestQuestion {
  readonly keys: readonly BucketKey[];
  readonly regionKeys: readonly number[];
  /** [fromMs, toMs): rows in it that are not `own` are folded. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly own: OwnRows;
}

const FINEST_S = REGION_TIERS_S[0];

export interface ComparedFinest extends Compared {
  /** Rows that are too thin for the finest tier of regions or of hosts, folded as `folded` is. */
  readonly thinForRegions: readonly StoredBucket[];
  readonly thinForHosts: readonly StoredBucket[];
}

/**
 * Rollup rows with the thin rows that stand in for some; and everybody else's rows of the same time.
 * Rows are folded to 10 s a host.
 */
export async function rollupsBesideRows(
  database: Database,
  { keys, regionKeys, fromMs, toMs, own }: FinestQuestion,
): Promise<ComparedFinest> {
  const rows = await database.query(FINEST, [
    ...columnsOf(keys),
    fromMs,
    toMs,
    regionKeys,
    own.originKeys,
    own.firstKey,
    own.fromOffset,
    own.lastKey,
    own.toOffset,
  ]);
  return {
    ...comparedOf(rows),
    thinForRegions: bucketsOf(rows, "thin region"),
    thinForHosts: bucketsOf(rows, "thin host"),
  };
}

/**
 * Rollup rows of one tier; and the finer rows below each, merged, with the rows that go into no finer
 * tier. @param keys All of the tier; at least one.
 */
export async function rollupsBesideFiner(
  database: Database,
  keys: readonly BucketKey[],
  tier: Tier,
  finerStepS: number,
): Promise<Compared> {
  const begins = keys.map((one) => one.bucketMs);
  const values = [
    ...columnsOf(keys),
    finerStepS,
    Math.min(...begins),
    Math.max(...begins) + tier.stepS * 1000,
    [...new Set(keys.map((one) => one.hostKey))],
  ];
  const text = `${ROLLUPS_OF_KEYS} union all ${mergedFiner(tier)}`;
  return comparedOf(await database.query(text, values));
}

export interface NamedSeries {
  readonly region: string;
  /** Null: the whole region. */
  readonly hostId: string | null;
  readonly regionKey: number;
  readonly hostKey: number;
}

/** The keys of these regions and hosts; what the store does not know is not in the answer. */
export async function findSeries(
  database: Database,
  hosts: readonly { readonly region: string; readonly hostId: string }[],
): Promise<NamedSeries[]> {
  const regions = [...new Set(hosts.map((one) => one.region))];
  const found = await database.query<
    { region: string; host_id: string | null; region_key: number; host_key: number }
  >(
    `select g.region, null as host_id, g.region_key, 0 as host_key
    from unnest($1::text[]) as n(region) join rackwatch.regions g on g.region = n.region
    union all
    select g.region, h.host_id, g.region_key, h.host_key
    from unnest($2::text[], $3::text[]) as n(region, host_id)
      join rackwatch.regions g on g.region = n.region
      join rackwatch.hosts h on h.region_key = g.region_key and h.host_id = n.host_id`,
    [regions, hosts.map((one) => one.region), hosts.map((one) => one.hostId)],
  );
  return found.map((row) => ({
    region: row.region,
    hostId: row.host_id,
    regionKey: row.region_key,
    hostKey: row.host_key,
  }));
}

/** Path to key of a live run's parts that the store has something of. */
export async function partKeys(
  database: Database,
  runId: string,
): Promise<ReadonlyMap<string, number>> {
  const rows = await database.query<{ path: string; origin_key: number }>(
    `select path, origin_key from rackwatch.origins
    where layer = 'speed' and run_id = $1::text and state = 'live'`,
    [runId],
  );
  return new Map(rows.map((row) => [row.path, row.origin_key]));
}

const KEYS = `unnest($1::int[], $2::int[], $3::int[], $4::float8[])
  as k(step_s, region_key, host_key, bucket_ms)`;

const ROLLUPS_OF_KEYS = `select 'rollup' as side, r.step_s, r.region_key, r.host_key, r.bucket,
    r.readings, ${BINS_OF_ROLLUP} as bins, ${SUMMARY_COLUMNS}
  from ${KEYS}
  join rackwatch.rollups r on r.step_s = k.step_s and r.region_key = k.region_key
    and r.host_key = k.host_key and r.bucket = to_timestamp(k.bucket_ms / 1000)`;

const foldedRows = (side: string, condition: string) =>
  `select '${side}', ${FINEST_S}, region_key, host_key, bucket,
    sum(readings)::bigint, ${BINS_MERGED}, ${SUMMARIES_MERGED}
  from (
    select r.region_key, r.host_key, ${BIN_OF_ROW} as bin, count(*) as readings,
      date_bin('${FINEST_S} seconds', r.at, ${EPOCH}) as bucket, ${SUMMARIES_OF_ROWS}
    from rackwatch.readings r
    join rackwatch.origins o on o.origin_key = r.origin_key and ${IS_ROLLED_UP}
    where r.at >= to_timestamp($5::float8 / 1000) and r.at < to_timestamp($6::float8 / 1000)
      and ${chunksWithin("$5::float8", "$6::float8")} and r.region_key = any($7::int[])
      and ${condition}
    group by 1, 2, 3, 5
  ) as binned
  group by region_key, host_key, bucket`;

/** Readings that are not the stretch's own. */
const OF_OTHERS = `not (r.origin_key = any($8::int[])
  and not (r.origin_key = $9::int and r.record_offset < $10::bigint)
  and not (r.origin_key = $11::int and r.record_offset >= $12::bigint))`;

const FINEST = [
  ROLLUPS_OF_KEYS,
  foldedRows("folded", OF_OTHERS),
  foldedRows("thin region", `r.region_tier_s > ${FINEST_TIERS.regionS}`),
  foldedRows("thin host", `r.host_tier_s > ${FINEST_TIERS.hostS}`),
].join(" union all ");

const mergedFiner = (tier: Tier) =>
  `select 'folded', k.step_s, k.region_key, k.host_key,
    to_timestamp(k.bucket_ms / 1000), sum(f.readings)::bigint,
    string_agg(nullif(f.bins, ''), ','), ${SUMMARIES_MERGED}
  from ${KEYS}
  join (
    select r.region_key, r.host_key, r.bucket, r.readings, ${BINS_OF_ROLLUP} as bins,
      ${SUMMARY_COLUMNS}
    from ${KEYS} join rackwatch.rollups r on r.step_s = $5::int and r.region_key = k.region_key
      and r.host_key = k.host_key and r.bucket >= to_timestamp(k.bucket_ms / 1000)
      and r.bucket < to_timestamp(k.bucket_ms / 1000 + k.step_s)
    union all
    select region_key, host_key, bucket, sum(readings)::bigint, ${BINS_MERGED}, ${SUMMARIES_MERGED}
    from (${rowsOfTier(tier)}) as binned group by region_key, host_key, bucket
  ) as f on f.region_key = k.region_key and f.host_key = k.host_key
    and f.bucket >= to_timestamp(k.bucket_ms / 1000)
    and f.bucket < to_timestamp(k.bucket_ms / 1000 + k.step_s)
  group by k.step_s, k.region_key, k.host_key, k.bucket_ms`;

/** Of the keys' whole time: the rows of which the tier is the finest, by bucket and bin. */
function rowsOfTier(tier: Tier): string {
  const isHost = tier.series === "host";
  return `select r.region_key, ${isHost ? "r.host_key" : "0"} as host_key,
      ${isHost ? "null::int" : BIN_OF_ROW} as bin, count(*) as readings,
      date_bin('${tier.stepS} seconds', r.at, ${EPOCH}) as bucket, ${SUMMARIES_OF_ROWS}
    from ${isHost ? rowsOfHosts("$8::int[]") : "rackwatch.readings"} r
    join rackwatch.origins o on o.origin_key = r.origin_key and ${IS_ROLLED_UP}
    where r.${finestColumn(tier)} > ${FINEST_TIERS[`${tier.series}S`]}
      and r.${finestColumn(tier)} = ${tier.stepS} and cardinality($8::int[]) > 0
      and r.at >= to_timestamp($6::float8 / 1000) and r.at < to_timestamp($7::float8 / 1000)
      and ${chunksWithin("$6::float8", "$7::float8")} and r.region_key = any($2::int[])
    group by 1, 2, 3, 5`;
}

function columnsOf(keys: readonly BucketKey[]) {
  return [
    keys.map((one) => one.stepS),
    keys.map((one) => one.regionKey),
    keys.map((one) => one.hostKey),
    keys.map((one) => one.bucketMs),
  ];
}

function comparedOf(rows: readonly Row[]): Compared {
  return { rollups: bucketsOf(rows, "rollup"), folded: bucketsOf(rows, "folded") };
}

function bucketsOf(rows: readonly Row[], side: string): StoredBucket[] {
  return rows.filter((row) => row["side"] === side).map(storedBucket);
}

function storedBucket(row: Row): StoredBucket {
  const metrics: Record<Metric, MetricSummary | null> = {
    temp_c: null,
    cpu_load: null,
    voltage: null,
    power_watts: null,
  };
  for (const metric of METRICS) {
    const count = row[`${metric}_count`] as number;
    if (count === 0) continue;
    metrics[metric] = {
      count,
      sumMicro: row[`${metric}_sum_micro`] as number,
      min: row[`${metric}_min`] as number,
      max: row[`${metric}_max`] as number,
    };
  }
  return {
    stepS: row["step_s"] as number,
    regionKey: row["region_key"] as number,
    hostKey: row["host_key"] as number,
    bucketMs: row["bucket"] as number,
    readings: row["readings"] as number,
    temperatureHistogram: histogramOf(row["bins"] as string | null),
    metrics,
  };
}

/** `bin,count,bin,count,…`, in which a bin may stand more than once. */
function histogramOf(bins: string | null): Map<number, number> {
  const histogram = new Map<number, number>();
  if (bins === null || bins === "") return histogram;
  const numbers = bins.split(",").map(Number);
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    const bin = numbers[i]!;
    histogram.set(bin, (histogram.get(bin) ?? 0) + numbers[i + 1]!);
  }
  return histogram;
}
