/**
 * The readings of a window as the server sorts them, page by page. Each page makes rows of every
 * chunk that touches the window, and goes on from the last row's place.
 */
import { isoUtc } from "../../model/iso_time.ts";
import {
  FLAG_FUTURE,
  flaggedJson,
  type FlaggedReadingJson,
  type ReadingJson,
} from "../../model/reading.ts";
import type { Database, SqlValue } from "../database.ts";
import { chunksWithin } from "./chunk_bounds.ts";
import { rowsOfHosts } from "./host_rows.ts";
import type { Paging } from "./reading_window.ts";

type ReadingRow = Omit<ReadingJson, "timestamp"> & {
  at: number;
  path: string;
  record_offset: number;
  flags: number;
};

export async function* sortedPages(
  database: Database,
  paging: Paging,
): AsyncGenerator<readonly FlaggedReadingJson[]> {
  let after: ReadingRow | null = null;
  let left = paging.limit;
  while (left > 0) {
    const rows = Math.min(left, paging.pageRows);
    const page: ReadingRow[] = await readPage(database, paging, { after, rows });
    if (page.length > 0) yield page.map(maker(paging));
    if (page.length < rows) return;
    after = page.at(-1)!;
    left -= page.length;
  }
}

interface Page {
  readonly after: ReadingRow | null;
  readonly rows: number;
}

/** Origins by path, not by key: keys are of the store's own life, and a rebuilt one has others. */
const ORIGIN = `o.path collate "C"`;

function readPage(
  database: Database,
  { wanted: { regionKeys, hostKeys, order }, window, leavesOutFuture }: Paging,
  { after, rows }: Page,
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
      r.path, r.record_offset, r.flags
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

function maker({ withFlags }: Paging): (row: ReadingRow) => FlaggedReadingJson {
  return withFlags ? (row) => flaggedJson(readingJson(row), row.flags) : readingJson;
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
