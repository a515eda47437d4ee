/**
 * The bytes of a request's body as they were before `Content-Encoding`: whole, or refused with the
 * HTTP status that says why. Never more than `httpBodyBytesMax`, whatever a body would unpack to;
 * the work is done by other threads. One coding a body: a list of several is refused.
 *
 * Codings: RFC 9110 §8.4.1 (gzip may have several members; deflate is the zlib format), RFC 8878 and
 * RFC 9659 (zstd).
 */
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { LIMITS } from "../limits.ts";
import { ZstdFrames } from "./zstd_frames.ts";

export type DecodedBody =
  | { readonly kind: "body"; readonly bytes: Uint8Array }
  | { readonly kind: "refused"; readonly status: 413 | 415 | 400; readonly message: string };

const BOUND = { maxOutputLength: LIMITS.httpBodyBytesMax };
/** No window larger than the largest body: it is allocated before a byte is unpacked. */
const WINDOW = {
  params: {
    [zlib.constants.ZSTD_d_windowLogMax]: Math.floor(Math.log2(LIMITS.httpBodyBytesMax)),
  },
};

const gunzip = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const inflate = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.inflate);
const unzstd = promisify<zlib.InputType, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress);

/** `encoding` is the header's value; null and "" mean `identity`. */
export async function decodedBody(
  body: Uint8Array,
  encoding: string | null,
): Promise<DecodedBody> {
  const coding = (encoding ?? "").trim().toLowerCase() || "identity";
  if (body.length > LIMITS.httpBodyBytesMax) return tooLarge(`has ${body.length} bytes`);
  try {
    switch (coding) {
      case "identity":
        return { kind: "body", bytes: body };
      case "gzip":
      case "x-gzip":
        return { kind: "body", bytes: await gunzip(body, BOUND) };
      case "deflate":
        return { kind: "body", bytes: await inflate(body, BOUND) };
      case "zstd":
        return await zstdBody(body);
      default:
        return refused(
          415,
          "Cannot decode the body: Content-Encoding is one of identity, gzip, x-gzip, deflate, " +
            `zstd, got ${coding.slice(0, 64)}.`,
        );
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      return tooLarge("has more");
    }
    return damaged(coding, error instanceof Error ? error.message : String(error));
  }
}

/** A cut frame unpacks here to less, without an error, so the frames are followed first. */
async function zstdBody(body: Uint8Array): Promise<DecodedBody> {
  const frames = new ZstdFrames();
  frames.push(body);
  if (body.length === 0 || !frames.whole) {
    return damaged("zstd", "it does not end where a frame ends");
  }
  return { kind: "body", bytes: await unzstd(body, { ...BOUND, ...WINDOW }) };
}

function damaged(coding: string, why: string): DecodedBody {
  return refused(400, `Cannot decode the body as ${coding}: ${why}.`);
}

function tooLarge(what: string): DecodedBody {
  return refused(
    413,
    `Cannot decode the body: at most ${LIMITS.httpBodyBytesMax} bytes decoded, it ${what}; ` +
      "send smaller batches.",
  );
}

function refused(status: 413 | 415 | 400, message: string): DecodedBody {
  return { kind: "refused", status, message };
}
