/**
 * One client's outbox: events wait here, in a bounded number of bytes, until the client's socket
 * takes them. Bun asks for the next chunk (`pull`) only while the socket has room, so what waits here
 * is all that waits outside of the kernel.
 *
 *     keeps up ──▶ queue ──▶ pull
 *     falls behind: the queue is full ──▶ it is emptied; once the socket has room again, one fresh
 *                   snapshot takes the place of all that was missed
 *     stands still: nothing was taken for LIMITS.sseWriteMsMax ──▶ the stream ends
 */
import { LIMITS } from "../limits.ts";
import type { EncodedEvent } from "./sse.ts";

/** Why a stream ended. `gone`: the client's side; `stalled`: it took nothing; `aged`: its time is up. */
export type EndReason = "gone" | "stalled" | "aged" | "closed";

export interface OutboxOptions {
  /** A snapshot of now, for a client that fell behind. */
  readonly snapshot: () => EncodedEvent;
  readonly onEnd: (reason: EndReason) => void;
  /** Monotonic, ms. */
  readonly nowMs: () => number;
  readonly bytesMax?: number;
}

export class Outbox {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #options: OutboxOptions;
  readonly #bytesMax: number;
  readonly #openedMs: number;
  #queue: Uint8Array[] = [];
  #bytes = 0;
  #behind = false;
  #skips = 0;
  #ended = false;
  /** Since when something waits and nothing was taken; null while nothing waits. */
  #waitingSinceMs: number | null = null;
  #lastPushMs: number;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  /** Set while the socket asks for a chunk and there is none. */
  #asked: (() => void) | null = null;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#bytesMax = options.bytesMax ?? LIMITS.sseClientBytesMax;
    this.#openedMs = this.#lastPushMs = options.nowMs();
    // Without room of its own the stream holds nothing back: one chunk a pull.
    this.stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#pull(),
      cancel: () => this.end("gone"),
    }, { highWaterMark: 0 });
  }

  get waitingBytes(): number {
    return this.#bytes;
  }

  /** How often it fell behind. */
  get skips(): number {
    return this.#skips;
  }

  get ended(): boolean {
    return this.#ended;
  }

  push(bytes: Uint8Array): void {
    if (this.#ended) return;
    const nowMs = this.#options.nowMs();
    this.#lastPushMs = nowMs;
    this.#waitingSinceMs ??= nowMs;
    if (this.#behind) return;
    // A single event may be larger than the limit: an empty queue takes it.
    if (this.#queue.length > 0 && this.#bytes + bytes.length > this.#bytesMax) return this.#skip();
    this.#queue.push(bytes);
    this.#bytes += bytes.length;
    if (this.#asked !== null) this.#hand();
  }

  /** Looks after deadlines; to be called a few times a second. */
  check(heartbeat: Uint8Array): void {
    if (this.#ended) return;
    const nowMs = this.#options.nowMs();
    if (this.#waitingSinceMs !== null && nowMs - this.#waitingSinceMs > LIMITS.sseWriteMsMax) {
      return this.end("stalled");
    }
    if (nowMs - this.#openedMs > LIMITS.sseAgeMsMax) return this.end("aged");
    if (nowMs - this.#lastPushMs >= LIMITS.sseHeartbeatMs) this.push(heartbeat);
  }

  end(reason: EndReason): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#queue = [];
    this.#bytes = 0;
    if (reason !== "gone") {
      try {
        this.#controller?.close();
      } catch {
        // Cancelled in the same turn: closed is closed.
      }
    }
    this.#asked?.();
    this.#asked = null;
    this.#options.onEnd(reason);
  }

  #skip(): void {
    this.#behind = true;
    this.#skips++;
    this.#queue = [];
    this.#bytes = 0;
  }

  #pull(): Promise<void> | void {
    if (this.#ended) return;
    if (this.#behind || this.#queue.length > 0) return this.#hand();
    return new Promise((resolve) => this.#asked = resolve);
  }

  #hand(): void {
    const bytes = this.#next();
    this.#waitingSinceMs = this.#queue.length > 0 ? this.#options.nowMs() : null;
    this.#controller!.enqueue(bytes);
    this.#asked?.();
    this.#asked = null;
  }

  #next(): Uint8Array {
    if (this.#behind) {
      this.#behind = false;
      return this.#options.snapshot().bytes;
    }
    const bytes = this.#queue.shift()!;
    this.#bytes -= bytes.length;
    return bytes;
  }
}
