/** How routes answer: JSON on one line, and long answers as streams that can be told to stop. */
import type { Context } from "hono";
import type { Database } from "../src/store/database.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { storeUnavailable } from "../src/server/http_error.ts";

/** `value` as JSON with a final newline, so that a terminal's prompt starts on its own line. */
export function jsonAnswer(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value) + "\n", {
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
}

/**
 * Text pieces as a streamed answer. The first piece is made before the answer begins, so that what
 * fails at once still gets its own status; a later failure breaks the connection off, which is how
 * a reader learns that the answer isn't whole. Pieces are made only as fast as they are read.
 */
export async function streamAnswer(
  c: Context<ServerEnv>,
  pieces: AsyncGenerator<string>,
  options: StreamOptions,
): Promise<Response> {
  const first = await pieces.next();
  const encoder = new TextEncoder();
  const stop = () => void pieces.return(undefined).catch(() => {});
  const signal = c.req.raw.signal;
  signal.addEventListener("abort", stop, { once: true });
  let next: IteratorResult<string> | null = first;
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const piece = next ?? await pieces.next();
      next = null;
      if (piece.done) {
        signal.removeEventListener("abort", stop);
        return controller.close();
      }
      controller.enqueue(encoder.encode(piece.value));
    },
    cancel: stop,
  }, { highWaterMark: 1 });
  c.set("streamed", true);
  return new Response(body, {
    headers: { "Content-Type": options.type, ...options.headers },
  });
}
