/**
 * Chunks as they are stored, by column, for whoever makes rows of them here: first the times of all
 * that touch a window, then the other columns of the rows that are wanted. In the time in which the
 * server makes, sorts and sends a row it prints some hundred numbers of a column.
 */
import type { Database, SqlValue } from "../database.ts";
import { chunksWithin, wholeArray } from "./chunk_bounds.ts";
import type { Wanted, Window } from "./reading_window.ts";

/** Columns are arrays as PostgreSQL prints them, an element a reading: `numbersOf` reads one. */
export type OpenChunk = {
  /** Its row's place on the disk, and the transaction that wrote it: no other chunk ever has both. */
  readonly place: string;
  readonly writer: string;
  readonly first_ms: number;
  readonly first_offset: number;
  readonly readings: number;
  readonly path: string;
  /** From `first_ms`. */
  readonly at_ms: string;
  /** Null where it was not asked for. */
  readonly host_key: string | null;
  /** Null where all are 0. */
  readonly flags: string | null;
  /** Which table of hosts the keys belong to: a store that is built anew has another one. */
  readonly hosts_table: number;
};

export interface Opening {
  /** Where the chunks hold more, none is opened. */
  readonly readingsMax: number;
  readonly withHosts?: boolean;
}

/** The chunks that touch a window, in no order. */
export function openChunks(
  database: Database,
  { regionKeys }: Pick<Wanted, "regionKeys">,
  window: Pick<Window, "fromMs" | "toMs">,
  { readingsMax, withHosts = false }: Opening,
): Promise<OpenChunk[]> {
  const values: SqlValue[] = [];
  const bind = (value: SqlValue) => `$${values.push(value)}`;
  const [fromMs, toMs] = [window.fromMs, window.toMs].map((at) =>
    at === null ? null : `${bind(at)}::float8`
  );
  const conditions = [chunksWithin(fromMs ?? null, toMs ?? null)];
  if (regionKeys !== null) conditions.push(`r.region_key = any(${bind(regionKeys)}::int[])`);
  return database.query<OpenChunk>(
    `select c.place::text, c.writer::text, c.first_ms, c.first_offset, c.readings, o.path,
      (select tableoid::bigint from rackwatch.hosts limit 1) as hosts_table,
      c.at_ms::text, ${withHosts ? "c.host_key::text" : "null as host_key"}, c.flags::text
    from (
      select *, sum(readings) over () as total
      from (
        select *, ctid as place, xmin as writer, first_ms as chunk_first_ms,
          last_ms as chunk_last_ms from rackwatch.chunks
      ) as r
      where ${conditions.join(" and ")}
    ) as c
    join rackwatch.origins o on o.origin_key = c.origin_key
    where c.total <= ${bind(readingsMax)}::int`,
    values,
  );
}

/** Some rows of a chunk: their indices, rising, each once. */
export interface RowsOfChunk {
  readonly chunk: OpenChunk;
  readonly rows: readonly number[];
}

type Numbers = readonly (number | null)[];

/** The same by column, an element a row. */
export interface TakenRows {
  readonly path: string;
  readonly atMs: readonly number[];
  readonly offset: readonly number[];
  readonly hostKeys: readonly number[];
  readonly temp_c: Numbers;
  readonly cpu_load: Numbers;
  readonly voltage: Numbers;
  readonly power_watts: Numbers;
  /** Null where all are 0. */
  readonly flags: readonly number[] | null;
}

/** With the type of their elements. */
const COLUMNS = {
  at_ms: "int",
  record_offset: "int",
  host_key: "int",
  temp_c: "float8",
  cpu_load: "float8",
  voltage: "float8",
  power_watts: "float8",
  flags: "smallint",
} as const;
const NAMES = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];
type Taken = { readonly [name in keyof typeof COLUMNS]: string } & { readonly number: number };

/**
 * Chunk by chunk in the order given. Null where one of them is not there any more: merged with
 * others, or gone with its store.
 */
export async function takeRows(
  database: Database,
  wanted: readonly RowsOfChunk[],
): Promise<TakenRows[] | null> {
  if (wanted.length === 0) return [];
  const found = await database.query<Taken>(
    `select w.number::int, ${NAMES.map((name) => `coalesce(t.${name}, c.${name})::text as ${name}`)}
    from unnest($1::text[], $2::text[], $3::text[]) with ordinality
      as w(place, writer, rows, number)
    join rackwatch.chunks c on c.ctid = w.place::tid and c.xmin::text = w.writer
    cross join lateral (
      select ${NAMES.map((name) => `${wholeArray(`c.${name}`, COLUMNS[name])} as ${name}`)}
      offset 0
    ) as d
    cross join lateral (
      select ${NAMES.map((name) => `array_agg(d.${name}[i]) as ${name}`).join(", ")}
      from unnest(w.rows::int[]) as i
    ) as t`,
    [
      wanted.map(({ chunk }) => chunk.place),
      wanted.map(({ chunk }) => chunk.writer),
      wanted.map((each) => isMost(each) ? null : `{${each.rows.map((row) => row + 1).join(",")}}`),
    ],
  );
  if (found.length < wanted.length) return null;
  return found.toSorted((a, b) => a.number - b.number)
    .map((taken) => columnsOf(wanted[taken.number - 1]!, taken));
}

/** The whole column of so many rows is printed sooner than its elements are picked. */
function isMost({ chunk, rows }: RowsOfChunk): boolean {
  return rows.length * 2 >= chunk.readings;
}

function columnsOf(each: RowsOfChunk, taken: Taken): TakenRows {
  const { chunk: { path, first_ms, first_offset, readings, flags }, rows } = each;
  const isWhole = isMost(each);
  const read = (text: string) => {
    const column = numbersOf(text);
    return isWhole && rows.length < readings ? rows.map((row) => column[row]!) : column;
  };
  return {
    path,
    atMs: read(taken.at_ms).map((ms) => first_ms + ms!),
    offset: read(taken.record_offset).map((offset) => first_offset + offset!),
    hostKeys: read(taken.host_key) as number[],
    temp_c: read(taken.temp_c),
    cpu_load: read(taken.cpu_load),
    voltage: read(taken.voltage),
    power_watts: read(taken.power_watts),
    flags: flags === null ? null : read(taken.flags) as number[],
  };
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
