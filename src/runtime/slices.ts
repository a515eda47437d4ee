/**
 * Long work on a thread that others need, too: it is cut into slices of time, and after each one
 * whatever else waits for the thread has its turn. The work is a generator that yields wherever it
 * may be interrupted, every millisecond or so; it keeps no time itself.
 */
import { LIMITS } from "../limits.ts";
import { type Clock, delay, REAL_CLOCK } from "./clock.ts";

export type Steps<T> = Generator<void, T, void>;

/** What the steps return, or the error that they throw. */
export async function inSlices<T>(steps: Steps<T>, clock: Clock = REAL_CLOCK): Promise<T> {
  let sinceMs = clock.monotonicMs();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (clock.monotonicMs() - sinceMs < LIMITS.sliceMsMax) continue;
    await delay(clock, 0);
    sinceMs = clock.monotonicMs();
  }
}

/** The same at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
