/**
 * Readings in order of time, page by page. Pages go on from the last row's time and place, not from
 * a count, so that a million rows cost what they weigh and no connection stays open between pages.
 */
import type { FlaggedReadingJson } from "../../model/reading.ts";
import type { Database } from "../database.ts";
import { orderedHere } from "./ordered_here.ts";
import { nextWindow, type Wanted, type Window } from "./reading_window.ts";
import { sortedPages } from "./sorted_pages.ts";

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
  /** Each reading says what is odd about its time. */
  readonly withFlags?: boolean;
}

const PAGE_ROWS = 10_000;
/** Readings of the chunks of a window: what this thread decodes and sorts in some 10 ms. */
const OPEN_READINGS_MAX = 65_536;

/**
 * Non-empty pages. Rows that come in meanwhile may be among them, none comes twice.
 *
 * @param openReadingsMax Windows whose chunks hold more are put in order by the server.
 */
export async function* queryReadings(
  database: Database,
  query: ReadingsQuery,
  pageRows: number = PAGE_ROWS,
  openReadingsMax: number = OPEN_READINGS_MAX,
): AsyncGenerator<readonly FlaggedReadingJson[]> {
  const wanted = await resolve(database, query);
  let rest: Wanted | null = wanted;
  let left = query.limit;
  while (left > 0 && rest !== null) {
    const window: Window = await nextWindow(database, rest, Math.min(left, pageRows));
    const paging = {
      wanted,
      window,
      limit: left,
      pageRows,
      leavesOutFuture: query.leavesOutFuture === true,
      withFlags: query.withFlags === true,
    };
    const pages = await orderedHere(database, paging, openReadingsMax) ??
      sortedPages(database, paging);
    for await (const page of pages) {
      left -= page.length;
      yield page;
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
