/**
 * Unpacks a block of snappy, of a bounded size: what it says it unpacks to is read before anything
 * is allocated. Throws where it is damaged or larger. Not the framing format for streams.
 *
 * Format: github.com/google/snappy/blob/main/format_description.txt: the size as a varint of 32
 * bits, then elements; a block that gives more or fewer bytes is refused by the library.
 */
import { snappyUncompressor } from "hysnappy";

/** Compiled once: 0.4 ms. Its memory stays as large as the largest block so far, with its input. */
let uncompress: ReturnType<typeof snappyUncompressor> | null = null;

export function unpackSnappyBlock(block: Uint8Array, bytesMax: number): Uint8Array {
  const bytes = unpackedBytes(block);
  if (bytes > bytesMax || block.length > bytesMax) {
    throw new RangeError(
      `a block of ${block.length} bytes says that it unpacks to ${bytes} bytes, ` +
        `at most ${bytesMax} are taken; send smaller batches`,
    );
  }
  uncompress ??= snappyUncompressor();
  return uncompress(block, bytes);
}

function unpackedBytes(block: Uint8Array): number {
  let bytes = 0;
  for (let at = 0; at < 5; at++) {
    const byte = block[at];
    if (byte === undefined) break;
    bytes += (byte & 127) * 128 ** at;
    if (byte < 128) return bytes;
  }
  throw new RangeError("it does not begin with the size of a snappy block");
}
