/** Lines made here → blocks for the archive, each well below what it takes at a time. */
import { LIMITS } from "../../../limits.ts";
import type { LineBlock } from "../../../model/line_block.ts";

const encoder = new TextEncoder();

/** @param lines Without LF; each shorter than `LIMITS.lineBytesMax`. */
export function blocksOf(lines: readonly string[]): readonly LineBlock[] {
  const blocks: LineBlock[] = [];
  for (let from = 0; from < lines.length;) {
    let chars = 0;
    let to = from;
    while (to < lines.length && (to === from || chars < LIMITS.ingestBlockBytes)) {
      chars += lines[to++]!.length;
    }
    blocks.push(blockOf(lines.slice(from, to)));
    from = to;
  }
  return blocks;
}

function blockOf(lines: readonly string[]): LineBlock {
  const bytes = encoder.encode(lines.map((line) => `${line}\n`).join(""));
  const ends: number[] = [];
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) ends.push(at);
  return { bytes, ends };
}
