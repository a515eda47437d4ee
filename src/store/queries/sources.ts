/** What the hot store knows of where its readings came from: sources, and runs with their spans. */
import type { Layer } from "../../model/origin.ts";
import type { SourceKind } from "../../model/source_health.ts";
import { isoUtc } from "../../model/iso_time.ts";
import { LIMITS } from "../../limits.ts";
import type { Database } from "../database.ts";
import { NO_SCHEMAS, querySourceSchemas, type SourceSchemas } from "./source_schemas.ts";

export interface SourceJson extends SourceSchemas {
  readonly layer: Layer;
  /** `archive`: all live lines together. The store counts rows of it and of files, of no other. */
  readonly kind: SourceKind | "archive";
  /** The declared or built-in name; `live` for the archive, a target's URL, an agent's name. */
  readonly name: string;
  /** Named in the configuration, or by a token. */
  readonly declared: boolean;
  /** History files, or parts of the live archive, and runs that they belong to. */
  readonly files: number | null;
  /** Damaged ones of which nothing was taken. */
  readonly files_refused: number | null;
  /** Being read now. */
  readonly files_loading: number | null;
  readonly runs: number | null;
  readonly rows: number | null;
  readonly rejects: number | null;
  /** Times of its readings, ISO UTC; null for the live layer, whose head the board shows. */
  readonly first_reading: string | null;
  readonly last_reading: string | null;
  /** When the newest file was taken in, or the live layer last committed. */
  readonly updated: string | null;
  /** When the newest record came, or the newest file was loaded. */
  readonly last_record: string | null;
  /** Seconds since then; null where nothing was. */
  readonly silent_s: number | null;
  /** How many of them are too many; null where that is not said. */
  readonly silent_after_s: number | null;
  readonly silent: boolean;
}

/** Those of history files by name, the live archive, then live sources of which a schema is known. Costs by files, not by readings. */
export async function querySources(database: Database, nowMs: number): Promise<SourceJson[]> {
  type Found =
    & Pick<SourceJson, "layer" | "name">
    & Record<"files" | "files_refused" | "files_loading" | "runs" | "rows" | "rejects", number>
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
  const stored = rows.map(({ first_at, last_at, updated_at, ...rest }): SourceJson => ({
    ...rest,
    kind: rest.layer === "batch" ? "files" : "archive",
    declared: false,
    first_reading: iso(first_at),
    last_reading: iso(last_at),
    updated: iso(updated_at),
    last_record: iso(updated_at),
    ...silence(rest.layer, updated_at, nowMs),
    ...(rest.layer === "batch" && schemas.batch.get(rest.name) || NO_SCHEMAS),
  }));
  return [...stored, ...[...schemas.speed].map(([name, found]) => liveSource(name, found, nowMs))];
}

function liveSource(name: string, schemas: SourceSchemas, nowMs: number): SourceJson {
  const lastSeen = schemas.schema?.last_seen ?? null;
  const { silent_s } = silence("batch", lastSeen === null ? null : Date.parse(lastSeen), nowMs);
  return {
    layer: "speed",
    kind: "live",
    name,
    declared: false,
    files: null,
    files_refused: null,
    files_loading: null,
    runs: null,
    rows: null,
    rejects: null,
    first_reading: null,
    last_reading: null,
    updated: null,
    last_record: lastSeen,
    silent_s,
    silent_after_s: null,
    silent: false,
    ...schemas,
  };
}

function silence(
  layer: Layer,
  updatedMs: number | null,
  nowMs: number,
): Pick<SourceJson, "silent" | "silent_s" | "silent_after_s"> {
  const silent_after_s = layer === "speed" ? LIMITS.sourceSilentAfterMs / 1000 : null;
  if (updatedMs === null) return { silent_s: null, silent_after_s, silent: false };
  const silentMs = Math.max(0, nowMs - updatedMs);
  return {
    silent_s: Math.floor(silentMs / 1000),
    silent_after_s,
    silent: layer === "speed" && silentMs > LIMITS.sourceSilentAfterMs,
  };
}

/** When files of each source were loaded the last time, epoch ms. */
export async function queryFileLoads(
  database: Database,
): Promise<{ readonly source: string; readonly lastMs: number }[]> {
  const rows = await database.query<{ source: string; last_at: number | null }>(
    `select source, max(finished_at) as last_at from rackwatch.origins
    where layer = 'batch' and state = 'loaded' group by source order by source`,
  );
  return rows.flatMap(({ source, last_at }) =>
    last_at === null ? [] : [{ source, lastMs: last_at }]
  );
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
