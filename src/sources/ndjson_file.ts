/** NDJSON files: the socket's framer and parser over a file's bytes, at the file's own offsets. */
import type { LineBlock } from "../model/line_block.ts";
import type { SourceItem } from "../model/record.ts";
import { LIMITS } from "../limits.ts";
import { LineFramer } from "./line_framer.ts";
import { parseLineBlock } from "./line_parser.ts";

const LF = 10;

/** Items of all lines, a list for each chunk that completed some. */
export async function* readNdjson(
  chunks: AsyncIterable<Uint8Array>,
  lineBytesMax: number = LIMITS.lineBytesMax,
): AsyncGenerator<SourceItem[], void, void> {
  const framer = new LineFramer(lineBytesMax);
  let position = 0;
  let lineStart = 0;
  let items: SourceItem[] = [];
  const take = (block: LineBlock | null) => {
    if (block === null) return;
    parseLineBlock(block, lineStart, (item) => items.push(item), lineBytesMax);
  };
  for await (const chunk of chunks) {
    for (const piece of pieces(chunk, framer, lineBytesMax)) {
      take(framer.push(piece));
      const lf = piece.lastIndexOf(LF);
      if (lf !== -1) lineStart = position + lf + 1;
      position += piece.length;
    }
    if (items.length > 0) yield items;
    items = [];
  }
  take(framer.end());
  if (items.length > 0) yield items;
}

/**
 * The chunk as one where no line can be cut in it, else line by line: a cut line is shorter in its
 * block than in the file, so only a block of its own has the file's offset.
 */
function* pieces(
  chunk: Uint8Array,
  framer: LineFramer,
  lineBytesMax: number,
): Generator<Uint8Array, void, void> {
  if (!framer.discarding && framer.pendingBytes + chunk.length < lineBytesMax) return yield chunk;
  for (let at = 0; at < chunk.length;) {
    const lf = chunk.indexOf(LF, at);
    const end = lf === -1 ? chunk.length : lf + 1;
    yield chunk.subarray(at, end);
    at = end;
  }
}
