/**
 * A request's body, read as a stream and decoded: bounded in bytes as they come, in bytes decoded, in
 * time, and by what all requests under way may hold together. Refuses with an `HttpError` that says
 * which of them it was.
 */
import { LIMITS } from "../limits.ts";
import type { IngestPlace } from "../model/ingest.ts";
import { type Clock, delay } from "../runtime/clock.ts";
import { decodedBody } from "../sources/http_body.ts";
import { HttpError } from "./http_error.ts";

export interface BodyOptions {
  /** What is to be undone after reading; null: nothing. */
  readonly encoding: string | null;
  /** Once decoded; as it comes LIMITS.httpBodyBytesMax holds as well. */
  readonly bytesMax: number;
  readonly place: Pick<IngestPlace, "hold">;
  readonly clock: Clock;
}

/** @throws {HttpError} 400, 408, 413, 415 or 429. */
export async function readIngestBody(request: Request, options: BodyOptions): Promise<Uint8Array> {
  const raw = await readBytes(request, options);
  const decoded = await decodedBody(raw, options.encoding);
  if (decoded.kind === "refused") {
    throw new HttpError(decoded.status, CODES[decoded.status], decoded.message);
  }
  if (decoded.bytes.length > options.bytesMax) throw tooLarge(options.bytesMax);
  if (decoded.bytes !== raw && !options.place.hold(decoded.bytes.length)) throw tooBusy();
  return decoded.bytes;
}

const CODES = {
  400: "invalid_body",
  413: "body_too_large",
  415: "unknown_encoding",
} as const;

export function tooBusy(): HttpError {
  return new HttpError(
    429,
    "too_busy",
    `Cannot take the lines now: ${LIMITS.ingestRequestsMax} requests, or ` +
      `${LIMITS.ingestBytesMax} bytes of them, are under way. Try again in 1 s.`,
    { "Retry-After": "1" },
  );
}

async function readBytes(request: Request, { place, clock }: BodyOptions): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > LIMITS.httpBodyBytesMax) {
    throw tooLarge(LIMITS.httpBodyBytesMax);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const read = new AbortController();
  const late = delay(clock, LIMITS.ingestReadMsMax, read.signal).then(() => null);
  const reader = request.body?.getReader();
  try {
    for (;;) {
      const next = await Promise.race([reader?.read(), late]);
      if (next === null) throw tooSlow();
      if (next === undefined || next.done) break;
      bytes += next.value.length;
      if (bytes > LIMITS.httpBodyBytesMax) throw tooLarge(LIMITS.httpBodyBytesMax);
      if (!place.hold(next.value.length)) throw tooBusy();
      chunks.push(next.value);
    }
  } catch (error) {
    void reader?.cancel().catch(() => {});
    throw error instanceof HttpError ? error : brokenOff(error);
  } finally {
    read.abort();
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

function tooLarge(bytesMax: number): HttpError {
  return new HttpError(
    413,
    "body_too_large",
    `Cannot read the body: at most ${bytesMax} bytes; send smaller batches.`,
  );
}

function tooSlow(): HttpError {
  return new HttpError(
    408,
    "body_too_slow",
    `Cannot read the body: it was not there within ${LIMITS.ingestReadMsMax / 1_000} s.`,
  );
}

function brokenOff(error: unknown): HttpError {
  return new HttpError(
    400,
    "body_broken_off",
    `Cannot read the body to its end: ${error instanceof Error ? error.message : String(error)}.`,
  );
}
