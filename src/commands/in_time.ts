/** An ordered end has its time; then the process ends all the same. */
import { LIMITS } from "../limits.ts";
import { delay, REAL_CLOCK } from "../runtime/clock.ts";

/** Of LIMITS.stopMsMax, what is left for the process itself to go. */
const EXIT_MS = 500;

/**
 * Resolves when `end` has, and no later than a stop may take: a store that is still opening, or a
 * server that does not answer, can be left as it is, since whatever counts is in the archive.
 */
export async function inTime(end: () => Promise<void>): Promise<void> {
  const done = new AbortController();
  await Promise.race([
    end().finally(() => done.abort()),
    delay(REAL_CLOCK, LIMITS.stopMsMax - EXIT_MS, done.signal),
  ]);
}
