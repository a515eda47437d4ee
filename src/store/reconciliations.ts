/**
 * How far each live run is reconciled: its rollups held against its archive. A result counts only
 * for the store and the mapping that it was found with: after a rebuild, or under another mapping,
 * a run stands at its beginning again.
 */
import type { Checkpoint } from "../model/origin.ts";
import type { Database } from "./database.ts";

/** What was found of a run from its beginning up to a place. */
export interface Reconciled {
  readonly part: number;
  readonly offset: number;
  readonly lines: number;
  /** Arrival of the newest line compared, epoch ms; null where there is none. */
  readonly upToMs: number | null;
  readonly buckets: number;
  readonly differing: number;
  readonly firstDifference: string | null;
}

export interface RunStanding {
  readonly runId: string;
  /** How far the run is in the store. */
  readonly applied: Checkpoint;
  /** Says which building of the store this is; opaque. */
  readonly storeMark: string;
  /** Null: nothing of it was compared, or not with this store and mapping. */
  readonly reconciled: Reconciled | null;
}

/** Of these runs; one that the store has nothing of is not in the answer. */
export async function runStandings(
  database: Database,
  runIds: readonly string[],
  mapping: string,
): Promise<Map<string, RunStanding>> {
  const rows = await database.query<StandingRow>(
    `select c.run_id, case when ${IS_BEHIND} then 0 else c.part end as applied_part,
      case when ${IS_BEHIND} then 0 else c.byte_offset end as applied_offset,
      b.began_at::text as store_mark, r.part, r.byte_offset, r.lines, r.up_to, r.buckets,
      r.differing, r.first_difference
    from unnest($1::text[]) as n(run_id)
    join rackwatch.checkpoints c on c.run_id = n.run_id
    join ${BEGAN} as b on b.run_id = c.run_id
    left join rackwatch.reconciliations r on r.run_id = c.run_id and r.mapping = $2::text
      and r.began_at = b.began_at and (r.part, r.byte_offset) <= (c.part, c.byte_offset)`,
    [runIds, mapping],
  );
  return new Map(rows.map((row) => [row.run_id, standingOf(row)]));
}

/**
 * Keeps what was found. False when the store was built anew since the standing was read: then it
 * says nothing, and is forgotten.
 */
export async function saveReconciled(
  database: Database,
  standing: RunStanding,
  mapping: string,
  found: Reconciled,
): Promise<boolean> {
  const rows = await database.query(
    `insert into rackwatch.reconciliations as r (run_id, mapping, began_at, part, byte_offset,
      lines, up_to, buckets, differing, first_difference)
    select c.run_id, $2::text, b.began_at, $4::int, $5::bigint, $6::bigint,
      to_timestamp($7::float8 / 1000), $8::bigint, $9::bigint, $10::text
    from rackwatch.checkpoints c join ${BEGAN} as b on b.run_id = c.run_id
    where c.run_id = $1::text and b.began_at = $3::text::timestamptz
      and (c.part, c.byte_offset) >= ($4::int, $5::bigint)
    on conflict (run_id) do update set mapping = excluded.mapping, began_at = excluded.began_at,
      part = excluded.part, byte_offset = excluded.byte_offset, lines = excluded.lines,
      up_to = excluded.up_to, buckets = excluded.buckets, differing = excluded.differing,
      first_difference = excluded.first_difference, reconciled_at = now()
    returning run_id`,
    [
      standing.runId,
      mapping,
      standing.storeMark,
      found.part,
      found.offset,
      found.lines,
      found.upToMs,
      found.buckets,
      found.differing,
      found.firstDifference,
    ],
  );
  return rows.length > 0;
}

/** Lines applied of all runs together: its growth is the pace at which the store takes them. */
export async function appliedLines(database: Database): Promise<number> {
  const [row] = await database.query<{ lines: number }>(
    "select coalesce(sum(lines), 0)::bigint as lines from rackwatch.checkpoints",
  );
  return row?.lines ?? 0;
}

/** Some of its readings are in no rollup yet: there is nothing to compare. */
const IS_BEHIND = `exists(select from rackwatch.origins o
  where o.run_id = c.run_id and o.rolled_up_to is not null)`;

const BEGAN = `(select run_id, min(began_at) as began_at from rackwatch.origins
  where layer = 'speed' and state = 'live' group by run_id)`;

type StandingRow = {
  run_id: string;
  applied_part: number;
  applied_offset: number;
  store_mark: string;
  part: number | null;
  byte_offset: number;
  lines: number;
  up_to: number | null;
  buckets: number;
  differing: number;
  first_difference: string | null;
};

function standingOf(row: StandingRow): RunStanding {
  return {
    runId: row.run_id,
    applied: { runId: row.run_id, part: row.applied_part, offset: row.applied_offset },
    storeMark: row.store_mark,
    reconciled: row.part === null ? null : {
      part: row.part,
      offset: row.byte_offset,
      lines: row.lines,
      upToMs: row.up_to,
      buckets: row.buckets,
      differing: row.differing,
      firstDifference: row.first_difference,
    },
  };
}
