/**
 * Takes a history file's rows out of the store, puts a staged version in their place, and derives
 * the touched rollups anew from the rows, in SQL (`row_summaries.ts`). The result is the same, bit
 * for bit, as folding the remaining rows in TypeScript.
 *
 * Derived is whole hours of whole regions: every tier divides an hour. Writers of rollups wait
 * meanwhile (readers do not), else a batch that commits in between would be lost or counted twice.
 * Locks are taken in the writers' order: regions, rollups.
 */
import { FLAG_FUTURE, METRICS } from "../model/reading.ts";
import { HOST_TIERS_S, REGION_TIERS_S } from "../model/rollup.ts";
import type { Statement } from "./database.ts";
import { LATEST_COLUMNS, MERGE_LATEST_VALUES } from "./metric_columns.ts";
import {
  EPOCH,
  foldedRows,
  IS_ROLLED_UP,
  LATEST_OF_ROWS,
  ROLLUP_COLUMNS,
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
    ...REGION_TIERS_S.map((stepS) => ({ text: derive(stepS, "0") })),
    ...HOST_TIERS_S.map((stepS) => ({ text: derive(stepS, "r.host_key") })),
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

const FORGET_TOUCHED = `delete from rackwatch.rollups r using rackwatch.touched_hours t
  where r.region_key = t.region_key and r.bucket >= t.hour and r.bucket < t.hour + interval '1 hour'`;

/** What a live writer has not rolled up yet, it adds later. */
const TOUCHED_ROWS = `from rackwatch.readings r
  join rackwatch.origins o on o.origin_key = r.origin_key and ${IS_ROLLED_UP}
  join rackwatch.touched_hours t
    on t.region_key = r.region_key and t.hour = date_bin('1 hour', r.at, ${EPOCH})
  where r.chunk_last_ms >= (${touchedMs("min(hour)")})
    and r.chunk_first_ms < (${touchedMs("max(hour) + interval '1 hour'")})`;

/** One tier of all touched hours. */
function derive(stepS: number, hostKey: string): string {
  return `insert into rackwatch.rollups (${ROLLUP_COLUMNS})
    ${foldedRows(stepS, hostKey, TOUCHED_ROWS)}`;
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
