/**
 * Chunks as they are stored, by column, for whoever makes rows of them here. In the time in which
 * the server makes, sorts and sends a row it prints some hundred numbers of a column.
 */
import type { Metric } from "../../model/reading.ts";
import type { Database, SqlValue } from "../database.ts";
import { forMetrics } from "../metric_columns.ts";
import { chunksWithin } from "./chunk_bounds.ts";
import type { Wanted, Window } from "./reading_window.ts";

/** Columns are arrays as PostgreSQL prints them, an element a reading: `numbersOf` reads one. */
export type OpenChunk = { readonly [column in Metric]: string } & {
  readonly first_ms: number;
  readonly first_offset: number;
  readonly readings: number;
  readonly path: string;
  /** From `first_ms`. */
  readonly at_ms: string;
  /** From `first_offset`. */
  readonly record_offset: string;
  readonly host_key: string;
  /** Null where all are 0. */
  readonly flags: string | null;
  /** Which table of hosts the keys belong to: a store that is built anew has another one. */
  readonly hosts_table: number;
};

/** The chunks that touch a window, in no order; none where they hold more than `readingsMax`. */
export function openChunks(
  database: Database,
  { regionKeys }: Wanted,
  window: Window,
  readingsMax: number,
): Promise<OpenChunk[]> {
  const values: SqlValue[] = [];
  const bind = (value: SqlValue) => `$${values.push(value)}`;
  const [fromMs, toMs] = [window.fromMs, window.toMs].map((at) =>
    at === null ? null : `${bind(at)}::float8`
  );
  const conditions = [chunksWithin(fromMs ?? null, toMs ?? null)];
  if (regionKeys !== null) conditions.push(`r.region_key = any(${bind(regionKeys)}::int[])`);
  return database.query<OpenChunk>(
    `select c.first_ms, c.first_offset, c.readings, o.path,
      (select tableoid::bigint from rackwatch.hosts limit 1) as hosts_table,
      c.at_ms::text, c.record_offset::text, c.host_key::text, c.flags::text,
      ${forMetrics((metric) => `c.${metric}::text`)}
    from (
      select *, sum(readings) over () as total
      from (
        select *, first_ms as chunk_first_ms, last_ms as chunk_last_ms from rackwatch.chunks
      ) as r
      where ${conditions.join(" and ")}
    ) as c
    join rackwatch.origins o on o.origin_key = c.origin_key
    where c.total <= ${bind(readingsMax)}::int`,
    values,
  );
}

/** Elements of an array of finite numbers; SQL's NULL is null. */
export function numbersOf(text: string): (number | null)[] {
  return JSON.parse(`[${text.slice(1, -1).replaceAll("NULL", "null")}]`);
}

export interface HostName {
  readonly host_id: string;
  readonly region: string;
}

/** Names by key, of hosts of that table; none where it is not the store's any more. */
export async function namesOfHosts(
  database: Database,
  hostsTable: number,
  keys: readonly number[],
): Promise<Map<number, HostName>> {
  const rows = await database.query<{ host_key: number; host_id: string; region: string }>(
    `select h.host_key, h.host_id, g.region
    from rackwatch.hosts h join rackwatch.regions g on g.region_key = h.region_key
    where h.host_key = any($1::int[]) and h.tableoid::bigint = $2::bigint`,
    [keys, hostsTable],
  );
  return new Map(rows.map((row) => [row.host_key, row]));
}
