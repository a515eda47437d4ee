/**
 * The readings of a window put in order here, from the chunks that touch it as they are stored. Rows
 * are made only of what is wanted, and names are asked for of its hosts alone.
 */
import { isoUtc } from "../../model/iso_time.ts";
import { flaggedJson, type FlaggedReadingJson, type ReadingJson } from "../../model/reading.ts";
import type { Database } from "../database.ts";
import {
  type HostName,
  namesOfHosts,
  numbersOf,
  type OpenChunk,
  openChunks,
} from "./open_chunks.ts";
import { inOrder, type Place } from "./reading_order.ts";
import type { Paging } from "./reading_window.ts";

/**
 * Pages that are not empty. Null where the server has to do it: for hosts, of which a chunk holds few
 * readings, where no chunk or too many touch the window, and where the store was replaced between
 * the two questions.
 *
 * @param readingsMax Of the chunks that are opened.
 */
export async function orderedHere(
  database: Database,
  paging: Paging,
  readingsMax: number,
): Promise<Iterable<readonly FlaggedReadingJson[]> | null> {
  const { wanted, window } = paging;
  if (wanted.hostKeys !== null) return null;
  const chunks = await openChunks(database, wanted, window, readingsMax);
  if (chunks.length === 0) return null;
  const places = inOrder(chunks, paging);
  const columns = columnsOf(chunks);
  const keys = [...new Set(places.map(({ chunk, row }) => columns(chunk).hostKeys[row]!))];
  const names = await namesOfHosts(database, chunks[0]!.hosts_table, keys);
  if (names.size < keys.length) return null;
  const make = rowMaker(columns, names);
  const row = paging.withFlags ? flagging(make, chunks) : make;
  return pagesOf(places, paging.pageRows, row);
}

function* pagesOf(
  places: readonly Place[],
  pageRows: number,
  row: (place: Place) => FlaggedReadingJson,
): Generator<readonly FlaggedReadingJson[]> {
  for (let from = 0; from < places.length; from += pageRows) {
    yield places.slice(from, from + pageRows).map(row);
  }
}

/** Nearly no chunk has flags. */
function flagging(make: (place: Place) => ReadingJson, chunks: readonly OpenChunk[]) {
  const flags = chunks.map((chunk) => chunk.flags === null ? null : numbersOf(chunk.flags));
  return (place: Place) => flaggedJson(make(place), flags[place.chunk]?.[place.row] ?? 0);
}

type Numbers = readonly (number | null)[];
export interface Columns {
  readonly hostKeys: readonly number[];
  readonly atMs: readonly number[];
  readonly temp_c: Numbers;
  readonly cpu_load: Numbers;
  readonly voltage: Numbers;
  readonly power_watts: Numbers;
}

/** A chunk's columns by its index, read where they are first asked for. */
export function columnsOf(chunks: readonly OpenChunk[]): (chunk: number) => Columns {
  const read: Columns[] = [];
  return (index) => read[index] ??= columnsOfOne(chunks[index]!);
}

function columnsOfOne(chunk: OpenChunk): Columns {
  return {
    hostKeys: numbersOf(chunk.host_key) as number[],
    atMs: numbersOf(chunk.at_ms).map((ms) => chunk.first_ms + ms!),
    temp_c: numbersOf(chunk.temp_c),
    cpu_load: numbersOf(chunk.cpu_load),
    voltage: numbersOf(chunk.voltage),
    power_watts: numbersOf(chunk.power_watts),
  };
}

function rowMaker(columns: (chunk: number) => Columns, names: ReadonlyMap<number, HostName>) {
  let lastMs = NaN, timestamp = "";
  return ({ chunk, row }: Place): ReadingJson => {
    const of = columns(chunk);
    const { host_id, region } = names.get(of.hostKeys[row]!)!;
    // Many in a row are of one moment.
    if (of.atMs[row] !== lastMs) timestamp = isoUtc(lastMs = of.atMs[row]!);
    return {
      host_id,
      region,
      timestamp,
      temp_c: of.temp_c[row]!,
      cpu_load: of.cpu_load[row]!,
      voltage: of.voltage[row]!,
      power_watts: of.power_watts[row]!,
    };
  };
}
