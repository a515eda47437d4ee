/** A text file's chunks as UTF-8, where it is UTF-16; by its byte order mark, or by its NUL bytes. */
import { csvChunks } from "./csv_chunks.ts";
import type { CsvEncoding } from "./csv_dialect.ts";

export interface WasEncoded {
  readonly encoding: CsvEncoding;
  readonly why: string;
}

/** @param found Told once, where the bytes were not UTF-8. Offsets are those of the UTF-8 text. */
export async function* utf8Chunks(
  chunks: AsyncIterable<Uint8Array>,
  found: (was: WasEncoded) => void = () => {},
): AsyncGenerator<Uint8Array, void, void> {
  let isTold = false;
  for await (const { bytes, was, wasWhy } of csvChunks(chunks)) {
    if (was !== null && !isTold) found({ encoding: was, why: wasWhy });
    isTold = true;
    if (bytes.length > 0) yield bytes;
  }
}
