/**
 * The values of one line, by slot, as a line template found them: of a text where its bytes lie, of
 * a number what it is. Overwritten by the next line.
 */
export interface LineValues {
  /** Of a text: index of its first byte, and of the byte after its last; ASCII without escapes. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly numbers: Float64Array;
}

export interface Slot {
  readonly key: string;
  readonly kind: "text" | "number";
}
