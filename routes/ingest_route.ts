/**
 * What all paths share on which agents bring lines: a place among the requests under way, the body,
 * its lines, the archive's word, and the counters. A success means that every line is on the disk.
 */
import type { Context, Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import type { IngestDoor, IngestPlace, IngestRefusal } from "../src/model/ingest.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { HttpError, toHttpError } from "../src/server/http_error.ts";
import { readIngestBody, tooBusy } from "../src/server/ingest_body.ts";
import type { IngestCounter } from "../src/server/ingest_counts.ts";
import type { IngestLines } from "../src/server/ingest_lines.ts";
import type { IngestPath } from "../src/server/ingest_paths.ts";

/** One way of bringing lines; what it throws as `HttpError` is rendered by `refuse`. */
export interface IngestForm<Lines extends IngestLines> {
  /** Looks at what comes before the body: parameters, content type. */
  readonly check: (c: Context<ServerEnv>) => void;
  /** The largest decoded body; LIMITS.httpBodyBytesMax unless given. */
  readonly bytesMax?: number;
  /** A `Content-Encoding` that `lines` undoes. */
  readonly ownEncoding?: string;
  readonly lines: (body: Uint8Array, c: Context<ServerEnv>) => Promise<Lines> | Lines;
  readonly answer: (lines: Lines, c: Context<ServerEnv>) => Response;
  readonly refuse: (error: HttpError, c: Context<ServerEnv>) => Response;
}

export interface IngestTools {
  readonly context: ServerContext;
  readonly counter: IngestCounter;
}

export function mountIngestForm<Lines extends IngestLines>(
  app: Hono<ServerEnv>,
  { context, counter }: IngestTools,
  path: IngestPath,
  form: IngestForm<Lines>,
): void {
  const log = context.log.area("ingest");
  app.post(path, async (c) => {
    try {
      form.check(c);
      const lines = await throughDoor(c, context, form);
      const agent = c.get("agent");
      if (agent !== undefined && lines.count > 0) {
        context.agentTokens?.hear?.(agent, context.clock.nowMs());
      }
      return form.answer(lines, c);
    } catch (error) {
      const refusal = toHttpError(error, log, path);
      counter.refused(path, refusal.code);
      return form.refuse(refusal, c);
    }
  });

  async function throughDoor(
    c: Context<ServerEnv>,
    { ingest, clock }: ServerContext,
    { lines: linesOf, bytesMax = LIMITS.httpBodyBytesMax, ownEncoding }: IngestForm<Lines>,
  ): Promise<Lines> {
    const door = openDoor(ingest);
    const place = door.enter();
    if (place === null) throw tooBusy();
    try {
      const encoding = c.req.header("content-encoding") ?? null;
      const body = await readIngestBody(c.req.raw, {
        encoding: encoding === ownEncoding ? null : encoding,
        bytesMax,
        place,
        clock,
      });
      const lines = await linesOf(body, c);
      // Taken before the buffer is another thread's.
      const { count, bytes: { length } } = lines;
      // They may be many times what the body was.
      if (!place.hold(length)) throw tooBusy();
      if (length > 0) await archive(lines, place);
      counter.archived(path, count, length);
      return lines;
    } finally {
      place.leave();
    }
  }
}

/** @throws {HttpError} 503, before a body is read in vain. */
function openDoor(door: IngestDoor | undefined): IngestDoor {
  if (door === undefined) {
    throw new HttpError(
      503,
      "not_the_writer",
      "This rackwatch has no speed layer and takes no lines: send them to one that runs `up`.",
    );
  }
  const reason = door.refusal();
  if (reason !== null) throw notTaken(reason, false);
  return door;
}

async function archive({ bytes }: IngestLines, place: IngestPlace): Promise<void> {
  const outcome = await place.archive(bytes);
  if (outcome.kind === "refused") throw notTaken(outcome.reason, outcome.mayBeArchived);
}

const REASONS: Readonly<Record<IngestRefusal, readonly [words: string, retryAfterS: number]>> = {
  starting: ["the speed layer is starting", 2],
  stopping: ["rackwatch is stopping", 5],
  disk_full: ["the archive's disk is full", 10],
  failed: ["the speed layer failed while it had them", 2],
  too_slow: [`they were not on the disk within ${LIMITS.ingestWaitMsMax / 1_000} s`, 5],
};

function notTaken(reason: IngestRefusal, mayBeArchived: boolean): HttpError {
  const [words, retryAfterS] = REASONS[reason];
  const said = mayBeArchived
    ? "They may be archived all the same, and stand twice when they are sent again"
    : "Nothing was archived";
  return new HttpError(
    503,
    reason,
    `Cannot archive the lines: ${words}. ${said}. Try again in ${retryAfterS} s.`,
    { "Retry-After": String(retryAfterS) },
  );
}
