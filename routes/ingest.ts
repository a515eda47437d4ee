/** `POST /ingest`: NDJSON, a JSON object or array a line, archived as it comes. */
import type { Hono } from "hono";
import type { ServerEnv } from "../src/server/context.ts";
import { errorResponse } from "../src/server/http_error.ts";
import { checkedLines } from "../src/server/ingest_lines.ts";
import { jsonAnswer } from "./answer.ts";
import { type IngestTools, mountIngestForm } from "./ingest_route.ts";
import { readParameters } from "./parameters.ts";

export function mountIngest(app: Hono<ServerEnv>, tools: IngestTools): void {
  mountIngestForm(app, tools, "/ingest", {
    check: (c) => void readParameters(c.req.url, {}),
    lines: (body) => checkedLines(body, jsonFault),
    answer: ({ count }) => jsonAnswer({ archived_lines: count }),
    refuse: errorResponse,
  });
}

const SAMPLE_CHARS = 60;

/** Null for a JSON object or array: what it holds is the mapping's affair. */
export function jsonFault(line: string): string | null {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return null;
  } catch (error) {
    return `it is no JSON (${(error as Error).message})`;
  }
  return `a line is a JSON object or array, got ${line.slice(0, SAMPLE_CHARS)}`;
}
