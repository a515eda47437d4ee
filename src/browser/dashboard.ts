/**
 * Sets the board model going in a real browser: the stream, the questions to the server, the clock,
 * the address, the keys, the tab's visibility, the kept choices.
 */
import { batch, computed, effect, untracked } from "@preact/signals";
import type { Actions } from "./actions.ts";
import type { ViewState } from "./address.ts";
import { AddressBar } from "./address_bar.ts";
import { type BoardApi, createApi } from "./api.ts";
import { pageAsk, reasonOf } from "./ask.ts";
import type { BoardModel } from "./board_model.ts";
import { cursorActions } from "./cursor_actions.ts";
import { HistoryLoader } from "./history_loader.ts";
import type { Feed } from "./live_feed.ts";
import { openFeed } from "./open_feed.ts";
import {
  browserStore,
  type Preferences,
  readPreferences,
  writePreferences,
} from "./preferences.ts";
import { rangeNamed } from "./ranges.ts";
import { listenToKeys } from "./key_listener.ts";
import { followTaste } from "./taste.ts";

/** Ages are shown to a tenth of a second while they are small; four times a second is calm enough. */
const TICK_MS = 250;

export interface Dashboard {
  readonly actions: Actions;
  /** Call after the islands are hydrated: what it changes must not differ in their first paint. */
  start(): void;
}

export function createDashboard(model: BoardModel): Dashboard {
  const api = createApi(pageAsk);
  const feed = openFeed({
    open: (url) => new EventSource(url),
    clock: { nowMs: () => Date.now(), after: browserTimer },
    random: () => Math.random(),
    onEvent: (event) => model.apply(event, Date.now()),
    onState: (state) => model.setStream(state, Date.now()),
    intervalMs: model.refreshSeconds.value * 1000,
  }, document.documentElement.dataset.worker ?? null);
  const address = new AddressBar(model, () => model.serverMs(Date.now()));
  const actions = createActions(model, api, feed, address);
  return {
    actions,
    start: () => {
      model.synchronise(Date.now());
      applyKept(model);
      listenToKeys({ model, actions });
      address.start();
      const loader = new HistoryLoader(model, api);
      followModel(model, feed);
      feed.start();
      whileVisible(() => {
        const wasLive = model.isLive.peek();
        model.tick(Date.now());
        // A replay that has come up with the head is live, and so is its address.
        if (model.isLive.peek() !== wasLive) address.follow();
        loader.tick(Date.now());
      }, (hidden) => feed.setHidden(hidden));
      addEventListener("online", () => feed.retryNow());
      addEventListener("pagehide", () => address.follow());
      // What was chosen is asked for at once, not at the next tick.
      effect(() => {
        void model.chosen.value;
        untracked(() => loader.tick(Date.now()));
      });
    },
  };
}

function applyKept(model: BoardModel): void {
  const kept = readPreferences(browserStore());
  batch(() => {
    model.taste.value = kept.taste;
    model.refreshSeconds.value = kept.refreshSeconds;
    // A link says what it shows; only the bare address is the viewer's own.
    if (location.search === "") model.change({ metric: kept.metric });
    model.firstRunClosed.value = kept.firstRunClosed;
  });
}

/** What follows the viewer's choices by itself. */
function followModel(model: BoardModel, feed: Feed): void {
  followTaste(model);
  effect(() => feed.setIntervalMs(model.refreshSeconds.value * 1000));
  effect(() => keep({ taste: model.taste.value }));
  effect(() => keep({ refreshSeconds: model.refreshSeconds.value }));
  effect(() => keep({ firstRunClosed: model.firstRunClosed.value }));
  const title = computed(() => titleOf(model));
  effect(() => {
    document.title = title.value;
  });
}

/** Another tab may have kept something else meanwhile: only this changes. */
function keep(part: Partial<Preferences>): void {
  const store = browserStore();
  writePreferences(store, { ...readPreferences(store), ...part });
}

function createActions(
  model: BoardModel,
  api: BoardApi,
  feed: Feed,
  address: AddressBar,
): Actions {
  const go = (part: Partial<ViewState>) => address.go(part);
  const slide = (part: Partial<ViewState>) => address.slide(part);
  const nowMs = () => model.serverMs(Date.now());
  return {
    go,
    slide,
    back: () => {
      if (!address.back()) model.notice.value = "There is nothing to undo.";
    },
    ...cursorActions(model, api, { go, slide }, nowMs),
    setRefreshSeconds: (seconds) => model.refreshSeconds.value = seconds,
    setRange: (name) => go({ range: rangeNamed(name) }),
    setMetric: (metric) => {
      slide({ metric });
      keep({ metric });
    },
    prefer: (part) => model.taste.value = { ...model.taste.peek(), ...part },
    setGeneratorRate: async (rate) => {
      model.generator.value = { state: "loading", message: "" };
      model.generator.value = await outcome(api.setGeneratorRate(rate));
    },
    acknowledge: async (id, note) => {
      const { state, message } = await outcome(api.acknowledge(id, note));
      if (state === "failed") return message;
      model.acknowledged(id, model.serverMs(Date.now()), note);
      return null;
    },
    closeFirstRun: () => model.firstRunClosed.value = true,
    retryNow: () => feed.retryNow(),
  };
}

async function outcome(asked: Promise<void>): Promise<BoardModel["generator"]["value"]> {
  try {
    await asked;
    return { state: "ready", message: "" };
  } catch (error) {
    return { state: "failed", message: reasonOf(error) };
  }
}

/** What a glance at the tab bar has to tell. */
function titleOf(model: BoardModel): string {
  const { critical, warning } = model.liveBoard.value.alertsOpen;
  const { tone, label } = model.connection.value;
  const alerts = critical > 0
    ? `▲ ${critical} critical`
    : warning > 0
    ? `△ ${warning} warning`
    : "";
  const state = tone === "good" ? "" : label;
  return [alerts, state, "rackwatch"].filter((part) => part !== "").join(" · ");
}

function browserTimer(delayMs: number, task: () => void): () => void {
  const timer = setTimeout(task, delayMs);
  return () => clearTimeout(timer);
}

/** Runs `task` every TICK_MS while the tab is seen, at once when it is seen again, never else. */
function whileVisible(task: () => void, onHidden: (hidden: boolean) => void): void {
  let timer: ReturnType<typeof setInterval> | undefined;
  const update = () => {
    const hidden = document.visibilityState === "hidden";
    clearInterval(timer);
    if (!hidden) {
      timer = setInterval(task, TICK_MS);
      task();
    }
    onHidden(hidden);
  };
  document.addEventListener("visibilitychange", update);
  update();
}
