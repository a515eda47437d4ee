/** The last minutes of all regions together, as the small line beside a key figure. */
import type { Metric } from "../model/reading.ts";
import { RING_SECONDS, type SecondsRing } from "./seconds_ring.ts";

export const TREND_SPAN_S = 300;
const STEP_S = 10;
export const TREND_POINTS = TREND_SPAN_S / STEP_S;

/** Mean per 10 s of every reading, oldest first; null where there was none. */
export function trendOf(
  rings: Iterable<SecondsRing>,
  metric: Metric,
  toMs: number,
): (number | null)[] {
  const first = Math.floor(toMs / 1000 / STEP_S) - TREND_POINTS + 1;
  const count = new Array<number>(TREND_POINTS).fill(0);
  const sum = new Array<number>(TREND_POINTS).fill(0);
  for (const ring of rings) {
    const columns = ring.columns(metric);
    for (let index = 0; index < RING_SECONDS; index++) {
      const point = Math.floor((ring.seconds[index] ?? -1) / STEP_S) - first;
      if (point < 0 || point >= TREND_POINTS) continue;
      count[point] = (count[point] ?? 0) + (columns.count[index] ?? 0);
      sum[point] = (sum[point] ?? 0) + (columns.sum[index] ?? 0);
    }
  }
  return count.map((readings, point) => readings === 0 ? null : (sum[point] ?? 0) / readings);
}
