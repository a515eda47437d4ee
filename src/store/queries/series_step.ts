/**
 * How wide a series' buckets are: the finest round step that gives no more points than asked for, but
 * none that would open too many chunks to be quick.
 */
import { HOST_TIERS_S, REGION_TIERS_S } from "../../model/rollup.ts";
import type { Database } from "../database.ts";
import { chunksWithin, mayHoldHosts } from "./chunk_bounds.ts";
import { ofSeries, type SeriesKeys } from "./series_keys.ts";
import { thinChunksOfHosts } from "./thin_rows.ts";

/**
 * A step finer than the tiers reads rows; with more of them than this, or a host's in more chunks,
 * it takes the finest tier. Either takes some 25 ms.
 */
const ROWS_READ_MAX = 50_000;
const CHUNKS_READ_MAX = 400;

const STEPS_S = [
  ...[1, 2, 5, 10, 20, 30],
  ...[60, 120, 300, 600, 1200, 1800],
  ...[3600, 7200, 10_800, 14_400, 21_600, 43_200],
  ...[86_400, 172_800, 604_800],
];

/** The finest round step, in seconds, at which the span takes no more than `points` of them. */
export function stepFor(spanMs: number, points: number): number {
  const rawS = spanMs / 1000 / points;
  const weekS = 604_800;
  return STEPS_S.find((stepS) => stepS >= rawS) ?? Math.ceil(rawS / weekS) * weekS;
}

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** From the begin of the step that holds the range's begin, to the end of the one that holds its end. */
export function wholeBuckets({ fromMs, toMs }: Range, stepS: number): Range {
  const stepMs = stepS * 1000;
  return {
    fromMs: Math.floor(fromMs / stepMs) * stepMs,
    toMs: Math.ceil(toMs / stepMs) * stepMs,
  };
}

/** Rollups `r` of keys $1 and $2, tier $3 and [$4, $5), epoch ms. */
export const IN_TIER = `r.step_s = $3::int and ${ofSeries("$1", "$2")}
  and r.bucket >= to_timestamp($4::float8 / 1000) and r.bucket < to_timestamp($5::float8 / 1000)`;

export interface StepQuery extends Range {
  /** Null: whole regions. */
  readonly hostId: string | null;
  readonly points: number;
}

export interface Step {
  readonly stepS: number;
  /** Finer than any tier, with few enough rows: these are read. */
  readonly fromRows: boolean;
}

export async function chooseStep(
  database: Database,
  keys: SeriesKeys,
  query: StepQuery,
): Promise<Step> {
  const finest = query.hostId === null ? REGION_TIERS_S[0] : HOST_TIERS_S[0];
  const wanted = stepFor(query.toMs - query.fromMs, query.points);
  if (wanted < finest && await areFew(database, keys, finest, query)) {
    return { stepS: wanted, fromRows: true };
  }
  return { stepS: await affordableStep(database, keys, wanted, query), fromRows: false };
}

async function areFew(
  database: Database,
  keys: SeriesKeys,
  tierS: number,
  query: StepQuery,
): Promise<boolean> {
  const { fromMs, toMs } = wholeBuckets(query, tierS);
  const chunks = `select count(*) from (
    select from rackwatch.chunks c
    where ${chunksWithin("$4::float8", "$5::float8").replaceAll("r.chunk_", "c.")}
      and ${mayHoldHosts("$2::int[]")}
    limit ${CHUNKS_READ_MAX + 1}
  ) as c`;
  const [row] = await database.query<{ rows: number; chunks: number }>(
    `select (${query.hostId === null ? "0" : chunks}) as chunks,
      coalesce(sum(r.readings), 0)::bigint as rows
    from rackwatch.rollups r where ${IN_TIER}`,
    [keys.region_keys, keys.host_keys, tierS, fromMs, toMs],
  );
  return row !== undefined && row.rows <= ROWS_READ_MAX && row.chunks <= CHUNKS_READ_MAX;
}

/**
 * Where a fleet is large, a host's readings that are too thin for a tier lie each in a chunk of its
 * own: with more of those than can be opened, the step is the next coarser tier's.
 */
async function affordableStep(
  database: Database,
  keys: SeriesKeys,
  wantedS: number,
  query: StepQuery,
): Promise<number> {
  if (query.hostId === null) return Math.max(wantedS, REGION_TIERS_S[0]);
  for (let stepS = Math.max(wantedS, HOST_TIERS_S[0]);;) {
    const tierS = HOST_TIERS_S.findLast((tier) => stepS % tier === 0) ?? HOST_TIERS_S[0];
    const coarserS = HOST_TIERS_S.find((tier) => tier > tierS);
    if (coarserS === undefined || !await areManyThin(database, keys, tierS, query)) return stepS;
    stepS = STEPS_S.find((step) => step >= stepS && step % coarserS === 0) ?? coarserS;
  }
}

async function areManyThin(
  database: Database,
  { host_keys }: SeriesKeys,
  tierS: number,
  query: StepQuery,
): Promise<boolean> {
  const { fromMs, toMs } = wholeBuckets(query, tierS);
  const thin = { stepS: "$2::int", from: "$3::float8", to: "$4::float8" };
  const [row] = await database.query<{ chunks: number }>(
    `select count(*) as chunks from (
      ${thinChunksOfHosts(thin, "$1::int[]")} limit ${CHUNKS_READ_MAX + 1}
    ) as c`,
    [host_keys, tierS, fromMs, toMs],
  );
  return row !== undefined && row.chunks > CHUNKS_READ_MAX;
}
