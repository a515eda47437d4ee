/** Readings a second over the last 10 s of arrival, on a monotonic clock, in steps of 0.1 s. */
const STEP_MS = 100;
const STEPS = 100;

export class ArrivalRate {
  readonly #counts = new Float64Array(STEPS);
  readonly #steps = new Float64Array(STEPS).fill(-1);
  readonly #sinceMs: number;

  /** Until 10 s have passed since `sinceMs`, the rate is over what has passed, at least 1 s. */
  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs;
  }

  add(readings: number, nowMs: number): void {
    const step = Math.floor(nowMs / STEP_MS);
    const slot = step % STEPS;
    if (this.#steps[slot] !== step) {
      this.#steps[slot] = step;
      this.#counts[slot] = 0;
    }
    this.#counts[slot]! += readings;
  }

  perSecond(nowMs: number): number {
    const newest = Math.floor(nowMs / STEP_MS);
    let readings = 0;
    for (let slot = 0; slot < STEPS; slot++) {
      const step = this.#steps[slot]!;
      if (step > newest - STEPS && step <= newest) readings += this.#counts[slot]!;
    }
    const seconds = Math.min(STEPS * STEP_MS, Math.max(1000, nowMs - this.#sinceMs)) / 1000;
    return Math.round(readings / seconds * 10) / 10;
  }
}
