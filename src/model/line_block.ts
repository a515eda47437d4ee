/**
 * The unit in which lines travel from a socket or a file to the archive and the parser: whole lines,
 * their bytes exactly as they came, never decoded on the way.
 *
 * ```
 * bytes  {"a":1}\n{"a":2}\r\n\n
 * ends          ^7         ^16 ^17      index of each line's LF; ends.at(-1) === bytes.length - 1
 * ```
 */
export interface LineBlock {
  /** Complete lines, each LF-terminated; empty or longer, never a part of a line. */
  readonly bytes: Uint8Array;
  /** `ends[i]` is the index of the i-th line's LF in `bytes`; ascending, one a line. */
  readonly ends: readonly number[];
}

/** Index in `block.bytes` of the first byte of line `index`. */
export function lineStart(block: LineBlock, index: number): number {
  return index === 0 ? 0 : (block.ends[index - 1] ?? -1) + 1;
}
