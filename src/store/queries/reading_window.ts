/**
 * The stretch of time that holds the next so many readings, found from the bounds of the chunks
 * alone: the newest chunks that together hold enough reach back to some time, and from there on
 * there are at least so many. Nothing has to be read that does not lie in the stretch.
 */
import type { Database, SqlValue } from "../database.ts";
import { chunksWithin } from "./chunk_bounds.ts";
import { READINGS_OF_HOST } from "./host_rows.ts";

export interface Wanted {
  /** Half-open range of time, epoch ms; null: open. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly order: "asc" | "desc";
  /** Null: all of them. */
  readonly regionKeys: readonly number[] | null;
  readonly hostKeys: readonly number[] | null;
}

export interface Window {
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** What comes after the window; null: nothing. */
  readonly rest: Wanted | null;
}

/** Chunks looked at for one window. */
const CHUNKS_MAX = 256;

/** Null where nothing is left. The window holds `readings` of those wanted, or up to CHUNKS_MAX chunks. */
export async function nextWindow(
  database: Database,
  wanted: Wanted,
  readings: number,
): Promise<Window | null> {
  const { fromMs, toMs, order } = wanted;
  const chunks = await candidates(database, wanted);
  let found = 0;
  let edgeMs = order === "desc" ? Infinity : -Infinity;
  let isAll = chunks.length < CHUNKS_MAX;
  for (const [index, chunk] of chunks.entries()) {
    found += chunk.readings;
    edgeMs = order === "desc"
      ? Math.min(edgeMs, chunk.first_ms)
      : Math.max(edgeMs, chunk.last_ms + 1);
    if (found < readings) continue;
    isAll &&= index === chunks.length - 1;
    break;
  }
  if (chunks.length === 0) return null;
  if (isAll) return { fromMs, toMs, rest: null };
  return order === "desc"
    ? windowOf(Math.max(edgeMs, fromMs ?? -Infinity), toMs, { ...wanted, toMs: edgeMs })
    : windowOf(fromMs, Math.min(edgeMs, toMs ?? Infinity), { ...wanted, fromMs: edgeMs });
}

function windowOf(fromMs: number | null, toMs: number | null, rest: Wanted): Window {
  const isEmpty = rest.fromMs !== null && rest.toMs !== null && rest.fromMs >= rest.toMs;
  return { fromMs, toMs, rest: isEmpty ? null : rest };
}

type Candidate = { first_ms: number; last_ms: number; readings: number };

function candidates(
  database: Database,
  { fromMs, toMs, order, regionKeys, hostKeys }: Wanted,
): Promise<Candidate[]> {
  const values: SqlValue[] = [];
  const bind = (value: SqlValue) => `$${values.push(value)}`;
  const ms = (atMs: number | null) => atMs === null ? null : `${bind(atMs)}::float8`;
  const conditions = [chunksWithin(ms(fromMs), ms(toMs)).replaceAll("r.chunk_", "c.")];
  if (regionKeys !== null) conditions.push(`c.region_key = any(${bind(regionKeys)}::int[])`);
  let readings = "c.readings";
  if (hostKeys !== null) {
    const keys = `unnest(${bind(hostKeys)}::int[]) as k(host_key)
      where c.first_host <= k.host_key and c.last_host >= k.host_key`;
    conditions.push(`exists (select from ${keys})`);
    readings = `(select sum(${READINGS_OF_HOST}) from ${keys})::int`;
  }
  return database.query<Candidate>(
    `select c.first_ms, c.last_ms, ${readings} as readings from rackwatch.chunks c
    where ${conditions.join(" and ")}
    order by c.last_ms ${order} limit ${CHUNKS_MAX}`,
    values,
  );
}
