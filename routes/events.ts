/**
 * `/events`: the live picture as Server-Sent Events. The hub owns the stream and its bounds; here
 * are the parameters, the refusal when no more clients fit, and the end when either side is gone.
 */
import type { Context, Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { HttpError } from "../src/server/http_error.ts";
import { decimalNumber, optional, readParameters, wholeNumber, withDefault } from "./parameters.ts";

const EVENT_STREAM = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-store, no-transform",
  // nginx would hold events back in its buffer.
  "X-Accel-Buffering": "no",
};

const EVENTS_SCHEMA = {
  hz: withDefault(decimalNumber(0.01, 10), 1),
  last_event_id: optional(wholeNumber(0, Number.MAX_SAFE_INTEGER)),
};

export function mountEvents(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/events", (c) => {
    const { hz, last_event_id } = readParameters(c.req.url, EVENTS_SCHEMA);
    // A HEAD is a GET without its body: it must not leave a stream behind that nobody reads.
    if (c.req.method === "HEAD") return new Response(null, { headers: EVENT_STREAM });
    const stream = context.hub.openStream({
      hz,
      lastEventId: headerId(c) ?? last_event_id,
      signal: endSignal(c),
    });
    if (stream === null) throw tooManyStreams();
    // Bun closes a stalled socket after this; the heartbeat keeps one that is only quiet.
    c.env?.server?.timeout(c.req.raw, LIMITS.sseIdleMsMax / 1_000);
    return new Response(stream, { headers: EVENT_STREAM });
  });
}

/** A browser sends back what it last got; what is no number of ours asks for a snapshot. */
function headerId(c: Context<ServerEnv>): number | null {
  const header = c.req.header("last-event-id");
  return header !== undefined && /^\d{1,16}$/.test(header) ? Number(header) : null;
}

/** The client is gone, or the server stops. */
function endSignal(c: Context<ServerEnv>): AbortSignal {
  const gone = c.req.raw.signal;
  const stopping = c.env?.stopping;
  return stopping === undefined ? gone : AbortSignal.any([gone, stopping]);
}

function tooManyStreams(): HttpError {
  return new HttpError(
    503,
    "too_many_streams",
    "No further event stream fits; close another tab or try again in 5 s.",
    { "Retry-After": "5" },
  );
}
