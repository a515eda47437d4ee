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
  openChunks,
  type TakenRows,
  takeRows,
} from "./open_chunks.ts";
import { firstRows, orderInSteps } from "./reading_order.ts";
import { nextWindow, type Wanted } from "./reading_window.ts";

export interface PastQuery {
  /** Readings of [fromMs, toMs), epoch ms. */
  readonly fromMs: number;
  readonly toMs: number;
  /** About so many at most: the newest. */
  readonly limit: number;
  /** Readings that the chunks which are opened for that may hold; of more the server makes rows. */
  readonly openedMax: number;
}

export interface PastReadings {
  /** From here on they are complete; `fromMs` unless there were too many. */
  readonly sinceMs: number;
  /** By time, then by place. Those from the future are among them, with their flag. */
  readonly readings: readonly Reading[];
}

/** Looked at for the window: of a small live feed an hour has some thousands. */
export const CHUNKS_MAX = 8_192;

/** @param known Names of the most hosts, so that only others are asked for. */
export async function queryPastReadings(
  database: Database,
  query: PastQuery,
  known: Promise<KnownNames>,
): Promise<PastReadings> {
  const { fromMs, toMs, limit } = query;
  const whole = await readHere(database, query, known);
  if (whole !== null && whole.length <= limit) return { sinceMs: fromMs, readings: whole };
  const wanted: Wanted = { fromMs, toMs, order: "desc", regionKeys: null, hostKeys: null };
  const window = await nextWindow(database, { ...wanted, chunksMax: CHUNKS_MAX }, limit);
  const sinceMs = window.fromMs ?? fromMs;
  const readings = await readHere(database, { ...query, fromMs: sinceMs, limit: Infinity }, known);
  return readings === null
    ? await readSorted(database, { ...query, fromMs: sinceMs })
    : { sinceMs, readings };
}

/**
 * Null where nothing or too much would have to be opened, or it was replaced meanwhile, and where
 * there are more than `limit`.
 */
async function readHere(
  database: Database,
  { fromMs, toMs, limit, openedMax }: PastQuery,
  known: Promise<KnownNames>,
): Promise<Reading[] | null> {
  const wanted = { fromMs, toMs, order: "asc", regionKeys: null, hostKeys: null } as const;
  const window = { fromMs, toMs, rest: null };
  const chunks = await openChunks(database, wanted, window, { readingsMax: openedMax });
  if (chunks.length === 0) return null;
  const every = {
    wanted,
    window,
    limit: Infinity,
    pageRows: Infinity,
    leavesOutFuture: false,
    withFlags: false,
  };
  const rows = await inSlices(firstRows(chunks, every));
  if (rows.reduce((sum, one) => sum + one.rows.length, 0) > limit) return null;
  const taken = await takeRows(database, rows);
  if (taken === null) return null;
  const keys = [...new Set(taken.flatMap(({ hostKeys }) => hostKeys))];
  const names = await namesAmong(database, chunks[0]!.hosts_table, keys, await known);
  return names === null ? null : await inSlices(readingsOf(taken, names));
}

/** Of hosts of that table. */
export interface KnownNames {
  readonly hostsTable: number | null;
  readonly names: ReadonlyMap<number, HostName>;
}

/** Null where they are not all of that table. */
async function namesAmong(
  database: Database,
  hostsTable: number,
  keys: readonly number[],
  known: KnownNames,
): Promise<ReadonlyMap<number, HostName> | null> {
  const names = known.hostsTable === hostsTable ? known.names : new Map<number, HostName>();
  const others = keys.filter((key) => !names.has(key));
  if (others.length === 0) return names;
  const found = await namesOfHosts(database, hostsTable, others);
  return found.size < others.length ? null : new Map([...names, ...found]);
}

/** Made between two places to be interrupted at. */
const READINGS_A_STEP = 256;

/** Oldest first. @param names Of all hosts that occur. */
export function* readingsOf(
  taken: readonly TakenRows[],
  names: ReadonlyMap<number, HostName>,
): Steps<Reading[]> {
  const readings: Reading[] = [];
  for (const { chunk, row } of yield* orderInSteps(taken, { order: "asc", limit: Infinity })) {
    if (readings.length % READINGS_A_STEP === 0) yield;
    const of = taken[chunk]!, key = of.hostKeys[row]!, name = names.get(key)!;
    readings.push({
      host_id: name.host_id,
      region: name.region,
      atMs: of.atMs[row]!,
      temp_c: of.temp_c[row]!,
      cpu_load: of.cpu_load[row]!,
      voltage: of.voltage[row]!,
      power_watts: of.power_watts[row]!,
      flags: of.flags?.[row] ?? 0,
      offset: 0,
      ...(key < SERIES_MAX ? { series: key } : {}),
    });
  }
  return readings;
}

type SortedRow = Omit<Reading, "atMs" | "offset"> & { readonly at: number };

/** As the server sorts them: of files whose chunks are as long as the history itself. */
export async function readSorted(
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
