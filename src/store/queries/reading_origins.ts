/** Where the readings of one host at one instant came from: layer, run, file and place in it. */
import type { Layer, Origin } from "../../model/origin.ts";
import { METRICS, type Reading } from "../../model/reading.ts";
import type { Database } from "../database.ts";
import { chunksWithin } from "./chunk_bounds.ts";
import { rowsOfHosts } from "./host_rows.ts";

export interface ReadingOriginsQuery {
  readonly hostId: string;
  /** Null: of each region that has a host of that name. */
  readonly region: string | null;
  readonly atMs: number;
  readonly limit: number;
}

/** A reading, and the version of the file that it is from. */
export interface ReadingOrigin {
  readonly origin: Origin;
  readonly reading: Omit<Reading, "series">;
  /** Of a history file as it was loaded; null of a part of the live archive. */
  readonly file: {
    readonly digest: string;
    readonly bytes: number;
    readonly modifiedMs: number;
  } | null;
}

type OriginRow =
  & Pick<Reading, (typeof METRICS)[number] | "host_id" | "region" | "flags">
  & {
    at: number;
    record_offset: number;
    layer: Layer;
    run_id: string;
    source: string;
    path: string;
    digest: string | null;
    bytes: number | null;
    mtime_ms: number | null;
  };

/** By path and place, `limit` at most. */
export async function queryReadingOrigins(
  database: Database,
  { hostId, region, atMs, limit }: ReadingOriginsQuery,
): Promise<ReadingOrigin[]> {
  const hosts = await database.query<{ host_key: number }>(
    `select h.host_key from rackwatch.hosts h join rackwatch.regions g using (region_key)
    where h.host_id = $1::text and ($2::text is null or g.region = $2::text)`,
    [hostId, region],
  );
  if (hosts.length === 0) return [];
  const rows = await database.query<OriginRow>(
    `select h.host_id, g.region, r.at, ${METRICS.map((one) => `r.${one}`).join(", ")}, r.flags,
      r.record_offset, o.layer, o.run_id, o.source, o.path, o.digest, o.bytes, o.mtime_ms
    from ${rowsOfHosts("$1::int[]")} as r
      join rackwatch.origins o using (origin_key)
      join rackwatch.hosts h using (host_key)
      join rackwatch.regions g on g.region_key = r.region_key
    where r.at >= to_timestamp($2::float8 / 1000) and r.at < to_timestamp($3::float8 / 1000)
      and ${chunksWithin("$2::float8", "$3::float8")}
    order by o.path collate "C", r.record_offset limit $4::int`,
    [hosts.map((one) => one.host_key), atMs, atMs + 1, limit],
  );
  return rows.map(fromRow);
}

function fromRow(row: OriginRow): ReadingOrigin {
  const { layer, run_id, source, path, digest, bytes, mtime_ms, at, record_offset, ...values } =
    row;
  return {
    origin: { layer, runId: run_id, source, path },
    reading: { ...values, atMs: at, offset: record_offset },
    file: digest === null || bytes === null || mtime_ms === null
      ? null
      : { digest, bytes, modifiedMs: mtime_ms },
  };
}
