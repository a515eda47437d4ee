/**
 * The readings up to a moment, as the fold takes them: the newest of a stretch of time, oldest first.
 * By columns, as pages of readings are made, without their text.
 */
import { type Reading, SERIES_MAX } from "../../model/reading.ts";
import { inSlices, type Steps } from "../../runtime/slices.ts";
import type { Database } from "../database.ts";
import { forMetrics } from "../metric_columns.ts";
import { chunksWithin } from "./chunk_bounds.ts";
import {
  type HostName,
  namesOfHosts,
  numbersOf,
  type OpenChunk,
  openChunks,
} from "./open_chunks.ts";
import { columnsOf } from "./ordered_here.ts";
import { orderInSteps } from "./reading_order.ts";
import { nextWindow, type Paging, type Wanted, type Window } from "./reading_window.ts";

export interface PastQuery {
  /** Readings of [fromMs, toMs), epoch ms. */
  readonly fromMs: number;
  readonly toMs: number;
  /** About so many at most: the newest. */
  readonly limit: number;
}

export interface PastReadings {
  /** From here on they are complete; `fromMs` unless there were too many. */
  readonly sinceMs: number;
  /** By time, then by place. Those from the future are among them, with their flag. */
  readonly readings: readonly Reading[];
}

/** Chunks that are opened may hold so many times the readings that are asked for. */
const OPENED_RATIO = 2;
/** Looked at for the window: of a small live feed an hour has some thousands. */
const CHUNKS_MAX = 8_192;

export async function queryPastReadings(
  database: Database,
  query: PastQuery,
): Promise<PastReadings> {
  const { fromMs, toMs, limit } = query;
  const wanted: Wanted = { fromMs, toMs, order: "desc", regionKeys: null, hostKeys: null };
  const window = await nextWindow(database, { ...wanted, chunksMax: CHUNKS_MAX }, limit);
  const readings = await readHere(database, wanted, window, OPENED_RATIO * limit);
  return readings === null
    ? await readSorted(database, { ...query, fromMs: window.fromMs ?? fromMs })
    : { sinceMs: window.fromMs ?? fromMs, readings };
}

/** Null where nothing or too much would have to be opened, or the store was replaced meanwhile. */
async function readHere(
  database: Database,
  wanted: Wanted,
  window: Window,
  openedMax: number,
): Promise<Reading[] | null> {
  const chunks = await openChunks(database, wanted, window, openedMax);
  if (chunks.length === 0) return null;
  const keys = await inSlices(keysOf(chunks));
  const names = await namesOfHosts(database, chunks[0]!.hosts_table, keys);
  if (names.size < keys.length) return null;
  const paging: Paging = {
    wanted: { ...wanted, order: "asc" },
    window,
    limit: Infinity,
    pageRows: Infinity,
    leavesOutFuture: false,
    withFlags: false,
  };
  return await inSlices(readingsOf(chunks, paging, names));
}

function* keysOf(chunks: readonly OpenChunk[]): Steps<number[]> {
  const keys = new Set<number>();
  for (const { host_key } of chunks) {
    yield;
    for (const key of numbersOf(host_key)) keys.add(key!);
  }
  return [...keys];
}

/** Made between two places to be interrupted at. */
const READINGS_A_STEP = 256;

function* readingsOf(
  chunks: readonly OpenChunk[],
  paging: Paging,
  names: ReadonlyMap<number, HostName>,
): Steps<Reading[]> {
  const columns = columnsOf(chunks);
  const flags = chunks.map((chunk) => chunk.flags === null ? null : numbersOf(chunk.flags));
  const readings: Reading[] = [];
  for (const { chunk, row } of yield* orderInSteps(chunks, paging)) {
    if (readings.length % READINGS_A_STEP === 0) yield;
    const of = columns(chunk), key = of.hostKeys[row]!, name = names.get(key)!;
    readings.push({
      host_id: name.host_id,
      region: name.region,
      atMs: of.atMs[row]!,
      temp_c: of.temp_c[row]!,
      cpu_load: of.cpu_load[row]!,
      voltage: of.voltage[row]!,
      power_watts: of.power_watts[row]!,
      flags: flags[chunk]?.[row] ?? 0,
      offset: 0,
      ...(key < SERIES_MAX ? { series: key } : {}),
    });
  }
  return readings;
}

type SortedRow = Omit<Reading, "atMs" | "offset"> & { readonly at: number };

/** As the server sorts them: of files whose chunks are as long as the history itself. */
async function readSorted(
  database: Database,
  { fromMs, toMs, limit }: PastQuery,
): Promise<PastReadings> {
  const rows = await database.query<SortedRow & Record<string, unknown>>(
    `select h.host_id, g.region, r.at, ${forMetrics((one) => `r.${one}`)}, r.flags
    from (
      select r.*, o.path collate "C" as path from rackwatch.readings r
      join rackwatch.origins o on o.origin_key = r.origin_key
      where r.at >= to_timestamp($1::float8 / 1000) and r.at < to_timestamp($2::float8 / 1000)
        and ${chunksWithin("$1::float8", "$2::float8")}
      order by r.at desc, path desc, r.record_offset desc limit $3::int
    ) as r
    join rackwatch.hosts h on h.host_key = r.host_key
    join rackwatch.regions g on g.region_key = r.region_key
    order by r.at, r.path, r.record_offset`,
    [fromMs, toMs, limit],
  );
  const readings = rows.map(({ at, ...rest }): Reading => ({ ...rest, atMs: at, offset: 0 }));
  // Of the oldest moment there may be more.
  const sinceMs = readings.length < limit ? fromMs : readings[0]!.atMs + 1;
  return { sinceMs, readings: readings.filter((each) => each.atMs >= sinceMs) };
}
