/** Prepares a CSV file's chunks for its reader: UTF-16 becomes UTF-8, the first ones become a head. */
import { type CsvEncoding, encodingMark, utf16WithoutMark } from "./csv_dialect.ts";

/** Enough to tell how a file is written; a longer first row than that is no header. */
const HEAD_BYTES = 65_536;

export interface CsvChunk {
  readonly bytes: Uint8Array;
  /** No more come; it may be empty. */
  readonly last: boolean;
  /** What the bytes were before they became UTF-8; null where they are as they were. */
  readonly was: CsvEncoding | null;
  readonly wasWhy: string;
}

type HeadedChunk = Pick<CsvChunk, "bytes" | "last">;

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
): AsyncGenerator<HeadedChunk, void, void> {
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

/** UTF-16 (declared, by its byte order mark, or by its NUL bytes) as UTF-8; all else as it is. */
async function* inUtf8(
  chunks: AsyncIterable<HeadedChunk>,
  encoding: CsvEncoding | "auto",
): AsyncGenerator<CsvChunk, void, void> {
  let decoder: TextDecoder | null | undefined;
  let was: CsvEncoding | null = null;
  let wasWhy = "";
  const encoder = new TextEncoder();
  for await (const { bytes, last } of chunks) {
    if (decoder === undefined) {
      const marked = encodingMark(bytes)?.encoding ?? null;
      const found = encoding !== "auto" ? encoding : marked ?? utf16WithoutMark(bytes);
      decoder = found?.startsWith("utf-16") ? new TextDecoder(found) : null;
      if (decoder !== null) was = found;
      wasWhy = marked === null ? "no byte order mark; by its NUL bytes" : "its byte order mark";
    }
    const text = decoder?.decode(bytes, { stream: !last });
    yield { bytes: text === undefined ? bytes : encoder.encode(text), last, was, wasWhy };
  }
}
