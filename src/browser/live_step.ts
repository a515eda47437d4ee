/**
 * How many seconds one point of the live chart spans. A second with a single reading shows one host
 * rather than the region, so the step follows the pace: the smallest that has a dozen readings in it.
 */
import type { SecondsRing } from "./seconds_ring.ts";
import { RING_SECONDS } from "./seconds_ring.ts";

const STEPS_S = [1, 2, 5, 10] as const;
const READINGS_WANTED = 12;
const WINDOW_S = 60;
/** A step is left only when the pace has clearly changed, so that the line does not flicker. */
const SLACK = 1.5;

/** The step in ms for these regions' pace over the last minute; `presentMs` is kept while it fits. */
export function liveStepMs(rings: Iterable<SecondsRing>, nowMs: number, presentMs: number): number {
  const pace = readingsPerSecond(rings, nowMs);
  if (pace === null) return presentMs;
  const present = presentMs / 1000;
  const wanted = smallestStep(pace);
  if (wanted < present && present * pace > READINGS_WANTED * SLACK) {
    return smallestStep(pace / SLACK) * 1000;
  }
  if (wanted > present && present * pace < READINGS_WANTED / SLACK) return wanted * 1000;
  return presentMs;
}

function smallestStep(pace: number): number {
  return STEPS_S.find((step) => step * pace >= READINGS_WANTED) ?? 10;
}

/** Mean over the regions that reported at all; null where none did. */
function readingsPerSecond(rings: Iterable<SecondsRing>, nowMs: number): number | null {
  const from = nowMs / 1000 - WINDOW_S;
  let readings = 0, regions = 0, oldest = Infinity;
  for (const ring of rings) {
    let own = 0;
    for (let slot = 0; slot < RING_SECONDS; slot++) {
      const second = ring.seconds[slot] ?? -1;
      if (second < from) continue;
      own += ring.readings[slot] ?? 0;
      oldest = Math.min(oldest, second);
    }
    readings += own;
    if (own > 0) regions++;
  }
  if (regions === 0) return null;
  const spanS = Math.max(5, Math.min(WINDOW_S, nowMs / 1000 - oldest));
  return readings / regions / spanS;
}
