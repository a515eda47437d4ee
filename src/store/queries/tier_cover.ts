/**
 * A range of time as rollup buckets, few of them: coarse ones within, finer ones at its ends. A
 * coarse bucket is the sum of the finer ones in it, exactly, so the answer is that of the finest.
 */
export interface Stretch {
  readonly stepS: number;
  /** Buckets that begin in [fromMs, toMs). */
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Buckets that add up to those of the first tier that begin in the range or hold its begin.
 * @param tiersS Finest first; each divides the next.
 */
export function coverRange(
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  tiersS: readonly number[],
): Stretch[] {
  const finestMs = tiersS[0]! * 1000;
  return cover(
    Math.floor(fromMs / finestMs) * finestMs,
    Math.ceil(toMs / finestMs) * finestMs,
    tiersS,
  );
}

function cover(fromMs: number, toMs: number, tiersS: readonly number[]): Stretch[] {
  if (fromMs >= toMs) return [];
  const stepS = tiersS.at(-1)!;
  const finer = tiersS.slice(0, -1);
  if (finer.length === 0) return [{ stepS, fromMs, toMs }];
  const stepMs = stepS * 1000;
  const begin = Math.ceil(fromMs / stepMs) * stepMs, end = Math.floor(toMs / stepMs) * stepMs;
  if (begin >= end) return cover(fromMs, toMs, finer);
  return [
    ...cover(fromMs, begin, finer),
    { stepS, fromMs: begin, toMs: end },
    ...cover(end, toMs, finer),
  ];
}

/** Steps, begins and ends, each a list: as `unnest($n::int[], $n::float8[], $n::float8[])` wants them. */
export function stretchColumns(stretches: readonly Stretch[]): number[][] {
  return [
    stretches.map((one) => one.stepS),
    stretches.map((one) => one.fromMs),
    stretches.map((one) => one.toMs),
  ];
}
