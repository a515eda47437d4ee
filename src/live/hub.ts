/**
 * The hub, on the main thread: takes what the speed layer folded and what the store knows, and gives
 * the live picture to the server, to the first paint and to every browser. Promises that a board
 * costs the same however many hosts there are, and that no client can hold up another or make the
 * process grow.
 */
import type { Log } from "../log.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Board, Frame, LiveDelta } from "../model/live_event.ts";
import type { LiveStatus, Status } from "../model/status.ts";
import { LIMITS } from "../limits.ts";
import { Broadcast, type BroadcastSource, type OpenRequest } from "./broadcast.ts";
import { Picture, type StoredPicture } from "./picture.ts";

export interface HubOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Default LIMITS.hostsMax. */
  readonly hostsMax?: number;
}

const STATUS_MS = 1_000;

export class Hub {
  readonly #clock: Clock;
  readonly #picture: Picture;
  readonly #broadcast: Broadcast;
  #status: Status | null = null;
  #statusSeen = "";
  #statusSentMs = -Infinity;
  #cancelStatus: (() => void) | null = null;
  #alertsOmitted = 0;

  constructor(options: HubOptions) {
    this.#clock = options.clock;
    this.#picture = new Picture(options.clock.monotonicMs(), options.hostsMax);
    this.#broadcast = new Broadcast(options.clock, options.log, this.#source());
  }

  /** What the store holds at start, all of it. */
  seed(stored: Required<StoredPicture>): void {
    this.#picture.store(stored, this.#clock.nowMs());
  }

  /** The batch layer loaded something, or rows were counted anew: what is given replaces or joins. */
  applyBatch(stored: StoredPicture): void {
    this.#picture.store(stored, this.#clock.nowMs());
  }

  apply(delta: LiveDelta): void {
    this.#picture.apply(delta, this.#clock.nowMs(), this.#clock.monotonicMs());
    const told = delta.alerts.slice(0, LIMITS.sseAlertsPerDeltaMax);
    this.#alertsOmitted += delta.alerts.length - told.length;
    this.#broadcast.alerts(told.map((change) => JSON.stringify(change)));
  }

  /** Goes to every client when anything but its clock has changed, at most once a second. */
  setStatus(status: Status): void {
    this.#status = status;
    if (this.#cancelStatus !== null) return;
    const waitMs = this.#statusSentMs + STATUS_MS - this.#clock.monotonicMs();
    if (waitMs <= 0) return this.#sendStatus();
    this.#cancelStatus = this.#clock.after(waitMs, () => this.#sendStatus());
  }

  board(): Board {
    return this.#picture.board(this.#clock.nowMs(), this.#clock.monotonicMs());
  }

  /** @throws {Error} before the first `setStatus` */
  snapshot(): Frame & { readonly status: Status } {
    return {
      board: this.board(),
      seconds: this.#picture.seconds.changedSince(0, this.#clock.nowMs()),
      status: this.#knownStatus(),
    };
  }

  /** What is tracked, and what is not. */
  get tracked(): LiveStatus {
    return this.#picture.tracked;
  }

  /** Streams open now. */
  get clients(): number {
    return this.#broadcast.clients;
  }

  /** Streams ended since start by reason, and alerts that were too many to be sent one by one. */
  get counters(): Readonly<
    Record<"gone" | "stalled" | "aged" | "closed" | "alertsOmitted", number>
  > {
    return { ...this.#broadcast.ended, alertsOmitted: this.#alertsOmitted };
  }

  canAccept(): boolean {
    return this.#status !== null && this.#broadcast.canAccept;
  }

  /** Server-Sent Events as bytes; null when no further client fits, or nothing is known yet. */
  openStream(request: OpenRequest): ReadableStream<Uint8Array> | null {
    return this.canAccept() ? this.#broadcast.open(request) : null;
  }

  /** Ends all streams in order; their clients come back by themselves. */
  close(): void {
    this.#cancelStatus?.();
    this.#broadcast.close();
  }

  #sendStatus(): void {
    this.#cancelStatus = null;
    const seen = JSON.stringify({ ...this.#knownStatus(), now: "" });
    if (seen === this.#statusSeen) return;
    this.#statusSeen = seen;
    this.#statusSentMs = this.#clock.monotonicMs();
    this.#broadcast.status();
  }

  #knownStatus(): Status {
    if (this.#status === null) throw new Error("Cannot take a snapshot: setStatus comes first");
    return this.#status;
  }

  #source(): BroadcastSource {
    const picture = this.#picture;
    return {
      get pictureVersion() {
        return picture.version;
      },
      get secondsVersion() {
        return picture.seconds.version;
      },
      boardJson: () => JSON.stringify(this.board()),
      secondsJson: (sinceVersion) =>
        JSON.stringify(picture.seconds.changedSince(sinceVersion, this.#clock.nowMs())),
      statusJson: () => JSON.stringify(this.#knownStatus()),
    };
  }
}
