/**
 * The stretch of time that holds the next so many readings, found from the bounds of the chunks
 * alone: the chunks that lie in the range as a whole, from its end on, until they hold enough. Those
 * that the range cuts may add some, and count for none. Nothing is read that does not lie in the stretch.
 */
import type { Database, SqlValue } from "../database.ts";
import { mayHoldHosts } from "./chunk_bounds.ts";
import { readingsOfHosts } from "./host_rows.ts";

export interface Wanted {
  /** Half-open range of time, epoch ms; null: open. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly order: "asc" | "desc";
  /** Null: all of them. */
  readonly regionKeys: readonly number[] | null;
  readonly hostKeys: readonly number[] | null;
  /** Chunks that the next window looks at. */
  readonly chunksMax?: number;
}

export interface Window {
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** What comes after the window; null: nothing. */
  readonly rest: Wanted | null;
}

/** What is asked of a window, and in which pieces. */
export interface Paging {
  readonly wanted: Wanted;
  readonly window: Window;
  readonly limit: number;
  /** Readings of a page at most. */
  readonly pageRows: number;
  readonly leavesOutFuture: boolean;
  /** Each reading says what is odd about its time. */
  readonly withFlags: boolean;
}

/** Chunks looked at for the first window, and for one at most: each looks at four times as many. */
const CHUNKS_FIRST = 256;
const CHUNKS_MAX = 4_096;
/** Of a few hosts, whose readings in a chunk are counted: two and more, but for the newest chunks. */
const CHUNKS_OF_HOSTS_FIRST = 64;

function chunksFirst({ hostKeys }: Wanted, readings: number): number {
  if (hostKeys === null) return CHUNKS_FIRST;
  return Math.min(Math.max(CHUNKS_OF_HOSTS_FIRST, Math.ceil(readings / 2)), CHUNKS_FIRST);
}

/** The window holds at least `readings` of those wanted, or what there is in some chunks, or all. */
export async function nextWindow(
  database: Database,
  wanted: Wanted,
  readings: number,
): Promise<Window> {
  const { fromMs, toMs, order, chunksMax = chunksFirst(wanted, readings) } = wanted;
  const chunks = await chunksInside(database, wanted, chunksMax);
  const edgeMs = order === "desc"
    ? beginOfNewest(chunks, readings, chunksMax)
    : endOfOldest(chunks, readings, chunksMax);
  if (edgeMs === null) return { fromMs, toMs, rest: null };
  const rest = { ...wanted, chunksMax: Math.min(4 * chunksMax, CHUNKS_MAX) };
  return order === "desc"
    ? windowOf(edgeMs, toMs, { ...rest, toMs: edgeMs })
    : windowOf(fromMs, edgeMs, { ...rest, fromMs: edgeMs });
}

/** Of chunks in falling order of `first_ms`; null where they hold too few, and there are no others. */
function beginOfNewest(
  chunks: readonly Chunk[],
  readings: number,
  chunksMax: number,
): number | null {
  let found = 0;
  for (const chunk of chunks) {
    found += chunk.readings;
    if (found >= readings) return chunk.first_ms;
  }
  return chunks.length < chunksMax ? null : chunks.at(-1)!.first_ms;
}

/** Of chunks in rising order of `first_ms`: one that begins early may still end late. */
function endOfOldest(chunks: readonly Chunk[], readings: number, chunksMax: number): number | null {
  const lookedAtMs = chunks.length < chunksMax ? Infinity : chunks.at(-1)!.first_ms + 1;
  let found = 0;
  for (const chunk of chunks.toSorted((a, b) => a.last_ms - b.last_ms)) {
    found += chunk.readings;
    if (found >= readings) return Math.min(chunk.last_ms + 1, lookedAtMs);
  }
  return lookedAtMs === Infinity ? null : lookedAtMs;
}

function windowOf(fromMs: number | null, toMs: number | null, rest: Wanted): Window {
  const isEmpty = rest.fromMs !== null && rest.toMs !== null && rest.fromMs >= rest.toMs;
  return { fromMs, toMs, rest: isEmpty ? null : rest };
}

type Chunk = { first_ms: number; last_ms: number; readings: number };

/** Chunks of nothing but the range, the next ones first. */
function chunksInside(
  database: Database,
  { fromMs, toMs, order, regionKeys, hostKeys }: Wanted,
  chunksMax: number,
): Promise<Chunk[]> {
  const values: SqlValue[] = [];
  const bind = (value: SqlValue) => `$${values.push(value)}`;
  const conditions = ["true"];
  if (fromMs !== null) conditions.push(`c.first_ms >= ${bind(Math.ceil(fromMs))}::bigint`);
  if (toMs !== null) {
    const to = `${bind(Math.ceil(toMs))}::bigint`;
    conditions.push(`c.first_ms < ${to} and c.last_ms < ${to}`);
  }
  if (regionKeys !== null) conditions.push(`c.region_key = any(${bind(regionKeys)}::int[])`);
  let readings = "c.readings";
  if (hostKeys !== null) {
    const keys = `${bind(hostKeys)}::int[]`;
    conditions.push(mayHoldHosts(keys));
    readings = readingsOfHosts(keys);
  }
  return database.query<Chunk>(
    `select c.first_ms, c.last_ms, ${readings} as readings from rackwatch.chunks c
    where ${conditions.join(" and ")}
    order by c.first_ms ${order} limit ${bind(chunksMax)}::int`,
    values,
  );
}
