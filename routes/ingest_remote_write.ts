/**
 * `POST /api/v1/write`: Prometheus' remote write 1.0, archived as lines of JSON. 204 where all is on
 * the disk; 4xx (but 429) tells Prometheus to drop the request, 429 and 5xx to send it again.
 * https://prometheus.io/docs/specs/prw/remote_write_spec/
 */
import type { Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import type { ServerEnv } from "../src/server/context.ts";
import { errorResponse, HttpError } from "../src/server/http_error.ts";
import { joinedLines } from "../src/server/ingest_lines.ts";
import { remoteWriteLines } from "../src/sources/remote_write_request.ts";
import { type IngestTools, mountIngestForm } from "./ingest_route.ts";
import { bad, readParameters } from "./parameters.ts";

export function mountRemoteWrite(app: Hono<ServerEnv>, tools: IngestTools): void {
  mountIngestForm(app, tools, "/api/v1/write", {
    check: (c) => {
      readParameters(c.req.url, {});
      checkType(c.req.header("content-type") ?? "");
    },
    bytesMax: LIMITS.ingestMessageBytesMax,
    // Of the request's format, not of HTTP: the reader of the lines undoes it.
    ownEncoding: "snappy",
    lines: (body) => {
      const read = remoteWriteLines(body);
      if (read.kind === "refused") throw bad("invalid_body", read.message);
      return joinedLines(read.lines);
    },
    answer: () => new Response(null, { status: 204 }),
    refuse: errorResponse,
  });
}

/** @throws {HttpError} 415, after which a sender of version 2 goes back to 1.0. */
function checkType(type: string): void {
  const [name = "", ...parameters] = type.split(";").map((text) => text.trim());
  const proto = parameters.find((text) => text.startsWith("proto="))?.slice("proto=".length);
  const isVersion1 = proto === undefined || proto === "prometheus.WriteRequest";
  if (name === "application/x-protobuf" && isVersion1) return;
  throw new HttpError(
    415,
    "unknown_type",
    "Cannot read the body: its Content-Type is application/x-protobuf, of remote write 1.0 " +
      `(prometheus.WriteRequest), got ${JSON.stringify(type)}.`,
  );
}
