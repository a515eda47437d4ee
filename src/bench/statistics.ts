/** Figures out of samples. Pure; a benchmark without samples is an error, never a 0. */

/** By nearest rank: the smallest sample that at least that share of all samples does not exceed. */
export function percentile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new RangeError("Cannot take a percentile: there are no samples");
  if (!(share > 0 && share <= 1)) {
    throw new RangeError(`Cannot take a percentile: its share lies in (0, 1], got ${share}`);
  }
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.ceil(share * sorted.length) - 1]!;
}

/** Of an even number of samples the mean of the middle two. */
export function median(samples: readonly number[]): number {
  if (samples.length === 0) throw new RangeError("Cannot take a median: there are no samples");
  const sorted = Float64Array.from(samples).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function rounded(value: number, decimals = 3): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}
