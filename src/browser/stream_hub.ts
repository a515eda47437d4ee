/**
 * One stream of live events for all tabs of a browser; runs in a shared worker. It is as fast as the
 * fastest tab that is seen wants it, a slower one gets frames put together, a new one or one that was
 * asleep gets a snapshot from what was told so far. While no tab is seen there is no stream.
 */
import type { LiveEvent } from "../model/live_event.ts";
import {
  type EventSourceLike,
  type FeedClock,
  type FeedState,
  HIDDEN_GRACE_MS,
  LiveFeed,
} from "./live_feed.ts";
import { HeldFrames, SharedPicture } from "./shared_picture.ts";

export type TabMessage =
  /** `lock` is held by the tab for as long as it lives; empty where there are no locks. */
  | {
    readonly kind: "join";
    readonly lock: string;
    readonly intervalMs: number;
    readonly hidden: boolean;
  }
  | { readonly kind: "interval"; readonly intervalMs: number }
  | { readonly kind: "hidden"; readonly hidden: boolean }
  | { readonly kind: "retry" }
  | { readonly kind: "leave" };

export type HubMessage =
  /** `lock` is held by the worker for as long as it lives; empty where there are no locks. */
  | { readonly kind: "hello"; readonly lock: string }
  | { readonly kind: "event"; readonly event: LiveEvent }
  | { readonly kind: "state"; readonly state: FeedState };

export interface StreamHubOptions {
  readonly open: (url: string) => EventSourceLike;
  readonly clock: FeedClock;
  readonly random: () => number;
}

/** Frames come a little early or late; a tab's own pace is kept on average. */
const SLACK_MS = 40;

export class StreamHub {
  readonly #options: StreamHubOptions;
  readonly #tabs = new Set<HubTab>();
  #feed: LiveFeed | null = null;
  #picture = new SharedPicture();
  #state: FeedState = { kind: "connecting" };

  constructor(options: StreamHubOptions) {
    this.#options = options;
  }

  join(
    send: (message: HubMessage) => void,
    { intervalMs, hidden }: { readonly intervalMs: number; readonly hidden: boolean },
  ): HubTab {
    const tab = new HubTab(send, intervalMs, this.#options.clock, (tab) => this.#changed(tab));
    this.#tabs.add(tab);
    this.#changed(tab);
    tab.setHidden(hidden);
    return tab;
  }

  leave(tab: HubTab): void {
    tab.stop();
    this.#tabs.delete(tab);
    this.#adapt();
  }

  retryNow(): void {
    this.#feed?.retryNow();
  }

  /** A tab came, woke, fell asleep or wants another pace. */
  #changed(tab: HubTab): void {
    this.#adapt();
    if (tab.asleep || !tab.isNew) return;
    tab.say(this.#state);
    if (this.#state.kind === "live") this.#welcome(tab);
  }

  /** The stream as the tabs that are awake need it. */
  #adapt(): void {
    const awake = [...this.#tabs].filter((tab) => !tab.asleep);
    if (awake.length === 0) {
      this.#feed?.stop();
      this.#feed = null;
      return;
    }
    const intervalMs = Math.min(...awake.map((tab) => tab.intervalMs));
    if (this.#feed !== null) return this.#feed.setIntervalMs(intervalMs);
    this.#picture = new SharedPicture();
    this.#feed = new LiveFeed({
      ...this.#options,
      intervalMs,
      onEvent: (event) => this.#event(event),
      onState: (state) => this.#said(state),
    });
    this.#feed.start();
  }

  #said(state: FeedState): void {
    this.#state = state;
    for (const tab of this.#tabs) if (!tab.asleep) tab.say(state);
  }

  #event(event: LiveEvent): void {
    const nowMs = this.#options.clock.nowMs();
    this.#picture.apply(event, nowMs);
    for (const tab of this.#tabs) {
      if (tab.asleep) continue;
      if (tab.isNew && event.type !== "snapshot") this.#welcome(tab);
      else tab.tell(event, nowMs);
    }
  }

  #welcome(tab: HubTab): void {
    const nowMs = this.#options.clock.nowMs();
    const snapshot = this.#picture.snapshot(nowMs);
    if (snapshot !== null) tab.tell(snapshot, nowMs);
  }
}

/** A tab as the hub sees it. */
export class HubTab {
  /** Has had no snapshot since it came or woke. */
  isNew = true;
  asleep = false;
  intervalMs: number;
  readonly #send: (message: HubMessage) => void;
  readonly #clock: FeedClock;
  readonly #onChange: (tab: HubTab) => void;
  readonly #held = new HeldFrames();
  #toldMs = -Infinity;
  #cancelSleep = () => {};

  constructor(
    send: (message: HubMessage) => void,
    intervalMs: number,
    clock: FeedClock,
    onChange: (tab: HubTab) => void,
  ) {
    this.#send = send;
    this.intervalMs = intervalMs;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  setIntervalMs(intervalMs: number): void {
    this.intervalMs = intervalMs;
    this.#onChange(this);
  }

  setHidden(hidden: boolean): void {
    this.#cancelSleep();
    if (hidden) {
      this.#cancelSleep = this.#clock.after(HIDDEN_GRACE_MS, () => this.#sleep());
    } else if (this.asleep) {
      this.asleep = false;
      this.#onChange(this);
    }
  }

  say(state: FeedState): void {
    this.#send({ kind: "state", state });
  }

  /** A frame may be held back, to go with the next; everything else goes at once. */
  tell(event: LiveEvent, nowMs: number): void {
    if (event.type === "snapshot") {
      this.isNew = false;
      this.#held.clear();
      this.#toldMs = nowMs;
    }
    if (event.type !== "frame") return this.#send({ kind: "event", event });
    this.#held.add(event.data);
    if (nowMs - this.#toldMs < this.intervalMs - SLACK_MS) return;
    this.#toldMs = nowMs;
    const data = this.#held.take();
    if (data !== null) this.#send({ kind: "event", event: { type: "frame", data } });
  }

  stop(): void {
    this.#cancelSleep();
  }

  #sleep(): void {
    this.say({ kind: "asleep" });
    this.asleep = true;
    this.isNew = true;
    this.#held.clear();
    this.#onChange(this);
  }
}
