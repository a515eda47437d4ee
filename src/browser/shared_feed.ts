/**
 * A tab's end of the stream that all tabs share. Where the worker never answers, as in a browser
 * without shared workers, the tab takes a stream of its own; where it dies, a new one is begun.
 */
import type { Feed, FeedState, LiveFeedOptions } from "./live_feed.ts";
import { LiveFeed } from "./live_feed.ts";
import type { HubMessage, TabMessage } from "./stream_hub.ts";

/** The way to the worker, as a browser gives it. */
export interface HubLink {
  send(message: TabMessage): void;
  close(): void;
}

export interface SharedFeedOptions extends LiveFeedOptions {
  /** `onFailure` hears of a worker that could not be started. */
  readonly connect: (
    onMessage: (message: HubMessage) => void,
    onFailure: () => void,
  ) => HubLink;
  /** This tab's own lock; `held` is called once it has it, with none where there are no locks. */
  readonly holdLock: (held: (name: string) => void) => void;
  /** Calls `gone` once whoever holds the lock is no more. */
  readonly awaitLock: (name: string, gone: () => void) => void;
  /** Calls `gone` when the page is put away, `back` when it is taken out again as it was. */
  readonly watchPage: (gone: () => void, back: () => void) => void;
}

/** A worker that says nothing for this long after it was begun is none. */
export const HELLO_MS_MAX = 5_000;

export class SharedFeed implements Feed {
  readonly #options: SharedFeedOptions;
  #intervalMs: number;
  #hidden = false;
  #lock: string | null = null;
  #link: HubLink | null = null;
  #own: LiveFeed | null = null;
  #cancelWait = () => {};

  constructor(options: SharedFeedOptions) {
    this.#options = options;
    this.#intervalMs = options.intervalMs;
  }

  start(): void {
    this.#say({ kind: "connecting" });
    // A page in the browser's cache of pages is none that anybody sees; without locks, this says so.
    this.#options.watchPage(() => this.#leave(), () => this.#own === null && this.#again());
    this.#options.holdLock((name) => {
      this.#lock = name;
      this.#connect();
    });
  }

  setIntervalMs(intervalMs: number): void {
    if (intervalMs === this.#intervalMs) return;
    this.#intervalMs = intervalMs;
    this.#own?.setIntervalMs(intervalMs);
    this.#link?.send({ kind: "interval", intervalMs });
  }

  setHidden(hidden: boolean): void {
    if (hidden === this.#hidden) return;
    this.#hidden = hidden;
    this.#own?.setHidden(hidden);
    this.#link?.send({ kind: "hidden", hidden });
  }

  retryNow(): void {
    this.#own?.retryNow();
    this.#link?.send({ kind: "retry" });
  }

  #connect(): void {
    const { connect, clock } = this.#options;
    const link: HubLink = connect(
      (message) => this.#link === link && this.#hear(message),
      () => this.#link === link && this.#alone(),
    );
    this.#link = link;
    this.#cancelWait = clock.after(HELLO_MS_MAX, () => this.#alone());
    link.send({
      kind: "join",
      lock: this.#lock ?? "",
      intervalMs: this.#intervalMs,
      hidden: this.#hidden,
    });
  }

  #hear(message: HubMessage): void {
    switch (message.kind) {
      case "hello":
        this.#cancelWait();
        if (message.lock !== "") this.#options.awaitLock(message.lock, () => this.#again());
        break;
      case "event":
        this.#options.onEvent(message.event);
        break;
      case "state":
        this.#say(message.state);
        break;
    }
  }

  /** The worker is gone: every tab begins anew, and finds the same one again. */
  #again(): void {
    this.#link?.close();
    this.#say({ kind: "connecting" });
    this.#connect();
  }

  #leave(): void {
    this.#cancelWait();
    this.#link?.send({ kind: "leave" });
    this.#link?.close();
    this.#link = null;
  }

  #alone(): void {
    this.#leave();
    this.#own = new LiveFeed({ ...this.#options, intervalMs: this.#intervalMs });
    this.#own.start();
    this.#own.setHidden(this.#hidden);
  }

  #say(state: FeedState): void {
    this.#options.onState(state);
  }
}
