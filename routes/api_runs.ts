/** `/api/runs`: archived runs, live and batch, newest first: times, lines, bytes, rows, rejects. */
import type { Hono } from "hono";
import { isoUtc } from "../src/model/iso_time.ts";
import type { ArchivedRun, ServerContext, ServerEnv } from "../src/server/context.ts";
import { jsonAnswer } from "./answer.ts";
import { readParameters } from "./parameters.ts";

export function mountRuns(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/api/runs", async (c) => {
    readParameters(c.req.url, {});
    return jsonAnswer((await context.runs()).map(runJson));
  });
}

function runJson(run: ArchivedRun) {
  return {
    run_id: run.runId,
    kind: run.kind,
    state: run.state,
    started_at: isoUtc(run.startedAtMs),
    closed_at: isoOrNull(run.closedAtMs),
    first_arrival: isoOrNull(run.firstArrivalMs),
    last_arrival: isoOrNull(run.lastArrivalMs),
    lines: run.lines,
    bytes: run.bytes,
    rows: run.rows,
    rejects: run.rejects,
    parts: run.parts,
    recovered: run.recovered,
    torn_bytes: run.tornBytes,
    quarantined: run.quarantinedCount,
  };
}

function isoOrNull(atMs: number | null): string | null {
  return atMs === null ? null : isoUtc(atMs);
}
