/**
 * The stream of live events: opens `/events`, says at all times how that stands, and comes back by
 * itself. It owns reconnecting (an EventSource gives up on a 503), asks to resume where it stopped,
 * drops a stream that went silent, and gives the connection back while the tab is hidden: a browser
 * has six connections to a server, and a tab that nobody sees needs none.
 */
import type { LiveEvent } from "../model/live_event.ts";

export type FeedState =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  /** Lost; the next try comes at `retryAtMs`. */
  | { readonly kind: "waiting"; readonly retryAtMs: number; readonly tries: number }
  /** The tab is hidden. */
  | { readonly kind: "asleep" };

/** A stream of live events as the page sees it, wherever it comes from. */
export interface Feed {
  start(): void;
  /** At most one frame in this time. */
  setIntervalMs(intervalMs: number): void;
  setHidden(hidden: boolean): void;
  /** Tries at once instead of at the end of the back-off: the network is back, or the viewer asks. */
  retryNow(): void;
}

/** What an EventSource is to this module. */
export interface EventSourceLike {
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void;
  close(): void;
}

export interface FeedClock {
  nowMs(): number;
  after(delayMs: number, task: () => void): () => void;
}

export interface LiveFeedOptions {
  readonly open: (url: string) => EventSourceLike;
  readonly clock: FeedClock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly onEvent: (event: LiveEvent) => void;
  readonly onState: (state: FeedState) => void;
  readonly intervalMs: number;
}

const EVENT_TYPES = ["snapshot", "frame", "alert", "status"] as const;
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 15_000;
/** A hidden tab keeps its stream this long, so that a glance at another tab costs nothing. */
export const HIDDEN_GRACE_MS = 10_000;
const SILENT_MS_MIN = 30_000;

export class LiveFeed implements Feed {
  readonly #options: LiveFeedOptions;
  #intervalMs: number;
  #source: EventSourceLike | null = null;
  #lastEventId: string | null = null;
  #tries = 0;
  #hidden = false;
  #asleep = false;
  #cancelRetry = () => {};
  #cancelSilence = () => {};
  #cancelSleep = () => {};

  constructor(options: LiveFeedOptions) {
    this.#options = options;
    this.#intervalMs = options.intervalMs;
  }

  start(): void {
    this.#connect();
  }

  /** Closes for good. */
  stop(): void {
    this.#close();
    this.#cancelSleep();
  }

  /** Another refresh interval: the stream is opened anew with it and resumes. */
  setIntervalMs(intervalMs: number): void {
    if (intervalMs === this.#intervalMs) return;
    this.#intervalMs = intervalMs;
    // Frames of another rate are another sequence: their ids can't be resumed from here.
    this.#lastEventId = null;
    if (this.#source !== null) this.#connect();
  }

  setHidden(hidden: boolean): void {
    if (hidden === this.#hidden) return;
    this.#hidden = hidden;
    this.#cancelSleep();
    if (hidden) {
      this.#cancelSleep = this.#options.clock.after(HIDDEN_GRACE_MS, () => {
        this.#asleep = true;
        this.#rest({ kind: "asleep" });
      });
    } else if (this.#asleep) {
      this.#asleep = false;
      this.#connect();
    }
  }

  /** Tries at once instead of at the end of the back-off: the network is back, or the viewer asks. */
  retryNow(): void {
    if (this.#asleep || this.#source !== null) return;
    this.#connect();
  }

  #connect(): void {
    this.#close();
    this.#options.onState({ kind: "connecting" });
    const source = this.#options.open(this.#url());
    this.#source = source;
    for (const type of EVENT_TYPES) {
      source.addEventListener(type, (event) => {
        if (source === this.#source) this.#receive(type, event);
      });
    }
    source.addEventListener("error", () => {
      if (source === this.#source) this.#lost();
    });
    this.#watchSilence();
  }

  #url(): string {
    const query = new URLSearchParams({ hz: String(Number((1000 / this.#intervalMs).toFixed(4))) });
    if (this.#lastEventId !== null) query.set("last_event_id", this.#lastEventId);
    return `/events?${query}`;
  }

  #receive(type: (typeof EVENT_TYPES)[number], message: MessageEvent<string>): void {
    let event: LiveEvent;
    try {
      event = { type, data: JSON.parse(message.data) } as LiveEvent;
    } catch {
      // Half an event: what follows can't be trusted to fit what we have.
      this.#lastEventId = null;
      return this.#lost();
    }
    if (message.lastEventId !== "") this.#lastEventId = message.lastEventId;
    if (this.#tries >= 0) {
      this.#tries = -1;
      this.#options.onState({ kind: "live" });
    }
    this.#watchSilence();
    this.#options.onEvent(event);
  }

  #lost(): void {
    this.#close();
    const tries = Math.max(0, this.#tries) + 1;
    const ceiling = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** (tries - 1));
    // Half of it is jitter: after a restart of the server, its viewers don't come all at once.
    const waitMs = ceiling * (0.5 + this.#options.random() / 2);
    this.#tries = tries;
    const { clock, onState } = this.#options;
    this.#cancelRetry = clock.after(waitMs, () => this.#connect());
    onState({ kind: "waiting", retryAtMs: clock.nowMs() + waitMs, tries });
  }

  /** A stream that says nothing for this long is taken for dead: a proxy may hold it open. */
  #watchSilence(): void {
    this.#cancelSilence();
    const silentMs = Math.max(SILENT_MS_MIN, 3 * this.#intervalMs);
    this.#cancelSilence = this.#options.clock.after(silentMs, () => this.#lost());
  }

  #rest(state: FeedState): void {
    this.#close();
    this.#options.onState(state);
  }

  #close(): void {
    this.#cancelRetry();
    this.#cancelSilence();
    this.#source?.close();
    this.#source = null;
    if (this.#tries < 0) this.#tries = 0;
  }
}
