/** Prepares a CSV file's chunks for its reader: UTF-16 becomes UTF-8, the first ones become a head. */
import { type CsvEncoding, encodingMark } from "./csv_dialect.ts";

/** Enough to tell how a file is written; a longer first row than that is no header. */
const HEAD_BYTES = 65_536;

export interface CsvChunk {
  readonly bytes: Uint8Array;
  /** No more come; it may be empty. */
  readonly last: boolean;
}

/** The file's chunks, the first one long enough to look at. */
export function csvChunks(
  chunks: AsyncIterable<Uint8Array>,
  encoding: CsvEncoding | "auto" = "auto",
): AsyncGenerator<CsvChunk, void, void> {
  return inUtf8(withHead(chunks), encoding);
}

/** Joins the first chunks to a head to look at, and says which chunk is the last. */
async function* withHead(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<CsvChunk, void, void> {
  let head: Uint8Array | null = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (head === null) {
      yield { bytes: chunk, last: false };
      continue;
    }
    head = head.length === 0 ? chunk.slice() : new Uint8Array(Buffer.concat([head, chunk]));
    if (head.length < HEAD_BYTES) continue;
    yield { bytes: head, last: false };
    head = null;
  }
  yield { bytes: head ?? new Uint8Array(0), last: true };
}

/** UTF-16 (declared, or by its byte order mark) as UTF-8; anything else as it is. */
async function* inUtf8(
  chunks: AsyncIterable<CsvChunk>,
  encoding: CsvEncoding | "auto",
): AsyncGenerator<CsvChunk, void, void> {
  let decoder: TextDecoder | null | undefined;
  const encoder = new TextEncoder();
  for await (const { bytes, last } of chunks) {
    if (decoder === undefined) {
      const found = encoding === "auto" ? encodingMark(bytes)?.encoding : encoding;
      decoder = found?.startsWith("utf-16") ? new TextDecoder(found) : null;
    }
    const text = decoder?.decode(bytes, { stream: !last });
    yield { bytes: text === undefined ? bytes : encoder.encode(text), last };
  }
}
