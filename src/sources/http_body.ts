/** An HTTP body as its sender coded it → its bytes, within LIMITS.httpBodyBytesMax. */
import { promisify } from "node:util";
import { gunzip, inflate, zstdDecompress } from "node:zlib";
import { LIMITS } from "../limits.ts";

export type DecodedBody =
  | { readonly kind: "body"; readonly bytes: Uint8Array }
  | { readonly kind: "refused"; readonly status: 400 | 413 | 415; readonly message: string };

const DECODERS = {
  gzip: promisify(gunzip) as Decoder,
  "x-gzip": promisify(gunzip) as Decoder,
  deflate: promisify(inflate) as Decoder,
  zstd: promisify(zstdDecompress) as Decoder,
} as const;

type Decoder = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>;

/** @param contentEncoding The header; null or `identity`: as it is. */
export async function decodedBody(
  body: Uint8Array,
  contentEncoding: string | null,
): Promise<DecodedBody> {
  const name = (contentEncoding ?? "identity").trim().toLowerCase();
  if (name === "identity" || name === "") return { kind: "body", bytes: body };
  if (!Object.hasOwn(DECODERS, name)) {
    const known = ["identity", ...Object.keys(DECODERS)].join(", ");
    return {
      kind: "refused",
      status: 415,
      message: `Cannot decode the body: Content-Encoding is one of ${known}, got ${name}.`,
    };
  }
  const bytesMax = LIMITS.httpBodyBytesMax;
  try {
    const decode = DECODERS[name as keyof typeof DECODERS];
    return { kind: "body", bytes: await decode(body, { maxOutputLength: bytesMax }) };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE"
      ? {
        kind: "refused",
        status: 413,
        message: `Cannot decode the body: at most ${bytesMax} bytes decoded.`,
      }
      : {
        kind: "refused",
        status: 400,
        message: `Cannot decode the body as ${name}: ${(error as Error).message}.`,
      };
  }
}
