/**
 * All that was recorded, as a time line shows it: how many readings and how many opened alerts there
 * are a step. Readings from regions' rollups, with the rows of what is too thin for them, so a month
 * of them costs what a minute does; alerts are counted one by one.
 */
import type { Severity } from "../../model/alert.ts";
import { REGION_TIERS_S } from "../../model/rollup.ts";
import type { Database } from "../database.ts";
import { EPOCH } from "../row_summaries.ts";
import { type Range, stepFor, wholeBuckets } from "./series_step.ts";
import { thinRowsOfRegions } from "./thin_rows.ts";

export interface TimelineQuery {
  /** Null: from the oldest reading, to the newest. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** At most so many steps, and one for the range's ends not lying on a step's. */
  readonly points: number;
}

/** Lists of equal length; `t` is each step's start, epoch ms. */
export interface TimelineJson {
  /** Times of the oldest reading and of the newest that was not in the future when it came, epoch ms. */
  readonly first: number | null;
  readonly head: number | null;
  readonly step_ms: number;
  readonly t: readonly number[];
  readonly count: readonly number[];
  /** Alerts that opened in the step, by the worst severity that each ever had. */
  readonly alerts: Readonly<Record<Severity, readonly number[]>>;
}

const FINEST_S = REGION_TIERS_S[0];

export async function queryTimeline(
  database: Database,
  { fromMs, toMs, points }: TimelineQuery,
): Promise<TimelineJson> {
  const { first, head } = await recorded(database);
  const begin = fromMs ?? first ?? toMs ?? 0;
  const span = { fromMs: begin, toMs: toMs ?? (head === null ? begin : head + 1) };
  const stepS = Math.max(FINEST_S, stepFor(Math.max(0, span.toMs - span.fromMs), points));
  const range = wholeBuckets(span, stepS);
  const length = Math.max(0, Math.round((range.toMs - range.fromMs) / (stepS * 1000)));
  const stepMs = stepS * 1000;
  const t = Array.from({ length }, (_, index) => range.fromMs + index * stepMs);
  if (length === 0) return { first, head, step_ms: stepMs, t, count: [], alerts: NO_ALERTS };
  const [volumes, opened] = await Promise.all([
    readVolumes(database, stepS, range),
    readOpened(database, stepS, range),
  ]);
  const column = (rows: readonly Counted[]) => {
    const counts = new Array<number>(length).fill(0);
    for (const { at_ms, count } of rows) counts[(at_ms - range.fromMs) / stepMs] = count;
    return counts;
  };
  const ofSeverity = (severity: Severity) =>
    column(opened.filter((row) => row.severity === severity));
  return {
    first,
    head,
    step_ms: stepMs,
    t,
    count: column(volumes),
    alerts: { warning: ofSeverity("warning"), critical: ofSeverity("critical") },
  };
}

const NO_ALERTS = { warning: [], critical: [] };

type Counted = { readonly at_ms: number; readonly count: number };

async function recorded(database: Database): Promise<Pick<TimelineJson, "first" | "head">> {
  const [row] = await database.query<{ first: number | null; head: number | null }>(
    `select (select min(first_ms) from rackwatch.chunks) as first,
      (select max(newest_at) from rackwatch.regions) as head`,
  );
  return row ?? { first: null, head: null };
}

/** Region by region: as one join, the planner reads every rollup there is. */
function readVolumes(database: Database, stepS: number, range: Range): Promise<Counted[]> {
  const tierS = REGION_TIERS_S.findLast((tier) => stepS % tier === 0) ?? FINEST_S;
  const thin = thinRowsOfRegions(
    {
      stepS: String(tierS),
      from: "$1::float8",
      to: "$2::float8",
      regionKeys: "(select array_agg(region_key) from rackwatch.regions)::int[]",
    },
    ["temp_c"],
    false,
  );
  return database.query<Counted>(
    `select ${stepOf("r.bucket", stepS)} as at_ms, sum(r.readings)::bigint as count
    from (
      select of_region.bucket, of_region.readings from rackwatch.regions g
      cross join lateral (
        select r.bucket, r.readings from rackwatch.rollups r
        where r.step_s = ${tierS} and r.region_key = g.region_key and r.host_key = 0
          and r.bucket >= to_timestamp($1::float8 / 1000)
          and r.bucket < to_timestamp($2::float8 / 1000)
        offset 0
      ) as of_region
      union all
      select thin.bucket, thin.readings from (${thin}) as thin(${THIN_COLUMNS})
    ) as r
    group by 1`,
    [range.fromMs, range.toMs],
  );
}

/** SQL: the step that a time lies in. Whole microseconds: a third of what numerics would take. */
function stepOf(time: string, stepS: number): string {
  return `date_bin('${stepS} seconds', ${time}, ${EPOCH})`;
}

/** What `thinRowsOfRegions` gives of one metric, by name. */
const THIN_COLUMNS = "region_key, bucket, readings, of_count, of_sum, of_min, of_max";

function readOpened(
  database: Database,
  stepS: number,
  range: Range,
): Promise<(Counted & { readonly severity: Severity })[]> {
  return database.query<Counted & { readonly severity: Severity }>(
    `select ${stepOf("opened_at", stepS)} as at_ms, peak_severity as severity,
      count(*)::bigint as count
    from rackwatch.alerts
    where opened_at >= to_timestamp($1::float8 / 1000)
      and opened_at < to_timestamp($2::float8 / 1000)
    group by 1, 2`,
    [range.fromMs, range.toMs],
  );
}
