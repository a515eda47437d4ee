/**
 * History files' rows in `rackwatch.origins`, as statements: which version of a path is being loaded,
 * loaded, staged or refused. `file_load.ts` says in which order they happen.
 */
import type { Origin } from "../model/origin.ts";
import type { Reading } from "../model/reading.ts";
import type { Statement } from "./database.ts";
import { forgetStaged } from "./rederive.ts";

export interface FileIdentity {
  readonly origin: Origin;
  readonly digest: string;
  readonly bytes: number;
  readonly mtimeMs: number;
}

export type OriginRow = {
  origin_key: number;
  state: string;
};

/** From here on, transactions of earlier loads of the path are refused. */
export function takeOver(path: string): Statement {
  return {
    text: `update rackwatch.origins set finished_at = now()
      where layer = 'batch' and path = $1::text and state in ('loading', 'staging')
        and finished_at is null`,
    values: [path],
  };
}

/** All versions of a path, whatever their state. */
export function findOrigins(path: string): Statement {
  return {
    text: `select origin_key, state from rackwatch.origins
      where layer = 'batch' and path = $1::text`,
    values: [path],
  };
}

/** First in every transaction of a load: refused once another one has taken its path over. */
export function expectLoading(originKey: number): Statement {
  return { text: "select rackwatch.expect_loading($1::int)", values: [originKey] };
}

export function insertOrigin(file: FileIdentity, state: "loading" | "staging"): Statement {
  const { origin, digest, bytes, mtimeMs } = file;
  return {
    text: `insert into rackwatch.origins
        (layer, run_id, source, path, state, digest, bytes, mtime_ms)
      values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::bigint, $8::float8)
      returning origin_key`,
    values: [
      origin.layer,
      origin.runId,
      origin.source,
      origin.path,
      state,
      digest,
      bytes,
      mtimeMs,
    ],
  };
}

/** Adds what a chunk brought to its origin's counts and its range of time. */
export function countRows(
  originKey: number,
  readings: readonly Reading[],
  rejected: number,
): Statement {
  let minMs = Infinity;
  let maxMs = -Infinity;
  for (const { atMs } of readings) {
    if (atMs < minMs) minMs = atMs;
    if (atMs > maxMs) maxMs = atMs;
  }
  const empty = readings.length === 0;
  return {
    text: `update rackwatch.origins set rows = rows + $2::bigint, rejected = rejected + $3::bigint,
        min_at = least(min_at, to_timestamp($4::float8 / 1000)),
        max_at = greatest(max_at, to_timestamp($5::float8 / 1000))
      where origin_key = $1::int`,
    values: [originKey, readings.length, rejected, empty ? null : minMs, empty ? null : maxMs],
  };
}

export function deleteOrigin(originKey: number): Statement {
  return {
    text: "delete from rackwatch.origins where origin_key = $1::int",
    values: [originKey],
  };
}

/** With what is staged under it. */
export function forgetOrigin(originKey: number): Statement[] {
  return [...forgetStaged(originKey), deleteOrigin(originKey)];
}

/** Earlier refusals of this path, with their dead letters: the next verdict replaces them. */
export function forgetRefused(path: string): Statement[] {
  const refused = "layer = 'batch' and path = $1::text and state = 'refused'";
  return [
    {
      text: `delete from rackwatch.dead_letters d using rackwatch.origins o
        where d.origin_key = o.origin_key and ${refused}`,
      values: [path],
    },
    { text: `delete from rackwatch.origins where ${refused}`, values: [path] },
  ];
}
