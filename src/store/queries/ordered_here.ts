/**
 * The readings of a window put in order here, from the chunks that touch it as they are stored. Rows
 * are made only of what is wanted, and names are asked for of its hosts alone.
 */
import { isoUtc } from "../../model/iso_time.ts";
import { flaggedJson, type FlaggedReadingJson, type ReadingJson } from "../../model/reading.ts";
import { atOnce } from "../../runtime/slices.ts";
import type { Database } from "../database.ts";
import {
  type HostName,
  namesOfHosts,
  openChunks,
  type TakenRows,
  takeRows,
} from "./open_chunks.ts";
import { firstRows, inOrder, type Place } from "./reading_order.ts";
import type { Paging } from "./reading_window.ts";

/**
 * Pages that are not empty. Null where the server has to do it: for hosts, of which a chunk holds few
 * readings, where no chunk or too many touch the window, and where chunks were merged or the store
 * replaced between the questions.
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
  const chunks = await openChunks(database, wanted, window, { readingsMax });
  if (chunks.length === 0) return null;
  const taken = await takeRows(database, atOnce(firstRows(chunks, paging)));
  if (taken === null) return null;
  const places = inOrder(taken, { order: wanted.order, limit: paging.limit });
  const keys = [...new Set(taken.flatMap(({ hostKeys }) => hostKeys))];
  const names = await namesOfHosts(database, chunks[0]!.hosts_table, keys);
  if (names.size < keys.length) return null;
  const make = rowMaker(taken, names);
  const row = paging.withFlags ? flagging(make, taken) : make;
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
function flagging(make: (place: Place) => ReadingJson, taken: readonly TakenRows[]) {
  return (place: Place) => flaggedJson(make(place), taken[place.chunk]!.flags?.[place.row] ?? 0);
}

function rowMaker(taken: readonly TakenRows[], names: ReadonlyMap<number, HostName>) {
  let lastMs = NaN, timestamp = "";
  return ({ chunk, row }: Place): ReadingJson => {
    const of = taken[chunk]!;
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
