/** How routes answer: JSON on one line, and long answers as streams that can be told to stop. */
import type { Context } from "hono";
import type { Log } from "../src/log.ts";
import type { Database } from "../src/store/database.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { storeUnavailable } from "../src/server/http_error.ts";

/** `value` as JSON with a final newline, so that a terminal's prompt starts on its own line. */
export function jsonAnswer(value: unknown, status = 200): Response {
  return textAnswer(jsonText(value), status);
}

export function jsonText(value: unknown): string {
  return JSON.stringify(value) + "\n";
}

/** @param json As `jsonText` makes it. */
export function textAnswer(json: string, status = 200): Response {
  return new Response(json, {
    status,
    headers: { "Content-Type": "application/json; charset=utf-8" },
  });
}

/** @throws {HttpError} 503 while the hot store isn't open. */
export function openStore(context: ServerContext): Database {
  const database = context.database();
  if (database === null) throw storeUnavailable();
  return database;
}

export interface StreamOptions {
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Hears of a failure after the answer began, when no status can tell of it any more. */
  readonly log: Log;
}

/**
 * Text pieces as a streamed answer. The first piece is made before the answer begins, so that what
 * fails at once still gets its own status; a later failure is logged and breaks the connection off,
 * which is how a reader learns that the answer isn't whole. Pieces are made only as fast as they
 * are read, and no more of them once the client is gone.
 */
export async function streamAnswer(
  c: Context<ServerEnv>,
  pieces: AsyncGenerator<string>,
  options: StreamOptions,
): Promise<Response> {
  let waiting: IteratorResult<string> | null = await pieces.next();
  const encoder = new TextEncoder();
  const stop = () => void pieces.return(undefined).catch(() => {});
  const headers = { "Content-Type": options.type, ...options.headers };
  if (c.req.method === "HEAD") {
    stop();
    return new Response(null, { headers });
  }
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const piece = waiting ?? await pieces.next();
        waiting = null;
        if (piece.done) controller.close();
        else controller.enqueue(encoder.encode(piece.value));
      } catch (error) {
        options.log.warn("an answer broke off", { path: c.req.path, error });
        // Without a reason: Bun would print it to stderr past the log.
        controller.error(undefined);
      }
    },
    cancel: stop,
  }, { highWaterMark: 0 });
  c.req.raw.signal.addEventListener("abort", stop, { once: true });
  c.set("streamed", true);
  return new Response(body, { headers });
}
