/**
 * Readings of a host whose time is odd: late, ahead, or in a clock change. Nearly all chunks hold
 * none and say so by a null; only the others are opened.
 */
import { type FlagName, flagNames } from "../../model/reading.ts";
import { isoUtc } from "../../model/iso_time.ts";
import type { Database } from "../database.ts";
import { chunksWithin } from "./chunk_bounds.ts";
import { rowsOfHosts } from "./host_rows.ts";

export interface OddQuery {
  readonly hostId: string;
  /** Null: whichever region's host has the name. */
  readonly region: string | null;
  /** Half-open range of the readings' own time, epoch ms. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
}

export interface OddReading {
  readonly timestamp: string;
  readonly flags: readonly FlagName[];
}

/** The newest first, at most `limit`. */
export async function queryOddReadings(
  database: Database,
  { hostId, region, fromMs, toMs, limit }: OddQuery,
): Promise<OddReading[]> {
  const rows = await database.query<{ at: number; flags: number }>(
    `select r.at, r.flags
    from ${rowsOfHosts(HOST_KEYS, ["flags"], "c.flags is not null")} as r
    where r.flags <> 0
      and r.at >= to_timestamp($3::float8 / 1000) and r.at < to_timestamp($4::float8 / 1000)
      and ${chunksWithin("$3::float8", "$4::float8")}
    order by r.at desc limit $5::int`,
    [hostId, region, fromMs, toMs, limit],
  );
  return rows.map(({ at, flags }) => ({ timestamp: isoUtc(at), flags: flagNames(flags) }));
}

const HOST_KEYS = `(
  select array_agg(h.host_key) from rackwatch.hosts h join rackwatch.regions g using (region_key)
  where h.host_id = $1::text and ($2::text is null or g.region = $2::text)
)`;
