/**
 * Readings in order of time, page by page. Pages go on from the last row's time and place, not from
 * a count, so that a million rows cost what they weigh and no connection stays open between pages.
 */
import { isoUtc } from "../../model/iso_time.ts";
import { FLAG_FUTURE, type ReadingJson } from "../../model/reading.ts";
import type { Database, SqlValue } from "../database.ts";
import { chunksWithin } from "./chunk_bounds.ts";
import { rowsOfHosts } from "./host_rows.ts";
import { nextWindow, type Wanted, type Window } from "./reading_window.ts";

export interface ReadingsQuery {
  readonly region: string | null;
  readonly hostId: string | null;
  /** Half-open range of time, epoch ms; null: open. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly limit: number;
  /** By time: `desc` the newest first. Equal times come in the order of their place. */
  readonly order: "asc" | "desc";
  /** Without readings that lay in the future when they came. */
  readonly leavesOutFuture?: boolean;
}

const PAGE_ROWS = 5_000;

/** Non-empty pages. Rows that come in meanwhile may be among them, none comes twice. */
export async function* queryReadings(
  database: Database,
  query: ReadingsQuery,
  pageRows: number = PAGE_ROWS,
): AsyncGenerator<readonly ReadingJson[]> {
  const wanted = await resolve(database, query);
  let rest: Wanted | null = wanted;
  let left = query.limit;
  while (left > 0 && rest !== null) {
    const window: Window = await nextWindow(database, rest, Math.min(left, pageRows));
    const pages = pagesOf(database, wanted, window, {
      limit: left,
      pageRows,
      leavesOutFuture: query.leavesOutFuture === true,
    });
    for await (const page of pages) {
      left -= page.length;
      yield page.map(readingJson);
    }
    rest = window.rest;
  }
}

/** Keys of the region or the host asked for; null: all. An unknown name gives an empty list. */
async function resolve(database: Database, query: ReadingsQuery): Promise<Wanted> {
  const { region, hostId, fromMs, toMs, order } = query;
  const range = { fromMs, toMs, order };
  if (hostId === null && region === null) return { ...range, regionKeys: null, hostKeys: null };
  const rows = hostId === null
    ? await database.query<{ key: number }>(
      "select region_key as key from rackwatch.regions where region = $1::text",
      [region],
    )
    : await database.query<{ key: number }>(
      `select h.host_key as key from rackwatch.hosts h join rackwatch.regions g using (region_key)
      where h.host_id = $1::text and ($2::text is null or g.region = $2::text)`,
      [hostId, region],
    );
  const keys = rows.map((row) => row.key);
  return hostId === null
    ? { ...range, regionKeys: keys, hostKeys: null }
    : { ...range, regionKeys: null, hostKeys: keys };
}

type ReadingRow = Omit<ReadingJson, "timestamp"> & {
  at: number;
  path: string;
  record_offset: number;
};

interface Paging {
  readonly limit: number;
  readonly pageRows: number;
  readonly leavesOutFuture: boolean;
}

async function* pagesOf(
  database: Database,
  wanted: Wanted,
  window: Window,
  { limit, pageRows, leavesOutFuture }: Paging,
): AsyncGenerator<readonly ReadingRow[]> {
  let after: ReadingRow | null = null;
  let left = limit;
  while (left > 0) {
    const rows = Math.min(left, pageRows);
    const page: ReadingRow[] = await readPage(database, wanted, window, {
      after,
      rows,
      leavesOutFuture,
    });
    if (page.length > 0) yield page;
    if (page.length < rows) return;
    after = page.at(-1)!;
    left -= page.length;
  }
}

interface Page {
  readonly after: ReadingRow | null;
  readonly rows: number;
  readonly leavesOutFuture: boolean;
}

/** Origins by path, not by key: keys are of the store's own life, and a rebuilt one has others. */
const ORIGIN = `o.path collate "C"`;

function readPage(
  database: Database,
  { regionKeys, hostKeys, order }: Wanted,
  window: Window,
  { after, rows, leavesOutFuture }: Page,
): Promise<ReadingRow[]> {
  const values: SqlValue[] = [];
  const bind = (value: SqlValue) => `$${values.push(value)}`;
  const ms = (atMs: number) => `${bind(atMs)}::float8`;
  const conditions: string[] = [];
  const relation = hostKeys === null
    ? "rackwatch.readings"
    : rowsOfHosts(`${bind(hostKeys)}::int[]`);
  const [fromMs, toMs] = [window.fromMs, window.toMs].map((at) => at === null ? null : ms(at));
  if (fromMs) conditions.push(`r.at >= to_timestamp(${fromMs} / 1000)`);
  if (toMs) conditions.push(`r.at < to_timestamp(${toMs} / 1000)`);
  conditions.push(chunksWithin(fromMs ?? null, toMs ?? null));
  if (regionKeys !== null) conditions.push(`r.region_key = any(${bind(regionKeys)}::int[])`);
  if (leavesOutFuture) conditions.push(`r.flags & ${FLAG_FUTURE} <> ${FLAG_FUTURE}`);
  if (after !== null) {
    const sign = order === "asc" ? ">" : "<";
    const place = `${bind(after.path)}::text, ${bind(after.record_offset)}::bigint`;
    conditions.push(
      `(r.at, ${ORIGIN}, r.record_offset) ${sign} (to_timestamp(${ms(after.at)} / 1000), ${place})`,
    );
  }
  return database.query<ReadingRow & Record<string, unknown>>(
    `select h.host_id, g.region, r.at, r.temp_c, r.cpu_load, r.voltage, r.power_watts,
      r.path, r.record_offset
    from (
      select r.*, ${ORIGIN} as path from ${relation} as r
      join rackwatch.origins o on o.origin_key = r.origin_key
      where ${conditions.join(" and ")}
      order by r.at ${order}, ${ORIGIN} ${order}, r.record_offset ${order}
      limit ${bind(rows)}::int
    ) as r
    join rackwatch.hosts h on h.host_key = r.host_key
    join rackwatch.regions g on g.region_key = r.region_key
    order by r.at ${order}, r.path ${order}, r.record_offset ${order}`,
    values,
  );
}

function readingJson(row: ReadingRow): ReadingJson {
  return {
    host_id: row.host_id,
    region: row.region,
    timestamp: isoUtc(row.at),
    temp_c: row.temp_c,
    cpu_load: row.cpu_load,
    voltage: row.voltage,
    power_watts: row.power_watts,
  };
}
