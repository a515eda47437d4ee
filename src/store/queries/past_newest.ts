/**
 * What hosts had measured the latest before a moment, metric by metric, as far back as some readings
 * go: of each host its newest rows are taken, and further ones only where those lack a metric.
 */
import { FLAG_FUTURE, type Metric, type Reading } from "../../model/reading.ts";
import { inSlices, type Steps } from "../../runtime/slices.ts";
import type { Database } from "../database.ts";
import {
  type HostName,
  numbersOf,
  type OpenChunk,
  openChunks,
  type RowsOfChunk,
  type TakenRows,
  takeRows,
} from "./open_chunks.ts";
import { CHUNKS_MAX, type PastQuery, readingsOf, readSorted } from "./past_readings.ts";
import { nextWindow, type Wanted } from "./reading_window.ts";

/** A host, and the metrics of it that are looked for. */
export interface WantedHost extends HostName {
  readonly host_key: number;
  readonly metrics: readonly Metric[];
}

export interface NewestBefore {
  /** So far back was looked. */
  readonly sinceMs: number;
  /** Of each host's metrics that were measured there the newest are among them; none from the future. */
  readonly readings: readonly Reading[];
}

/** Rows of a host that are taken at first; then four times as many. */
const ROWS_FIRST = 2;

/** Among the newest `limit` readings of [fromMs, toMs). */
export async function newestBefore(
  database: Database,
  query: PastQuery,
  hosts: readonly WantedHost[],
): Promise<NewestBefore> {
  const { fromMs, toMs, limit, openedMax } = query;
  if (hosts.length === 0 || fromMs >= toMs || limit <= 0) return { sinceMs: toMs, readings: [] };
  const wanted: Wanted = { fromMs, toMs, order: "desc", regionKeys: null, hostKeys: null };
  const window = await nextWindow(database, { ...wanted, chunksMax: CHUNKS_MAX }, limit);
  const sinceMs = window.fromMs ?? fromMs;
  const opening = { readingsMax: openedMax, withHosts: true };
  const chunks = await openChunks(database, wanted, window, opening);
  const seekers = await inSlices(seekersOf(chunks, { fromMs: sinceMs, toMs }, hosts));
  const names = new Map<number, HostName>(hosts.map((host) => [host.host_key, host]));
  const readings = chunks.length === 0 ? null : await seek(database, chunks, seekers, names);
  if (readings !== null) return { sinceMs, readings };
  const sorted = await readSorted(database, { ...query, fromMs: sinceMs });
  return { ...sorted, readings: sorted.readings.filter(isNotFuture) };
}

/** Null where chunks were merged with others meanwhile, or are gone. */
async function seek(
  database: Database,
  chunks: readonly OpenChunk[],
  left: Map<number, Seeker>,
  names: ReadonlyMap<number, HostName>,
): Promise<Reading[] | null> {
  const readings: Reading[] = [];
  for (let count = ROWS_FIRST; left.size > 0; count *= 4) {
    const next = [...left.values()].flatMap((seeker) => seeker.take(count));
    const taken = await takeRows(database, byChunk(chunks, next));
    if (taken === null) return null;
    for (const of of taken) {
      for (const [row, key] of of.hostKeys.entries()) left.get(key)!.see(of, row);
    }
    readings.push(...await inSlices(readingsOf(taken, names)));
    for (const [key, seeker] of left) if (seeker.isDone) left.delete(key);
  }
  return readings;
}

function isNotFuture({ flags }: Reading): boolean {
  return (flags & FLAG_FUTURE) === 0;
}

interface RowOfHost {
  readonly atMs: number;
  readonly chunk: number;
  readonly row: number;
}

/** Goes through a host's rows from the newest on, at least one, until each of its metrics was seen. */
class Seeker {
  readonly #missing: Set<Metric>;
  readonly #rows: RowOfHost[] = [];
  #taken = 0;

  constructor(metrics: readonly Metric[]) {
    this.#missing = new Set(metrics);
  }

  get isDone(): boolean {
    return this.#taken >= this.#rows.length || this.#taken > 0 && this.#missing.size === 0;
  }

  add(row: RowOfHost): void {
    this.#rows.push(row);
  }

  sort(): void {
    this.#rows.sort((a, b) => b.atMs - a.atMs);
  }

  /** The next ones; of those that have the last one's time, all. */
  take(count: number): RowOfHost[] {
    const from = this.#taken, rows = this.#rows;
    let end = Math.min(rows.length, from + count);
    while (end < rows.length && rows[end]!.atMs === rows[end - 1]!.atMs) end++;
    this.#taken = end;
    return rows.slice(from, end);
  }

  see(taken: TakenRows, row: number): void {
    for (const metric of this.#missing) {
      if (taken[metric][row] !== null) this.#missing.delete(metric);
    }
  }
}

/** By host, of those that have rows there; what lay in the future is none. */
function* seekersOf(
  chunks: readonly OpenChunk[],
  { fromMs, toMs }: Pick<PastQuery, "fromMs" | "toMs">,
  hosts: readonly WantedHost[],
): Steps<Map<number, Seeker>> {
  const seekers = new Map(hosts.map((host) => [host.host_key, new Seeker(host.metrics)]));
  for (const [index, chunk] of chunks.entries()) {
    yield;
    const keys = numbersOf(chunk.host_key!), times = numbersOf(chunk.at_ms);
    const flags = chunk.flags === null ? null : numbersOf(chunk.flags);
    for (let row = 0; row < keys.length; row++) {
      const seeker = seekers.get(keys[row]!), atMs = chunk.first_ms + times[row]!;
      if (seeker === undefined || atMs < fromMs || atMs >= toMs) continue;
      if (flags === null || (flags[row]! & FLAG_FUTURE) === 0) {
        seeker.add({ atMs, chunk: index, row });
      }
    }
  }
  yield;
  for (const [key, seeker] of seekers) {
    if (seeker.isDone) seekers.delete(key);
    else seeker.sort();
  }
  return seekers;
}

function byChunk(chunks: readonly OpenChunk[], rows: readonly RowOfHost[]): RowsOfChunk[] {
  return [...Map.groupBy(rows, ({ chunk }) => chunk)].map(([chunk, own]) => ({
    chunk: chunks[chunk]!,
    rows: own.map(({ row }) => row).sort((a, b) => a - b),
  }));
}
