/**
 * The world's time: a queue of things to happen. Nothing waits for real; between two of them every
 * promise that can go on goes on. Same tasks, same order: ties are broken by who came first.
 */
import type { Clock } from "../../src/runtime/clock.ts";
import type { Random } from "../../src/runtime/random.ts";

interface Entry {
  readonly atMs: number;
  readonly nth: number;
  readonly task: () => void;
  cancelled: boolean;
}

export class Schedule {
  /** Since the world's beginning; never goes back. */
  nowMs = 0;
  /** What clocks on the wall are ahead by; jumps. */
  wallAheadMs = Date.UTC(2025, 10, 21, 2, 42);
  /** Of everything that was noted, in order: the same seed gives the same. */
  traceHash = 0n;
  events = 0;
  /** Where set, told of everything noted. */
  onTrace: ((line: string) => void) | null = null;
  readonly #heap: Entry[] = [];
  #nth = 0;

  constructor(readonly random: Random) {}

  trace(what: string): void {
    const line = `${this.nowMs.toFixed(3)} ${what}`;
    this.traceHash = Bun.hash.xxHash64(line, this.traceHash);
    this.onTrace?.(line);
  }

  after(delayMs: number, task: () => void): () => void {
    const entry = {
      atMs: this.nowMs + Math.max(0, delayMs),
      nth: this.#nth++,
      task,
      cancelled: false,
    };
    this.#push(entry);
    return () => void (entry.cancelled = true);
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  /** Lets time pass until `isDone` or the limit; whether it was done. */
  async runUntil(isDone: () => boolean, limitMs: number): Promise<boolean> {
    const endMs = this.nowMs + limitMs;
    for (;;) {
      await settled();
      if (isDone()) return true;
      const next = this.#pop(endMs);
      if (next === null) {
        this.nowMs = endMs;
        return false;
      }
      this.nowMs = next.atMs;
      this.events++;
      next.task();
    }
  }

  /** True in `share` of the cases. */
  chance(share: number): boolean {
    return this.random.next() < share;
  }

  /** A whole number in [low, high]. */
  between(low: number, high: number): number {
    return low + Math.floor(this.random.next() * (high - low + 1));
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(entry, heap[above]!)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = entry;
  }

  #pop(endMs: number): Entry | null {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.atMs > endMs) return null;
      const last = this.#heap.pop()!;
      if (last !== first) this.#sink(last);
      if (!first.cancelled) return first;
    }
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++;
      if (!isBefore(heap[below]!, entry)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = entry;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.nth < b.nth);
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * A process: what it has under way ends with it. Its promises never settle then; what it had asked
 * of the outside may still happen, or not.
 */
export class Process {
  isAlive = true;
  readonly #underWay = new Set<(happens: boolean) => void>();
  readonly #onKill: (() => void)[] = [];

  constructor(readonly schedule: Schedule) {}

  readonly clock: Clock = {
    nowMs: () => Math.floor(this.schedule.nowMs + this.schedule.wallAheadMs),
    monotonicMs: () => this.schedule.nowMs,
    after: (delayMs, task) => this.schedule.after(delayMs, () => this.isAlive && task()),
  };

  /** `effect` after a while, on the outside; its result to this process, if it still lives. */
  ask<T>(delayMs: number, effect: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const happen = () => {
        this.#underWay.delete(atDeath);
        cancel();
        effect().then(
          (value) => this.isAlive && resolve(value),
          (error) => this.isAlive && reject(error),
        );
      };
      const cancel = this.schedule.after(delayMs, happen);
      const atDeath = (happens: boolean) => happens ? happen() : cancel();
      this.#underWay.add(atDeath);
    });
  }

  onKill(task: () => void): void {
    this.#onKill.push(task);
  }

  /** SIGKILL. */
  kill(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    for (const end of [...this.#underWay]) end(this.schedule.chance(0.5));
    this.#underWay.clear();
    for (const task of this.#onKill) task();
  }
}
