/** What the hot store knows of where its readings came from: sources, and runs with their spans. */
import type { Layer } from "../../model/origin.ts";
import { isoUtc } from "../../model/iso_time.ts";
import { LIMITS } from "../../limits.ts";
import type { Database } from "../database.ts";
import { NO_SCHEMAS, querySourceSchemas, type SourceSchemas } from "./source_schemas.ts";

export interface SourceJson extends SourceSchemas {
  readonly layer: Layer;
  /** The declared name; `feed` for all that is pushed or dialled. */
  readonly name: string;
  /** History files, or parts of the live archive, and runs that they belong to. */
  readonly files: number;
  /** Damaged ones of which nothing was taken. */
  readonly files_refused: number;
  /** Being read now. */
  readonly files_loading: number;
  readonly runs: number;
  readonly rows: number;
  readonly rejects: number;
  /** Times of its readings, ISO UTC; null for the live layer, whose head the board shows. */
  readonly first_reading: string | null;
  readonly last_reading: string | null;
  /** When the newest file was taken in, or the live layer last committed. */
  readonly updated: string | null;
  /** Seconds since then; null where nothing was. */
  readonly silent_s: number | null;
  /** Of the live layer, whether that is long; never of history files, which come when they come. */
  readonly silent: boolean;
}

/** Those of history files by name, then the live ones. Costs by files, not by readings. */
export async function querySources(database: Database, nowMs: number): Promise<SourceJson[]> {
  type Found =
    & Pick<SourceJson, "layer" | "name" | "files" | "files_refused" | "files_loading" | "runs">
    & Pick<SourceJson, "rows" | "rejects">
    & Record<"first_at" | "last_at" | "updated_at", number | null>
    & Record<string, unknown>;
  const rows = await database.query<Found>(
    `select s.layer, s.name, s.files, s.files_refused, s.files_loading, s.runs,
      case when s.layer = 'speed' then coalesce(c.rows, 0) else s.rows end as rows,
      case when s.layer = 'speed' then coalesce(c.rejects, 0) else s.rejects end as rejects,
      s.first_at, s.last_at, coalesce(c.updated_at, s.updated_at) as updated_at
    from (
      select layer, source as name, count(*) as files,
        count(*) filter (where state = 'refused') as files_refused,
        count(*) filter (where state in ('loading', 'staging')) as files_loading,
        count(distinct run_id) as runs, array_agg(distinct run_id) as run_ids,
        sum(rows)::bigint as rows, sum(rejected)::bigint as rejects,
        min(min_at) as first_at, max(max_at) as last_at, max(finished_at) as updated_at
      from rackwatch.origins group by layer, source
    ) as s
    left join lateral (
      select sum(k.rows)::bigint as rows, sum(k.dead_letters)::bigint as rejects,
        max(k.updated_at) as updated_at
      from rackwatch.checkpoints k where s.layer = 'speed' and k.run_id = any(s.run_ids)
    ) as c on true
    order by s.layer, s.name collate "C"`,
  );
  const schemas = await querySourceSchemas(database);
  const iso = (atMs: number | null) => atMs === null ? null : isoUtc(atMs);
  return rows.map(({ first_at, last_at, updated_at, ...rest }) => ({
    ...rest,
    first_reading: iso(first_at),
    last_reading: iso(last_at),
    updated: iso(updated_at),
    ...silence(rest.layer, updated_at, nowMs),
    ...(rest.layer === "batch" && schemas.batch.get(rest.name) || NO_SCHEMAS),
  }));
}

function silence(
  layer: Layer,
  updatedMs: number | null,
  nowMs: number,
): Pick<SourceJson, "silent" | "silent_s"> {
  if (updatedMs === null) return { silent_s: null, silent: false };
  const silentMs = Math.max(0, nowMs - updatedMs);
  return {
    silent_s: Math.floor(silentMs / 1000),
    silent: layer === "speed" && silentMs > LIMITS.sourceSilentAfterMs,
  };
}

/** What became of a run's lines, and the times of its readings where they are cheaply known. */
export interface StoredRun {
  readonly rows: number;
  readonly rejects: number;
  /** Epoch ms; null for a live run. */
  readonly firstReadingMs: number | null;
  readonly lastReadingMs: number | null;
}

/**
 * By run. Live runs as far as they are applied; of batch runs those whose files are still the newest
 * version.
 */
export async function queryStoredRuns(database: Database): Promise<Map<string, StoredRun>> {
  const rows = await database.query<{
    run_id: string;
    rows: number;
    rejects: number;
    first_at: number | null;
    last_at: number | null;
  }>(
    `select run_id, rows, dead_letters as rejects,
      null::timestamptz as first_at, null::timestamptz as last_at
    from rackwatch.checkpoints
    union all
    select run_id, sum(rows)::bigint, sum(rejected)::bigint, min(min_at), max(max_at)
    from rackwatch.origins where layer = 'batch' and state in ('loading', 'loaded')
    group by run_id`,
  );
  return new Map(
    rows.map(({ run_id, rows, rejects, first_at, last_at }) => [
      run_id,
      { rows, rejects, firstReadingMs: first_at, lastReadingMs: last_at },
    ]),
  );
}
