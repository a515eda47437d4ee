/**
 * InfluxDB's way of writing: `POST /write` of version 1, `POST /api/v2/write` of version 2, line
 * protocol in the body, and what its clients ask before they write: `/ping` and `/health`. Database,
 * organisation, bucket and the like are taken and mean nothing here: there is one archive.
 * https://docs.influxdata.com/influxdb/v1/tools/api/, https://docs.influxdata.com/influxdb/v2/api/
 */
import type { Hono } from "hono";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import type { HttpError } from "../src/server/http_error.ts";
import { withoutComments } from "../src/server/influx_comments.ts";
import { checkedLines } from "../src/server/ingest_lines.ts";
import { looksLikeLineProtocol } from "../src/sources/line_protocol.ts";
import { jsonAnswer } from "./answer.ts";
import { type IngestTools, mountIngestForm } from "./ingest_route.ts";
import { optional, type Parameter, readParameters } from "./parameters.ts";

/** The write API that is spoken here; clients look at the first number. */
const INFLUX_VERSION = "1.8.10";

export function mountInflux(app: Hono<ServerEnv>, tools: IngestTools): void {
  for (const path of ["/write", "/api/v2/write"] as const) {
    mountIngestForm(app, tools, path, {
      check: (c) => void readParameters(c.req.url, PARAMETERS),
      lines: (body) => checkedLines(withoutComments(body), lineProtocolFault),
      answer: () => new Response(null, { status: 204 }),
      refuse: influxError,
    });
  }
  const ping = () =>
    new Response(null, {
      status: 204,
      headers: { "X-Influxdb-Version": INFLUX_VERSION, "X-Influxdb-Build": "rackwatch" },
    });
  app.get("/ping", ping);
  app.get("/health", () => health(tools.context));
}

/** Anything: an empty one too, as clients send for what they were not told. */
const anything: Parameter<string> = { otherwise: null, read: (text) => text };

/** What the magnitude of a number tells from one another. */
const PRECISIONS = ["", "n", "ns", "u", "us", "µ", "µs", "ms", "s"];

const precision: Parameter<string> = {
  otherwise: null,
  read: (text, fail) => {
    if (PRECISIONS.includes(text)) return text;
    return fail("timestamps are in ns, us, ms or s (minutes and hours can't be told from them)");
  },
};

const PARAMETERS = {
  db: optional(anything),
  rp: optional(anything),
  u: optional(anything),
  p: optional(anything),
  consistency: optional(anything),
  org: optional(anything),
  orgID: optional(anything),
  bucket: optional(anything),
  precision: optional(precision),
};

const SAMPLE_CHARS = 60;

/** Only what is plainly none is refused. */
export function lineProtocolFault(line: string): string | null {
  if (looksLikeLineProtocol(line)) return null;
  return "line protocol is like cpu,host=web-1 usage_idle=97.5 1763692976000000000, got " +
    line.slice(0, SAMPLE_CHARS);
}

const CODES: Readonly<Record<number, string>> = {
  400: "invalid",
  413: "request too large",
  429: "too many requests",
  503: "unavailable",
};

/** Clients of version 1 read `error`, those of version 2 `code` and `message`. */
function influxError({ status, message, headers }: HttpError): Response {
  const code = CODES[status] ?? (status < 500 ? "invalid" : "internal error");
  const answer = jsonAnswer({ error: message, code, message }, status);
  for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
  return answer;
}

function health({ version, ingest }: ServerContext): Response {
  const reason = ingest === undefined ? "no speed layer" : ingest.refusal();
  const isReady = reason === null;
  return jsonAnswer({
    name: "rackwatch",
    message: isReady ? "ready for writes" : `takes no lines: ${reason.replace("_", " ")}`,
    status: isReady ? "pass" : "fail",
    checks: [],
    version,
  }, isReady ? 200 : 503);
}
