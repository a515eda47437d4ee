/** A clock whose time passes only when a test says so; what waits on promises runs in between. */
import type { Clock } from "../../../src/runtime/clock.ts";

export class SimulatedClock implements Clock {
  #nowMs: number;
  readonly #tasks = new Set<{ readonly atMs: number; readonly task: () => void }>();

  constructor(startMs = Date.UTC(2025, 10, 21, 2, 42)) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, task: () => void): () => void {
    const entry = { atMs: this.#nowMs + Math.max(0, delayMs), task };
    this.#tasks.add(entry);
    return () => void this.#tasks.delete(entry);
  }

  /** Runs what comes due, in order of time, and all that follows from it without waiting. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    for (;;) {
      await allPromises();
      let next: { readonly atMs: number; readonly task: () => void } | null = null;
      for (const entry of this.#tasks) {
        if (entry.atMs <= untilMs && (next === null || entry.atMs < next.atMs)) next = entry;
      }
      if (next === null) break;
      this.#tasks.delete(next);
      this.#nowMs = next.atMs;
      next.task();
    }
    this.#nowMs = untilMs;
  }

  /** Lets time pass until the promise settles; at most `limitMs` of it. */
  async until<T>(promise: Promise<T>, limitMs = 3_600_000): Promise<T> {
    let isSettled = false;
    promise.then(() => isSettled = true, () => isSettled = true);
    for (let passedMs = 0; passedMs < limitMs; passedMs += 100) {
      await this.advance(100);
      if (isSettled) return await promise;
    }
    throw new Error(`not settled after ${limitMs} simulated ms`);
  }
}

/** Every promise that can go on without time passing has gone on. */
function allPromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
