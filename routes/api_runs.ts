/**
 * `/api/runs`: archived runs, live and batch, newest first: times, lines, bytes, rows, rejects. The
 * archive says it; what only the hot store knows is added where that is open.
 */
import type { Hono } from "hono";
import { isoUtc } from "../src/model/iso_time.ts";
import type { ArchivedRun, ServerContext, ServerEnv } from "../src/server/context.ts";
import { queryStoredRuns, type StoredRun } from "../src/store/queries/sources.ts";
import { jsonAnswer } from "./answer.ts";
import { readParameters } from "./parameters.ts";

export function mountRuns(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/api/runs", async (c) => {
    readParameters(c.req.url, {});
    const [runs, stored] = await Promise.all([context.runs(), storedRuns(context)]);
    return jsonAnswer(runs.map((run) => runJson(run, stored.get(run.runId))));
  });
}

/** None while the store is away: the archive can be listed all the same. */
async function storedRuns(context: ServerContext): Promise<Map<string, StoredRun>> {
  const database = context.database();
  if (database === null) return new Map();
  try {
    return await queryStoredRuns(database);
  } catch (error) {
    context.log.warn("runs are listed without what the store knows of them", { reason: error });
    return new Map();
  }
}

function runJson(run: ArchivedRun, stored: StoredRun | undefined) {
  return {
    run_id: run.runId,
    kind: run.kind,
    state: run.state,
    started_at: isoUtc(run.startedAtMs),
    closed_at: isoOrNull(run.closedAtMs),
    first_arrival: isoOrNull(run.firstArrivalMs),
    last_arrival: isoOrNull(run.lastArrivalMs),
    first_reading: isoOrNull(stored?.firstReadingMs ?? null),
    last_reading: isoOrNull(stored?.lastReadingMs ?? null),
    lines: run.lines,
    bytes: run.bytes,
    rows: run.rows ?? stored?.rows ?? null,
    rejects: run.rejects ?? stored?.rejects ?? null,
    parts: run.parts,
    deleted_parts: run.deletedParts,
    unknown_columns: run.unknownColumns,
    recovered: run.recovered,
    torn_bytes: run.tornBytes,
    quarantined: run.quarantinedCount,
  };
}

function isoOrNull(atMs: number | null): string | null {
  return atMs === null ? null : isoUtc(atMs);
}
