/**
 * Rollups and latest values may be written less often than the readings they sum up. From the first
 * batch without them on, its origin says from which offset (`rolled_up_to`); the batch that brings
 * them takes the mark away, in its transaction. What a crash leaves marked is added from the rows,
 * in SQL, and comes to the same bits: so they are exact whenever a mark is gone.
 */
import { FLAG_FUTURE } from "../model/reading.ts";
import { HOST_TIERS_S, REGION_TIERS_S } from "../model/rollup.ts";
import type { Database, Statement } from "./database.ts";
import { LATEST_COLUMNS, MERGE_LATEST_VALUES } from "./metric_columns.ts";
import { foldedRows, LATEST_OF_ROWS, ROLLUP_COLUMNS } from "./row_summaries.ts";
import { MERGE_ON_CONFLICT } from "./statements.ts";

/** The origin's readings from an offset on are in no rollup, unless it is behind already. */
export function fallBehind(originKey: number, offset: number): Statement {
  return {
    text: `update rackwatch.origins set rolled_up_to = $2::bigint
      where origin_key = $1::int and rolled_up_to is null`,
    values: [originKey, offset],
  };
}

/** All readings of the origins are in. Refused as stale where one is not behind any more. */
export function rolledUp(originKeys: readonly number[]): Statement {
  return { text: "select rackwatch.roll_up($1::int[])", values: [originKeys] };
}

/** Origins of a run that are behind. */
export async function originsBehind(database: Database, runId: string): Promise<number[]> {
  const rows = await database.query<{ origin_key: number }>(
    `select origin_key from rackwatch.origins
    where run_id = $1::text and rolled_up_to is not null`,
    [runId],
  );
  return rows.map((row) => row.origin_key);
}

const BEHIND = `from rackwatch.readings r
  join rackwatch.origins o on o.origin_key = r.origin_key
    and r.chunk_first_offset >= o.rolled_up_to
  where r.origin_key = any($1::int[])`;

/** Adds what is marked, and takes the marks away. */
export function settle(originKeys: readonly number[]): Statement[] {
  const values = [originKeys];
  const tiers = [
    ...REGION_TIERS_S.map((stepS) => foldedRows(stepS, "0", BEHIND)),
    ...HOST_TIERS_S.map((stepS) => foldedRows(stepS, "r.host_key", BEHIND)),
  ];
  const isPast = `r.flags & ${FLAG_FUTURE} <> ${FLAG_FUTURE}`;
  return [
    {
      // What is on its way comes first, and the statements after this one see it.
      text: `select from rackwatch.origins where origin_key = any($1::int[])
        order by origin_key for update`,
      values,
    },
    {
      text: `update rackwatch.regions g set newest_at = greatest(g.newest_at, n.newest_at)
        from (select r.region_key, max(r.at) as newest_at ${BEHIND} and ${isPast} group by 1) as n
        where g.region_key = n.region_key`,
      values,
    },
    {
      text: `insert into rackwatch.latest as r (${LATEST_COLUMNS})
        select r.host_key, ${LATEST_OF_ROWS} ${BEHIND} and ${isPast}
        group by r.host_key order by r.host_key
        on conflict (host_key) do update set ${MERGE_LATEST_VALUES}`,
      values,
    },
    ...tiers.map((rows) => ({
      text: `insert into rackwatch.rollups as r (${ROLLUP_COLUMNS}) ${rows}
        order by region_key, host_key, bucket ${MERGE_ON_CONFLICT}`,
      values,
    })),
    {
      text: "update rackwatch.origins set rolled_up_to = null where origin_key = any($1::int[])",
      values,
    },
  ];
}
