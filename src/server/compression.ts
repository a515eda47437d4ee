/**
 * Answers get smaller where the client says it can take it: zstd before gzip. Never an event
 * stream, whose events would wait in the compressor; never what is small or already coded.
 */
import type { MiddlewareHandler } from "hono";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip, zstdCompress } from "node:zlib";
import type { ServerEnv } from "./context.ts";

export type Encoding = "br" | "zstd" | "gzip";

/** What an answer may be coded in while it is made: brotli is too slow for that. */
const QUICK = ["zstd", "gzip"] as const;

/** Under this a compressed answer saves no packet. */
const BYTES_MIN = 1_024;
const COMPRESSIBLE =
  /^(?:text\/(?!event-stream)|application\/(?:json|x-ndjson|javascript|manifest\+json)|image\/svg)/i;

/** The first of `offered` that `Accept-Encoding` allows (RFC 9110 §12.5.3); null: send as it is. */
export function chooseEncoding(
  header: string | undefined,
  offered: readonly Encoding[] = QUICK,
): Encoding | null {
  if (header === undefined) return null;
  const allowed = new Set<string>(), refused = new Set<string>();
  for (const part of header.toLowerCase().split(",")) {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim());
    const quality = parameters.find((text) => text.startsWith("q="));
    (quality !== undefined && !(Number(quality.slice(2)) > 0) ? refused : allowed).add(name);
  }
  for (const encoding of offered) {
    if (allowed.has(encoding)) return encoding;
    if (allowed.has("*") && !refused.has(encoding)) return encoding;
  }
  return null;
}

const zstdAsync = promisify(zstdCompress);
const gzipAsync = promisify(gzip);
const brotliAsync = promisify(brotliCompress);
/** 0.3 s for the page's script. */
const SMALLEST = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };

/**
 * Brotli's highest quality, for what is made once and sent often. Level 3 of zstd and 6 of gzip: their
 * own defaults, about 5 ms a megabyte of JSON.
 */
export async function compress(
  bytes: Uint8Array<ArrayBuffer>,
  encoding: Encoding,
): Promise<Uint8Array<ArrayBuffer>> {
  switch (encoding) {
    case "br":
      return new Uint8Array(await brotliAsync(bytes, SMALLEST));
    case "zstd":
      return new Uint8Array(await zstdAsync(bytes));
    case "gzip":
      return new Uint8Array(await gzipAsync(bytes));
  }
}

export function compression(): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    await next();
    const type = c.res.headers.get("Content-Type") ?? "";
    if (c.res.body === null || c.req.method === "HEAD" || !COMPRESSIBLE.test(type)) return;
    c.res.headers.append("Vary", "Accept-Encoding");
    const encoding = chooseEncoding(c.req.header("accept-encoding"));
    if (encoding === null || c.res.headers.has("Content-Encoding")) return;
    const answer = c.res;
    const init = { status: answer.status, headers: new Headers(answer.headers) };
    if (c.get("streamed")) {
      init.headers.set("Content-Encoding", encoding);
      init.headers.delete("Content-Length");
      replace(c, new Response(c.res.body.pipeThrough(compressor(encoding)), init));
      return;
    }
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (bytes.length < BYTES_MIN) return replace(c, new Response(bytes, init));
    init.headers.set("Content-Encoding", encoding);
    init.headers.delete("Content-Length");
    replace(c, new Response(await compress(bytes, encoding), init));
  };
}

/** Hono merges the headers of an answer that is set over another: so the old one goes first. */
function replace(c: { res: Response | undefined }, response: Response): void {
  c.res = undefined;
  c.res = response;
}

/** Bun knows zstd here; the DOM's types don't yet. */
function compressor(encoding: Encoding): ReadableWritablePair<Uint8Array, Uint8Array> {
  return new CompressionStream(encoding as CompressionFormat) as ReadableWritablePair<
    Uint8Array,
    Uint8Array
  >;
}
