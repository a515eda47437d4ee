/**
 * Rollups and latest values may be written less often than the readings they sum up. From the first
 * batch without them on, its origin says from which offset (`rolled_up_to`); the batch that brings
 * them takes the mark away, in its transaction. What a crash leaves marked is added from the rows,
 * in SQL, and comes to the same bits: so they are exact whenever a mark is gone.
 */
import { FLAG_FUTURE } from "../model/reading.ts";
import type { Database, Statement } from "./database.ts";
import { LATEST_COLUMNS, MERGE_LATEST_VALUES } from "./metric_columns.ts";
import { ALL_TIERS, foldedRows, LATEST_OF_ROWS, ROLLUP_COLUMNS } from "./row_summaries.ts";
import { MERGE_ON_CONFLICT } from "./statements.ts";

/** The origin's readings from an offset on are in no rollup, unless it is behind already. */
export function fallBehind(originKey: number, offset: number): Statement {
  return {
    text: `update rackwatch.origins set rolled_up_to = $2::bigint
      where origin_key = $1::int and rolled_up_to is null`,
    values: [originKey, offset],
  };
}

/** An origin, and the mark from which on its readings are in no rollup. */
export interface Behind {
  readonly originKey: number;
  readonly mark: number;
}

const valuesOf = (behind: readonly Behind[]) => [
  behind.map((one) => one.originKey),
  behind.map((one) => one.mark),
];

/** All readings of the origins are in. Refused as stale where a mark is not the one given. */
export function rolledUp(behind: readonly Behind[]): Statement {
  return { text: "select rackwatch.roll_up($1::int[], $2::bigint[])", values: valuesOf(behind) };
}

export async function originsBehind(database: Database, runId: string): Promise<Behind[]> {
  const rows = await database.query<{ origin_key: number; rolled_up_to: number }>(
    `select origin_key, rolled_up_to from rackwatch.origins
    where run_id = $1::text and rolled_up_to is not null`,
    [runId],
  );
  return rows.map((row) => ({ originKey: row.origin_key, mark: row.rolled_up_to }));
}

const MARKED = `unnest($1::int[], $2::bigint[]) as b(origin_key, mark)
  join rackwatch.origins o on o.origin_key = b.origin_key and o.rolled_up_to = b.mark`;
const BEHIND = `from ${MARKED}
  join rackwatch.readings r on r.origin_key = o.origin_key and r.chunk_first_offset >= b.mark
  where true`;

/** Adds what is marked so, and takes the marks away. */
export function settle(behind: readonly Behind[]): Statement[] {
  const values = valuesOf(behind);
  const isPast = `r.flags & ${FLAG_FUTURE} <> ${FLAG_FUTURE}`;
  return [
    {
      // What is on its way comes first, and the statements after this one see it.
      text: `select from rackwatch.origins o
        where o.origin_key = any($1::int[]) and $2::bigint[] is not null
        order by o.origin_key for update`,
      values,
    },
    {
      text: `with n as (
          select r.region_key, max(r.at) as newest_at ${BEHIND} and ${isPast} group by 1
        ), locked as (
          select g.region_key from rackwatch.regions g join n using (region_key)
          order by g.region_key for update of g
        )
        update rackwatch.regions g set newest_at = greatest(g.newest_at, n.newest_at)
        from n join locked using (region_key) where g.region_key = n.region_key`,
      values,
    },
    {
      text: `insert into rackwatch.latest as r (${LATEST_COLUMNS})
        select r.host_key, ${LATEST_OF_ROWS} ${BEHIND} and ${isPast}
        group by r.host_key order by r.host_key
        on conflict (host_key) do update set ${MERGE_LATEST_VALUES}`,
      values,
    },
    ...ALL_TIERS.map((tier) => ({
      text: `insert into rackwatch.rollups as r (${ROLLUP_COLUMNS}) ${foldedRows(tier, BEHIND)}
        order by region_key, host_key, bucket ${MERGE_ON_CONFLICT}`,
      values,
    })),
    {
      text: `update rackwatch.origins set rolled_up_to = null
        where origin_key in (select o.origin_key from ${MARKED})`,
      values,
    },
  ];
}
