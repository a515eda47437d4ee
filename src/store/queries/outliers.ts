/**
 * Hosts by how far a stretch of time lies off what is usual for them: a host's own 24 whole hours
 * before the hour in which the stretch begins; of a host that has none, its region's 24 hours before
 * the stretch. From rollups, with the rows of what is too thin for them.
 */
import type { Metric } from "../../model/reading.ts";
import { FINEST_TIERS, HOST_TIERS_S, REGION_TIERS_S } from "../../model/rollup.ts";
import type { Database } from "../database.ts";
import { chunksWithin } from "./chunk_bounds.ts";
import { rollupColumns, thinRowsOfRegions } from "./thin_rows.ts";
import { coverRange, type Stretch, stretchColumns } from "./tier_cover.ts";

export interface OutliersQuery {
  readonly metric: Metric;
  /** The stretch, epoch ms; widened to whole minutes. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
}

export interface OutlierJson {
  readonly host_id: string;
  readonly region: string;
  /** Mean and extremes in the stretch. */
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly usual_mean: number;
  readonly usual_min: number;
  readonly usual_max: number;
  /** See `scoreOf`. */
  readonly score: number;
}

interface Band {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

type BandRow = Band & { readonly region: string; readonly host_id: string | null };

const HOUR_MS = 3_600_000;
const USUAL_MS = 24 * HOUR_MS;

/** The highest score first. */
export async function queryOutliers(
  database: Database,
  { metric, fromMs, toMs, limit }: OutliersQuery,
): Promise<OutlierJson[]> {
  const hourMs = Math.floor(fromMs / HOUR_MS) * HOUR_MS;
  const ownHours = { fromMs: hourMs - USUAL_MS, toMs: hourMs };
  const hours = HOST_TIERS_S.slice(HOST_TIERS_S.indexOf(3600));
  const [now, own, regions] = await Promise.all([
    bandsOfHosts(database, metric, coverRange({ fromMs, toMs }, HOST_TIERS_S)),
    bandsOfHosts(database, metric, coverRange(ownHours, hours)),
    bandsOfRegions(
      database,
      metric,
      coverRange({ fromMs: fromMs - USUAL_MS, toMs: fromMs }, REGION_TIERS_S),
    ),
  ]);
  const usual = new Map([...own, ...regions].map((row) => [keyOf(row.region, row.host_id), row]));
  return now.flatMap((row): OutlierJson[] => {
    const { region, host_id, mean, min, max } = row;
    const band = usual.get(keyOf(region, host_id)) ?? usual.get(keyOf(region, null));
    if (host_id === null || band === undefined) return [];
    return [{
      host_id,
      region,
      value: mean,
      min,
      max,
      usual_mean: band.mean,
      usual_min: band.min,
      usual_max: band.max,
      score: scoreOf(row, band),
    }];
  }).sort((a, b) =>
    b.score - a.score || (keyOf(a.region, a.host_id) < keyOf(b.region, b.host_id) ? -1 : 1)
  )
    .slice(0, limit);
}

/**
 * In units of half the width of the usual range: how far the mean is off the usual mean, and added to
 * that, how far the extremes lie outside of the range. Of a host that is as ever near 0; of one whose
 * mean has moved to the range's edge about 1. A range narrower than 1 % of its mean counts as that.
 */
export function scoreOf(now: Band, usual: Band): number {
  const half = Math.max((usual.max - usual.min) / 2, Math.abs(usual.mean) / 100, 0.001);
  const outside = Math.max(0, now.max - usual.max) + Math.max(0, usual.min - now.min);
  return Math.round((Math.abs(now.mean - usual.mean) + outside) / half * 1000) / 1000;
}

function keyOf(region: string, hostId: string | null): string {
  return JSON.stringify([region, hostId]);
}

const band = (metric: Metric) =>
  `(sum(r.${metric}_sum_micro) / 1e6 / sum(r.${metric}_count))::float8 as mean,
  min(r.${metric}_min) as min, max(r.${metric}_max) as max`;

/** Host by host and stretch by stretch: by the primary key, whatever else is stored. */
async function bandsOfHosts(
  database: Database,
  metric: Metric,
  stretches: readonly Stretch[],
): Promise<BandRow[]> {
  return await database.query<BandRow & Record<string, unknown>>(
    `select g.region, h.host_id, found.mean, found.min, found.max
    from (
      select r.host_key, ${band(metric)}
      from (
        select r.* from unnest($1::int[], $2::float8[], $3::float8[]) as t(step_s, from_ms, to_ms)
        cross join rackwatch.hosts h
        cross join lateral (
          select r.host_key, r.${metric}_count, r.${metric}_sum_micro, r.${metric}_min,
            r.${metric}_max
          from rackwatch.rollups r
          where r.step_s = t.step_s and r.region_key = h.region_key and r.host_key = h.host_key
            and r.bucket >= to_timestamp(t.from_ms / 1000)
            and r.bucket < to_timestamp(t.to_ms / 1000)
          offset 0
        ) as r
        union all
        select r.* from unnest($4::int[], $5::float8[], $6::float8[]) as t(tier_s, from_ms, to_ms)
        cross join lateral (${thinRowsOfAllHosts(metric)}) as r
      ) as r
      where r.${metric}_count > 0
      group by r.host_key
    ) as found
    join rackwatch.hosts h on h.host_key = found.host_key
    join rackwatch.regions g on g.region_key = h.region_key`,
    [...stretchColumns(stretches), ...stretchColumns(thinStretches(stretches))],
  );
}

/**
 * For each tier that chunks may wait for the time in which that is too coarse. Stretches side by
 * side are one: a chunk that lies in several is opened once.
 */
function thinStretches(stretches: readonly Stretch[]): Stretch[] {
  const inTime = stretches.toSorted((a, b) => a.fromMs - b.fromMs);
  return HOST_TIERS_S.flatMap((tierS) => {
    const thin: Stretch[] = [];
    for (const { stepS, fromMs, toMs } of inTime) {
      if (stepS >= tierS) continue;
      const last = thin.at(-1);
      if (last?.toMs === fromMs) thin[thin.length - 1] = { ...last, toMs };
      else thin.push({ stepS: tierS, fromMs, toMs });
    }
    return thin;
  });
}

/**
 * Readings of stretch `t` in chunks of its tier, added up by chunk and host: so few rows are left
 * that they need not be sorted on the disk.
 */
function thinRowsOfAllHosts(metric: Metric): string {
  return `select v.* from rackwatch.chunks c
    cross join lateral (
      select v.host_key, count(*), sum(floor(v.value * 1e6 + 0.5)::bigint)::bigint,
        min(v.value) + 0, max(v.value) + 0
      from unnest(c.at_ms, c.host_key, c.${metric}) as v(at_ms, host_key, value)
      where c.first_ms + v.at_ms >= t.from_ms and c.first_ms + v.at_ms < t.to_ms
        and v.value is not null
      group by v.host_key
    ) as v
    where c.host_tier_s > ${FINEST_TIERS.hostS} and c.host_tier_s = t.tier_s
      and ${chunksWithin("t.from_ms", "t.to_ms").replaceAll("r.chunk_", "c.")}
    offset 0`;
}

async function bandsOfRegions(
  database: Database,
  metric: Metric,
  stretches: readonly Stretch[],
): Promise<BandRow[]> {
  const thin = {
    stepS: "t.step_s",
    from: "t.from_ms",
    to: "t.to_ms",
    regionKeys: "array[g.region_key]",
  };
  return await database.query<BandRow & Record<string, unknown>>(
    `select g.region, null as host_id, ${band(metric)}
    from unnest($1::int[], $2::float8[], $3::float8[]) as t(step_s, from_ms, to_ms)
    cross join rackwatch.regions g
    cross join lateral (
      select ${rollupColumns([metric], false)} from rackwatch.rollups r
      where r.step_s = t.step_s and r.region_key = g.region_key and r.host_key = 0
        and r.bucket >= to_timestamp(t.from_ms / 1000)
        and r.bucket < to_timestamp(t.to_ms / 1000)
      union all ${thinRowsOfRegions(thin, [metric], false)}
      offset 0
    ) as r
    where r.${metric}_count > 0
    group by g.region`,
    stretchColumns(stretches),
  );
}
