/**
 * `POST /v1/metrics`: OpenTelemetry's metrics over HTTP, in protobuf or JSON, archived as lines of
 * OTLP/JSON. Answers are in the type of the request: what was taken as an
 * ExportMetricsServiceResponse, an error as a google.rpc.Status.
 * https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
import type { Context, Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import type { ServerEnv } from "../src/server/context.ts";
import { HttpError } from "../src/server/http_error.ts";
import { joinedLines } from "../src/server/ingest_lines.ts";
import { otlpJsonLines, otlpProtobufLines, otlpSuccess } from "../src/sources/otlp_request.ts";
import { type IngestTools, mountIngestForm } from "./ingest_route.ts";
import { bad, readParameters } from "./parameters.ts";
import { statusMessage } from "./rpc_status.ts";

type Coding = "protobuf" | "json";

const TYPES: Readonly<Record<Coding, string>> = {
  protobuf: "application/x-protobuf",
  json: "application/json",
};

export function mountOtlp(app: Hono<ServerEnv>, tools: IngestTools): void {
  mountIngestForm(app, tools, "/v1/metrics", {
    check: (c) => {
      readParameters(c.req.url, {});
      if (codingOf(c) === null) throw unknownType(c);
    },
    bytesMax: LIMITS.ingestMessageBytesMax,
    lines: (body, c) => {
      const read = codingOf(c) === "json" ? otlpJsonLines(body) : otlpProtobufLines(body);
      if (read.kind === "refused") throw bad("invalid_body", read.message);
      return joinedLines(read.lines);
    },
    answer: (_, c) => typed(codingOf(c) ?? "json", 200, otlpSuccess),
    refuse: ({ status, message, headers }, c) =>
      typed(
        codingOf(c) ?? "json",
        status,
        (coding) => statusMessage(status, message, coding),
        headers,
      ),
  });
}

/** Null for a type that is none of OTLP's. */
function codingOf(c: Context<ServerEnv>): Coding | null {
  const [type = ""] = (c.req.header("content-type") ?? "").toLowerCase().split(";");
  if (type.trim() === TYPES.protobuf) return "protobuf";
  return type.trim() === TYPES.json ? "json" : null;
}

function typed(
  coding: Coding,
  status: number,
  body: (coding: Coding) => Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(new Uint8Array(body(coding)), {
    status,
    headers: { "Content-Type": TYPES[coding], ...headers },
  });
}

function unknownType(c: Context<ServerEnv>): HttpError {
  return new HttpError(
    415,
    "unknown_type",
    `Cannot read the body: its Content-Type is ${TYPES.protobuf} or ${TYPES.json}, got ` +
      `${JSON.stringify(c.req.header("content-type") ?? "")}.`,
  );
}
