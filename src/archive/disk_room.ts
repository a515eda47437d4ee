/**
 * What to do when the disk says no. Full: keep everything, say so once, try again until there is
 * room. Anything else (EIO above all): the kernel may have dropped the dirty pages and marked them
 * clean, so that a second fsync would lie (LWN "PostgreSQL's fsync() surprise"); so no retry, the
 * archive fails for good and the process is to exit and recover from what is on the disk.
 */
import { errorCode } from "../runtime/files.ts";
import { type Clock, delay } from "../runtime/clock.ts";
import type { Log } from "../log.ts";

export type DiskState = "ok" | "full";

/** Waits between tries on a full disk: the first, and the longest after doubling. */
const ROOM_WAIT_MS_MIN = 100;
const ROOM_WAIT_MS_MAX = 1_000;

/** The archive cannot promise anything any more. The process is to exit with `exitCode`. */
export class ArchiveFailedError extends Error {
  override readonly name = "ArchiveFailedError";
  /** EX_IOERR of sysexits.h. */
  readonly exitCode = 74;
  constructor(readonly what: string, cause: unknown) {
    super(
      `Cannot ${what}: ${cause instanceof Error ? cause.message : String(cause)}. ` +
        `What was confirmed before is on the disk; check the disk, then start again to recover.`,
      { cause },
    );
  }
}

export interface DiskRoomOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly onState?: ((state: DiskState) => void) | undefined;
}

export class DiskRoom {
  #state: DiskState = "ok";
  readonly #giveUp = new AbortController();

  constructor(private readonly options: DiskRoomOptions) {}

  get state(): DiskState {
    return this.#state;
  }

  /** From now on a full disk is an error like any other: somebody wants to stop. */
  stopWaiting(): void {
    this.#giveUp.abort();
  }

  /**
   * Runs `action` until it no longer ends in "disk full", `undo` after each time it does. Both must
   * bear being run again. Any other error rejects with `ArchiveFailedError`.
   */
  async run<T>(what: string, action: () => Promise<T>, undo: () => Promise<void>): Promise<T> {
    for (let waitMs = ROOM_WAIT_MS_MIN;; waitMs = Math.min(waitMs * 2, ROOM_WAIT_MS_MAX)) {
      try {
        const result = await action();
        this.#set("ok", what);
        return result;
      } catch (error) {
        if (!isFull(error) || this.#giveUp.signal.aborted) {
          throw new ArchiveFailedError(what, error);
        }
      }
      this.#set("full", what);
      try {
        await undo();
      } catch (error) {
        throw new ArchiveFailedError(what, error);
      }
      await delay(this.options.clock, waitMs, this.#giveUp.signal);
    }
  }

  #set(state: DiskState, what: string): void {
    if (state === this.#state) return;
    this.#state = state;
    if (state === "full") {
      this.options.log.warn("disk full: waiting for room, nothing is dropped", { what });
    } else this.options.log.info("disk has room again", { what });
    this.options.onState?.(state);
  }
}

function isFull(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOSPC" || code === "EDQUOT";
}
