/**
 * Readings in order of time, page by page. Pages go on from the last row's time and place, not from
 * a count, so that a million rows cost what they weigh and no connection stays open between pages.
 */
import { isoUtc, type ReadingJson } from "../../model/reading.ts";
import type { Database, SqlValue } from "../database.ts";

export interface ReadingsQuery {
  readonly region: string | null;
  readonly hostId: string | null;
  /** Half-open range of time, epoch ms; null: open. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly limit: number;
  /** By time: `desc` the newest first. Equal times come in the order of their place. */
  readonly order: "asc" | "desc";
}

const PAGE_ROWS = 5_000;

/** Non-empty pages. Rows that come in meanwhile may be among them, none comes twice. */
export async function* queryReadings(
  database: Database,
  query: ReadingsQuery,
): AsyncGenerator<readonly ReadingJson[]> {
  const hostKeys = await hostKeysOf(database, query);
  let after: ReadingRow | null = null;
  let left = query.limit;
  while (left > 0) {
    const wanted = Math.min(left, PAGE_ROWS);
    const page: ReadingRow[] = await readPage(database, query, hostKeys, after, wanted);
    if (page.length > 0) yield page.map(readingJson);
    if (page.length < wanted) return;
    after = page.at(-1)!;
    left -= page.length;
  }
}

/**
 * The hosts asked for; null: all. Asked first and given as a list, so that the newest rows of a
 * region are found along the index on time: as a join the planner read them all and sorted.
 */
async function hostKeysOf(database: Database, query: ReadingsQuery): Promise<number[] | null> {
  if (query.region === null && query.hostId === null) return null;
  const rows = await database.query<{ host_key: number }>(
    `select h.host_key from rackwatch.hosts h join rackwatch.regions g using (region_key)
    where ($1::text is null or g.region = $1::text) and ($2::text is null or h.host_id = $2::text)`,
    [query.region, query.hostId],
  );
  return rows.map((row) => row.host_key);
}

type ReadingRow = Omit<ReadingJson, "timestamp"> & {
  at: number;
  path: string;
  record_offset: number;
};

/** Origins by path, not by key: keys are of the store's own life, and a rebuilt one has others. */
const ORIGIN = `o.path collate "C"`;

function readPage(
  database: Database,
  query: ReadingsQuery,
  hostKeys: readonly number[] | null,
  after: ReadingRow | null,
  rows: number,
): Promise<ReadingRow[]> {
  const values: SqlValue[] = [];
  const bind = (value: SqlValue) => `$${values.push(value)}`;
  const time = (atMs: number) => `to_timestamp(${bind(atMs)}::float8 / 1000)`;
  const conditions: string[] = [];
  if (query.fromMs !== null) conditions.push(`r.at >= ${time(query.fromMs)}`);
  if (query.toMs !== null) conditions.push(`r.at < ${time(query.toMs)}`);
  if (hostKeys !== null) conditions.push(`r.host_key = any(${bind(hostKeys)}::int[])`);
  if (after !== null) {
    const sign = query.order === "asc" ? ">" : "<";
    const place = `${bind(after.path)}::text, ${bind(after.record_offset)}::bigint`;
    // The first condition says nothing new; it lets partitions before it be left out.
    conditions.push(
      `r.at ${sign}= ${time(after.at)}`,
      `(r.at, ${ORIGIN}, r.record_offset) ${sign} (${time(after.at)}, ${place})`,
    );
  }
  return database.query<ReadingRow & Record<string, unknown>>(
    `select h.host_id, g.region, r.at, r.temp_c, r.cpu_load, r.voltage, r.power_watts,
      o.path, r.record_offset
    from rackwatch.readings r
    join rackwatch.hosts h on h.host_key = r.host_key
    join rackwatch.regions g on g.region_key = h.region_key
    join rackwatch.origins o on o.origin_key = r.origin_key
    ${conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`}
    order by r.at ${query.order}, ${ORIGIN} ${query.order}, r.record_offset ${query.order}
    limit ${bind(rows)}::int`,
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
