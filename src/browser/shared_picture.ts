/**
 * The live picture as the stream has told it so far, folded, so that a tab that comes later gets a
 * snapshot of its own without asking the server; and frames put together for a tab that wants fewer.
 */
import type { Board, Frame, LiveEvent, RegionSecond } from "../model/live_event.ts";
import type { Status } from "../model/status.ts";

export type Snapshot = Extract<LiveEvent, { type: "snapshot" }>;

/** As far back as the server's own snapshot reaches. */
const WINDOW_MS = 300_000;
const PRUNE_EVERY_MS = 10_000;

export class SharedPicture {
  readonly #seconds = new Seconds();
  #board: Board | null = null;
  #status: Status | null = null;
  /** The server's clock against this browser's. */
  #offsetMs = 0;
  #prunedMs = 0;

  apply(event: LiveEvent, localMs: number): void {
    switch (event.type) {
      case "snapshot":
        this.#seconds.clear();
        this.#status = event.data.status;
        this.#frame(event.data, localMs);
        break;
      case "frame":
        this.#frame(event.data, localMs);
        break;
      case "status":
        this.#status = event.data;
        break;
      case "alert":
        break;
    }
  }

  #frame({ board, seconds }: Frame, localMs: number): void {
    this.#board = board;
    this.#offsetMs = board.serverMs - localMs;
    this.#seconds.add(seconds);
    if (Math.abs(board.serverMs - this.#prunedMs) < PRUNE_EVERY_MS) return;
    this.#prunedMs = board.serverMs;
    this.#seconds.dropBefore(board.serverMs - WINDOW_MS);
  }

  /** As the server would give it now; null before the first of its own. */
  snapshot(localMs: number): Snapshot | null {
    if (this.#board === null || this.#status === null) return null;
    const serverMs = localMs + this.#offsetMs;
    const seconds = this.#seconds.list().filter(({ atMs }) => atMs >= serverMs - WINDOW_MS);
    return {
      type: "snapshot",
      data: { board: { ...this.#board, serverMs }, seconds, status: this.#status },
    };
  }
}

/** Frames that were held back, as one: the newest board, each second as it was told last. */
export class HeldFrames {
  readonly #seconds = new Seconds();
  #board: Board | null = null;

  add({ board, seconds }: Frame): void {
    this.#board = board;
    this.#seconds.add(seconds);
  }

  /** Null where nothing is held. */
  take(): Frame | null {
    if (this.#board === null) return null;
    const frame = { board: this.#board, seconds: this.#seconds.list() };
    this.clear();
    return frame;
  }

  clear(): void {
    this.#board = null;
    this.#seconds.clear();
  }
}

/** Whole seconds by region and time, each replacing its own. */
class Seconds {
  readonly #byKey = new Map<string, RegionSecond>();

  add(seconds: readonly RegionSecond[]): void {
    for (const second of seconds) this.#byKey.set(`${second.atMs} ${second.region}`, second);
  }

  dropBefore(fromMs: number): void {
    for (const [key, { atMs }] of this.#byKey) if (atMs < fromMs) this.#byKey.delete(key);
  }

  list(): RegionSecond[] {
    return [...this.#byKey.values()];
  }

  clear(): void {
    this.#byKey.clear();
  }
}
