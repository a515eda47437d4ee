/** Rows of one origin (a part of the live archive, a history file), as `verify` compares them. */
import type { Reading } from "../../model/reading.ts";
import type { Database } from "../database.ts";
import { chunksAtOffsets } from "./chunk_bounds.ts";

export interface OriginTotals {
  readonly rows: number;
  readonly deadLetters: number;
  /** Of these, readings that the store itself refused. */
  readonly storeRejected: number;
}

/** What the hot store holds of an origin, up to an offset or in all; zeros if it does not know it. */
export async function originTotals(
  database: Database,
  path: string,
  until: number | null = null,
): Promise<OriginTotals> {
  const [row] = await database.query<Record<"rows" | "dead_letters" | "store_rejected", number>>(
    `select
      (select coalesce(sum(c.readings), 0) from rackwatch.chunks c
        where c.origin_key = any(keys.all_keys)
          and ($2::bigint is null or c.last_offset < $2::bigint))
        + (select count(*) from rackwatch.readings r
        where r.origin_key = any(keys.all_keys) and $2::bigint is not null
          and r.chunk_last_offset >= $2::bigint and r.chunk_first_offset < $2::bigint
          and r.record_offset < $2::bigint) as rows,
      (select count(*) from rackwatch.dead_letters d where d.origin_key = any(keys.all_keys)
        and ($2::bigint is null or d.record_offset < $2::bigint)) as dead_letters,
      (select count(*) from rackwatch.dead_letters d where d.origin_key = any(keys.all_keys)
        and d.code = 'store_rejected') as store_rejected
    from (
      select coalesce(array_agg(origin_key), '{}') as all_keys from rackwatch.origins
      where path = $1::text and state in ('live', 'loading', 'loaded')
    ) as keys`,
    [path, until],
  );
  return {
    rows: Number(row?.rows ?? 0),
    deadLetters: Number(row?.dead_letters ?? 0),
    storeRejected: Number(row?.store_rejected ?? 0),
  };
}

/** A history file that the store holds, and the batch run that archived its readings. */
export interface LoadedFile {
  readonly runId: string;
  readonly path: string;
  readonly digest: string;
}

export async function loadedFiles(database: Database): Promise<LoadedFile[]> {
  const rows = await database.query<{ run_id: string; path: string; digest: string }>(
    `select run_id, path, digest from rackwatch.origins
    where layer = 'batch' and state = 'loaded' order by run_id, path`,
  );
  return rows.map(({ run_id, path, digest }) => ({ runId: run_id, path, digest }));
}

export interface OriginStretch {
  readonly path: string;
  /** Offsets [from, to) in the origin. */
  readonly from: number;
  readonly to: number;
}

/** Readings of a stretch, by offset. */
export async function readingsOfStretch(
  database: Database,
  stretch: OriginStretch,
): Promise<Reading[]> {
  const rows = await database.query(
    `select h.host_id, g.region, r.at, r.temp_c, r.cpu_load, r.voltage, r.power_watts, r.flags,
      r.record_offset
    from rackwatch.readings r
      join rackwatch.hosts h using (host_key)
      join rackwatch.regions g on g.region_key = r.region_key
    where r.origin_key in (
        select origin_key from rackwatch.origins
        where path = $1::text and state in ('live', 'loading', 'loaded'))
      and r.record_offset >= $2::bigint and r.record_offset < $3::bigint
      and ${chunksAtOffsets("$2::bigint", "$3::bigint")}
    order by r.record_offset`,
    [stretch.path, stretch.from, stretch.to],
  );
  return rows.map((row) => ({
    host_id: row["host_id"] as string,
    region: row["region"] as string,
    atMs: row["at"] as number,
    temp_c: row["temp_c"] as number | null,
    cpu_load: row["cpu_load"] as number | null,
    voltage: row["voltage"] as number | null,
    power_watts: row["power_watts"] as number | null,
    flags: row["flags"] as number,
    offset: row["record_offset"] as number,
  }));
}

/** Offsets of the stretch's readings that the store itself refused. */
export async function storeRejectedOffsets(
  database: Database,
  stretch: Pick<OriginStretch, "path" | "from" | "to">,
): Promise<number[]> {
  const rows = await database.query<{ record_offset: number }>(
    `select d.record_offset from rackwatch.dead_letters d
    where d.code = 'store_rejected' and d.origin_key in (
        select origin_key from rackwatch.origins
        where path = $1::text and state in ('live', 'loading', 'loaded'))
      and d.record_offset >= $2::bigint and d.record_offset < $3::bigint`,
    [stretch.path, stretch.from, stretch.to],
  );
  return rows.map((row) => row.record_offset);
}

/** A dead letter by its place in its origin. */
export interface StoredLetter {
  readonly offset: number;
  readonly code: string;
}

/** Dead letters of a stretch, by offset, `max` at most; `ofStore`: also what the store refused. */
export async function deadLettersOfStretch(
  database: Database,
  stretch: Pick<OriginStretch, "path" | "from" | "to">,
  { ofStore, max }: { readonly ofStore: boolean; readonly max: number },
): Promise<StoredLetter[]> {
  const rows = await database.query<{ record_offset: number; code: string }>(
    `select d.record_offset, d.code from rackwatch.dead_letters d
    where d.origin_key in (
        select origin_key from rackwatch.origins
        where path = $1::text and state in ('live', 'loading', 'loaded'))
      and d.record_offset >= $2::bigint and d.record_offset < $3::bigint
      and ($4::boolean or d.code <> 'store_rejected')
    order by d.record_offset, d.dead_letter_key limit $5::int`,
    [stretch.path, stretch.from, stretch.to, ofStore, max],
  );
  return rows.map(({ record_offset, code }) => ({ offset: record_offset, code }));
}

/** Parts of live runs that the store has heard of. */
export async function liveOrigins(
  database: Database,
): Promise<readonly { readonly runId: string; readonly path: string }[]> {
  const rows = await database.query<{ run_id: string; path: string }>(
    `select run_id, path from rackwatch.origins where layer = 'speed' order by run_id, path`,
  );
  return rows.map(({ run_id, path }) => ({ runId: run_id, path }));
}
