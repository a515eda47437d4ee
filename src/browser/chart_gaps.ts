/**
 * Where a line breaks. Sources report at their own pace (ten times a second, once a minute), so a
 * fixed threshold would either cut slow sources to pieces or draw over a fast one's outage.
 */

/** Shorter silences never break a line. */
const GAP_MS_MIN = 10_000;
/** Assumed pace where only two points are known. */
const LONE_SPACING_MS = 60_000;

/**
 * Slots to set to null: all those of each silence that is longer than 10 s, than three steps and than
 * three times the longer of the two spacings beside it. With one of them alone uPlot would draw the
 * line on behind it, to where the silence ends.
 */
export function markGaps(values: readonly (number | undefined | null)[], stepMs: number): number[] {
  const filled: number[] = [];
  values.forEach((value, slot) => {
    if (value !== undefined && value !== null) filled.push(slot);
  });
  const spacing = (index: number): number | null => {
    const left = filled[index], right = filled[index + 1];
    return left === undefined || right === undefined ? null : (right - left) * stepMs;
  };
  const gaps: number[] = [];
  for (let index = 0; index + 1 < filled.length; index++) {
    const silence = spacing(index) ?? 0;
    if (silence <= stepMs) continue;
    const before = spacing(index - 1), after = spacing(index + 1);
    const usual = before === null && after === null
      ? LONE_SPACING_MS
      : Math.max(before ?? 0, after ?? 0);
    if (silence <= Math.max(GAP_MS_MIN, 3 * stepMs, 3 * usual)) continue;
    for (let slot = filled[index]! + 1; slot < filled[index + 1]!; slot++) gaps.push(slot);
  }
  return gaps;
}
