/**
 * Clients of one interval form a class: its frame is encoded once and handed to all of them. A class
 * remembers which frame it sent last, so that the next one carries the seconds changed since, and
 * keeps its newest events, so that a client that was away briefly gets exactly what it missed.
 *
 * Intervals are whole multiples of 100 ms (10 Hz to 0.01 Hz), never shorter than asked for. So all
 * classes there can be encode Σ 10/k ≤ 75 frames a second together, whatever clients ask for.
 */
import { LIMITS } from "../limits.ts";
import type { Outbox } from "./outbox.ts";
import type { EncodedEvent } from "./sse.ts";

export const TICK_MS = 100;
const TICKS_MAX = 1000;

/** The interval for frames at most `hz` a second; 1 % of grace, for 1/0.3 written as 3.33. */
export function intervalOf(hz: number): number {
  const ticks = Math.ceil(1000 / hz / TICK_MS - 0.01);
  return Math.min(TICKS_MAX, Math.max(1, ticks)) * TICK_MS;
}

interface Kept {
  readonly event: EncodedEvent;
  readonly atMs: number;
}

export class FrameClass {
  readonly clients = new Set<Outbox>();
  /** Version of the live window as of the last frame. */
  secondsVersion: number;
  /** Version of the picture as of the last frame. */
  pictureVersion = -1;
  /** Monotonic ms at which the next frame is due. */
  dueMs: number;
  lastFrameMs: number;
  /** Since when it has no clients; null while it has. */
  emptySinceMs: number | null = null;
  #kept: Kept[] = [];
  #bytes = 0;
  /** Every event of the class after this id is kept. */
  #floorId: number;

  /** `floorId`, `secondsVersion`: those of the snapshot its first client gets. */
  constructor(
    readonly intervalMs: number,
    floorId: number,
    secondsVersion: number,
    monotonicMs: number,
  ) {
    this.#floorId = floorId;
    this.secondsVersion = secondsVersion;
    this.dueMs = monotonicMs + intervalMs;
    this.lastFrameMs = monotonicMs;
  }

  /** Whether a client that saw `id` last can go on with what is kept. */
  canResume(id: number): boolean {
    return id >= this.#floorId;
  }

  after(id: number): EncodedEvent[] {
    return this.#kept.filter(({ event }) => event.id > id).map(({ event }) => event);
  }

  /** Each event is kept by itself; `bytes`, all of them in one, goes to each client. */
  send(events: readonly EncodedEvent[], bytes: Uint8Array, monotonicMs: number): void {
    for (const event of events) {
      this.#kept.push({ event, atMs: monotonicMs });
      this.#bytes += event.bytes.length;
    }
    this.trim(monotonicMs);
    for (const client of this.clients) client.push(bytes);
  }

  trim(monotonicMs: number): void {
    while (this.#kept.length > 0 && this.#tooMuch(this.#kept[0]!, monotonicMs)) {
      const { event } = this.#kept.shift()!;
      this.#bytes -= event.bytes.length;
      this.#floorId = event.id;
    }
  }

  #tooMuch(oldest: Kept, monotonicMs: number): boolean {
    return this.#kept.length > LIMITS.sseResumeFramesMax ||
      this.#bytes > LIMITS.sseResumeBytesMax ||
      monotonicMs - oldest.atMs > LIMITS.sseResumeMsMax;
  }
}
