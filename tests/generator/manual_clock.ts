/** A clock that stands still until it is told to go on. */
import type { Clock } from "../../src/runtime/clock.ts";

export class ManualClock implements Clock {
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
    const entry = { atMs: this.#nowMs + delayMs, task };
    this.#tasks.add(entry);
    return () => void this.#tasks.delete(entry);
  }

  /** Tasks that wait for their time. */
  get waiting(): number {
    return this.#tasks.size;
  }

  /** Runs what comes due, in order of time, each at its own. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (;;) {
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
}
