/**
 * Whether whoever sends should wait. It should while batches queue up behind a store that takes them
 * one after another; not while none is taken, since then the archive is the queue.
 */
import { LIMITS } from "../../limits.ts";
import type { Clock } from "../../runtime/clock.ts";

export class Pressure {
  #isOn = false;
  /** None was taken in time: no pressure until one is. */
  #isStalled = false;
  #cancel: (() => void) | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly onChange: (isOn: boolean) => void,
  ) {}

  /** A batch more waits; `queued` in all. */
  rise(queued: number): void {
    if (this.#isOn || this.#isStalled || queued < LIMITS.batchQueueHolds) return;
    this.#set(true);
    this.#watch();
  }

  /** One was taken; `queued` are left. */
  relieve(queued: number): void {
    this.#isStalled = false;
    if (!this.#isOn) return;
    if (queued < LIMITS.batchQueueHolds) this.release();
    else this.#watch();
  }

  release(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#set(false);
  }

  #watch(): void {
    this.#cancel?.();
    this.#cancel = this.clock.after(LIMITS.batchHoldMsMax, () => {
      this.#isStalled = true;
      this.release();
    });
  }

  #set(isOn: boolean): void {
    if (isOn === this.#isOn) return;
    this.#isOn = isOn;
    this.onChange(isOn);
  }
}
