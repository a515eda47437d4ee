/**
 * Takes a history file's rows out of the store, puts a staged version in their place, and derives
 * the touched rollups anew from the rows, in SQL (`row_summaries.ts`). The result is the same, bit
 * for bit, as folding the remaining rows in TypeScript.
 *
 * Derived is whole hours of whole regions: every tier but the day divides an hour, and a day is what
 * its hours hold, with what is too thin for hours. Writers of rollups wait meanwhile (readers do
 * not), else a batch that commits in between would be lost or counted twice.
 * Locks are taken in the writers' order: regions, rollups.
 */
import { FLAG_FUTURE, METRICS } from "../model/reading.ts";
import { COARSEST_TIER_S, FINEST_TIERS } from "../model/rollup.ts";
import type { Statement } from "./database.ts";
import { LATEST_COLUMNS, MERGE_LATEST_VALUES, SUMMARY_COLUMNS } from "./metric_columns.ts";
import {
  ALL_TIERS,
  BINS_OF_ROLLUP,
  EPOCH,
  finestColumn,
  foldedRows,
  IS_ROLLED_UP,
  LATEST_OF_ROWS,
  ROLLUP_COLUMNS,
  SUMMARIES_MERGED,
  type Tier,
} from "./row_summaries.ts";
import { ALERT_COLUMNS, REPLACE_ALERT } from "./statements.ts";

/** Rows of the origins `old` out, what is staged under `newKey` in, in the caller's transaction. */
export function replaceRows(old: readonly number[], newKey: number): Statement[] {
  const staged = [newKey];
  const gone = [old];
  return [
    { text: "lock table rackwatch.regions in exclusive mode" },
    { text: "lock table rackwatch.rollups in exclusive mode" },
    { text: "delete from rackwatch.touched_hours" },
    { text: touch(`rackwatch.chunks where ${OF_OLD_ROWS}`), values: gone },
    { text: touch("rackwatch.chunks_staged where origin_key = $1::int"), values: staged },
    { text: FORGET_LATEST, values: gone },
    { text: `delete from rackwatch.chunks where ${OF_OLD_ROWS}`, values: gone },
    {
      text: `insert into rackwatch.chunks
        select * from rackwatch.chunks_staged where origin_key = $1::int`,
      values: staged,
    },
    ...replaceDeadLetters(old, newKey),
    ...replaceAlerts(old, newKey),
    { text: FORGET_TOUCHED },
    ...ALL_TIERS.filter(isWithinHour).map((tier) => ({ text: derive(tier) })),
    { text: FORGET_TOUCHED_DAYS },
    ...DAYS.map((tier) => ({ text: deriveDays(tier) })),
    { text: NEWEST },
    { text: latestOf(IS_MISSING) },
    { text: latestOf("r.origin_key = $1::int"), values: staged },
    { text: "delete from rackwatch.touched_hours" },
    ...forgetStaged(newKey),
  ];
}

/** Removes what is staged under an origin. */
export function forgetStaged(originKey: number): Statement[] {
  return ["chunks_staged", "dead_letters_staged", "alerts_staged"].map((table) => ({
    text: `delete from rackwatch.${table} where origin_key = $1::int`,
    values: [originKey],
  }));
}

const OF_OLD_ROWS = "origin_key = any($1::int[])";

function touch(chunks: string): string {
  return `insert into rackwatch.touched_hours
    select distinct c.region_key,
      date_bin('1 hour', to_timestamp((c.first_ms + at_ms)::float8 / 1000), ${EPOCH})
    from (select region_key, first_ms, unnest(at_ms) as at_ms from ${chunks}) as c
    on conflict do nothing`;
}

function replaceDeadLetters(old: readonly number[], newKey: number): Statement[] {
  const columns = "origin_key, record_offset, code, detail, raw";
  return [
    {
      text: "delete from rackwatch.dead_letters where origin_key = any($1::int[])",
      values: [old],
    },
    {
      text: `insert into rackwatch.dead_letters (${columns})
        select ${columns} from rackwatch.dead_letters_staged where origin_key = $1::int`,
      values: [newKey],
    },
  ];
}

/** The same alert under the new version keeps its acknowledgement. */
function replaceAlerts(old: readonly number[], newKey: number): Statement[] {
  return [
    {
      text: `insert into rackwatch.alerts as a (${ALERT_COLUMNS}, origin_key)
        select ${ALERT_COLUMNS}, origin_key from rackwatch.alerts_staged
        where origin_key = $1::int order by alert_id
        on conflict (alert_id) do update set ${REPLACE_ALERT}, origin_key =
          case when a.origin_key = any($2::int[]) then excluded.origin_key else a.origin_key end`,
      values: [newKey, old],
    },
    {
      text: `delete from rackwatch.alerts where origin_key = any($1::int[])
        and origin_key <> $2::int`,
      values: [old, newKey],
    },
  ];
}

const DAY_S = COARSEST_TIER_S;
const HOUR_S = 3600;
const DAYS = ALL_TIERS.filter((tier) => !isWithinHour(tier));

function isWithinHour({ stepS }: Tier): boolean {
  return stepS < DAY_S;
}

const FORGET_TOUCHED = `delete from rackwatch.rollups r using rackwatch.touched_hours t
  where r.step_s < ${DAY_S} and r.region_key = t.region_key
    and r.bucket >= t.hour and r.bucket < t.hour + interval '1 hour'`;

const TOUCHED_DAYS = `(
  select distinct region_key, date_bin('${DAY_S} seconds', hour, ${EPOCH}) as day
  from rackwatch.touched_hours) as t`;

const FORGET_TOUCHED_DAYS = `delete from rackwatch.rollups r using ${TOUCHED_DAYS}
  where r.step_s = ${DAY_S} and r.region_key = t.region_key and r.bucket = t.day`;

/** Days of which some hour was touched: all of their hours, and the rows that are in none. */
function deriveDays(tier: Tier): string {
  const isHost = tier.series === "host";
  return `insert into rackwatch.rollups (${ROLLUP_COLUMNS})
    select ${DAY_S}, region_key, host_key, bucket, sum(readings)::bigint,
      rackwatch.compact_bins(coalesce(
        string_to_array(string_agg(nullif(bins, ''), ','), ',')::bigint[], '{}')),
      ${SUMMARIES_MERGED}
    from (
      select r.region_key, r.host_key, t.day as bucket, r.readings, ${BINS_OF_ROLLUP} as bins,
        ${SUMMARY_COLUMNS}
      from ${TOUCHED_DAYS} join rackwatch.rollups r on r.step_s = ${HOUR_S}
        and r.region_key = t.region_key and r.host_key ${isHost ? "<>" : "="} 0
        and r.bucket >= t.day and r.bucket < t.day + interval '1 day'
      union all
      select region_key, host_key, bucket, readings, array_to_string(temp_bins, ','),
        ${SUMMARY_COLUMNS}
      from (${foldedRows(tier, thinRowsOfDays(tier))}) as thin(${ROLLUP_COLUMNS})
    ) as parts
    group by region_key, host_key, bucket`;
}

/** The first condition is what the index of thin chunks asks for. */
function thinRowsOfDays(tier: Tier): string {
  return `from rackwatch.readings r
  join rackwatch.origins o on o.origin_key = r.origin_key and ${IS_ROLLED_UP}
  join ${TOUCHED_DAYS} on t.region_key = r.region_key
    and t.day = date_bin('${DAY_S} seconds', r.at, ${EPOCH})
  where r.${finestColumn(tier)} > ${FINEST_TIERS[`${tier.series}S`]}
    and r.${finestColumn(tier)} > ${HOUR_S}
    and r.chunk_last_ms >= (${touchedMs("min(hour) - interval '1 day'")})
    and r.chunk_first_ms < (${touchedMs("max(hour) + interval '1 day'")})`;
}

/** What a live writer has not rolled up yet, it adds later. */
const TOUCHED_ROWS = `from rackwatch.readings r
  join rackwatch.origins o on o.origin_key = r.origin_key and ${IS_ROLLED_UP}
  join rackwatch.touched_hours t
    on t.region_key = r.region_key and t.hour = date_bin('1 hour', r.at, ${EPOCH})
  where r.chunk_last_ms >= (${touchedMs("min(hour)")})
    and r.chunk_first_ms < (${touchedMs("max(hour) + interval '1 hour'")})`;

/** One tier of all touched hours. */
function derive(tier: Tier): string {
  return `insert into rackwatch.rollups (${ROLLUP_COLUMNS}) ${foldedRows(tier, TOUCHED_ROWS)}`;
}

function touchedMs(time: string): string {
  return `select (extract(epoch from ${time}) * 1000)::bigint from rackwatch.touched_hours`;
}

/** The end of a chunk without flags is a reading's time: the newest is no older than any of those. */
const NEWEST = `update rackwatch.regions g set newest_at = (
    select max(r.at) from rackwatch.readings r
    where r.region_key = g.region_key and r.flags & ${FLAG_FUTURE} <> ${FLAG_FUTURE}
      and r.chunk_last_ms >= coalesce((
        select max(c.last_ms) from rackwatch.chunks c
        where c.region_key = g.region_key and c.flags is null), 0)
  )
  where g.region_key in (select region_key from rackwatch.touched_hours)`;

/** Hosts of which some latest value may be one of those that go. */
const FORGET_LATEST = `delete from rackwatch.latest l using (
    select r.host_key, max(r.at) as last_at from rackwatch.readings r
    where r.origin_key = any($1::int[]) group by 1
  ) as gone
  where l.host_key = gone.host_key
    and least(l.newest_ms, ${METRICS.map((metric) => `l.${metric}_ms`).join(", ")})
      <= extract(epoch from gone.last_at) * 1000`;

const IS_MISSING = `r.region_key in (select region_key from rackwatch.touched_hours)
  and not exists (select from rackwatch.latest l where l.host_key = r.host_key)`;

function latestOf(condition: string): string {
  return `insert into rackwatch.latest as r (${LATEST_COLUMNS})
    select r.host_key, ${LATEST_OF_ROWS} from rackwatch.readings r
    where ${condition} and r.flags & ${FLAG_FUTURE} <> ${FLAG_FUTURE}
    group by r.host_key order by r.host_key
    on conflict (host_key) do update set ${MERGE_LATEST_VALUES}`;
}
