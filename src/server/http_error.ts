/**
 * Errors as answers: `{"error": {"code", "message"}}` with a fitting status. What a caller did
 * wrong is told in full; what went wrong in here is logged in full and told in general.
 */
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Log } from "../log.ts";
import { StoreError } from "../store/database.ts";

/** An answer that is an error: thrown anywhere in a route, rendered by `errorResponse`. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  constructor(
    readonly status: ContentfulStatusCode,
    /** For programs: stable, snake_case. */
    readonly code: string,
    /** For people: the thing, the rule, the value, what to do. */
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export function storeUnavailable(): HttpError {
  return new HttpError(
    503,
    "store_unavailable",
    "The hot store does not answer just now; live data goes on at /events. Try again in 2 s.",
    { "Retry-After": "2" },
  );
}

/** SQLSTATE 57014: the statement ran into its time-out. */
const QUERY_CANCELED = "57014";

/** What `error` looks like from outside. Logs what the caller can do nothing about. */
export function toHttpError(error: unknown, log: Log, where: string): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof StoreError) {
    if (error.code === "unavailable") {
      log.warn("the store did not answer", { where, error });
      return storeUnavailable();
    }
    if (error.sqlState === QUERY_CANCELED) {
      log.warn("a query took too long", { where, error });
      return new HttpError(
        503,
        "query_timeout",
        "The query took too long and was stopped; ask for a shorter range or a smaller limit.",
        { "Retry-After": "5" },
      );
    }
  }
  log.error("a request failed", {
    where,
    error,
    stack: error instanceof Error ? error.stack : undefined,
  });
  return new HttpError(500, "internal", "The request failed inside rackwatch; its log says why.");
}

export function errorResponse(error: HttpError): Response {
  const body = JSON.stringify({ error: { code: error.code, message: error.message } }) + "\n";
  return new Response(body, {
    status: error.status,
    headers: {
      "Content-Type": "application/json; charset=utf-8",
      "Cache-Control": "no-store",
      ...error.headers,
    },
  });
}
