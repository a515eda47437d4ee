/**
 * Wrong tokens by client address: after so many within a window, further tries are not looked at
 * until it is over. Memory is bounded: with too many addresses the oldest is forgotten.
 */
import { LIMITS } from "../limits.ts";
import type { Clock } from "../runtime/clock.ts";

interface Window {
  readonly endsAtMs: number;
  failures: number;
}

export class Attempts {
  readonly #windows = new Map<string, Window>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds until this address may try again; 0 when it may now. */
  waitMs(address: string): number {
    const window = this.#current(address);
    if (window === null || window.failures < LIMITS.loginFailuresMax) return 0;
    return window.endsAtMs - this.#clock.monotonicMs();
  }

  fail(address: string): void {
    const window = this.#current(address);
    if (window !== null) {
      window.failures++;
      return;
    }
    this.#windows.set(address, {
      endsAtMs: this.#clock.monotonicMs() + LIMITS.loginWindowMs,
      failures: 1,
    });
    if (this.#windows.size <= LIMITS.loginAddressesMax) return;
    const oldest = this.#windows.keys().next().value;
    if (oldest !== undefined) this.#windows.delete(oldest);
  }

  #current(address: string): Window | null {
    const window = this.#windows.get(address);
    if (window === undefined) return null;
    if (window.endsAtMs > this.#clock.monotonicMs()) return window;
    this.#windows.delete(address);
    return null;
  }
}
