/**
 * Sets the board model going in a real browser: the stream, the questions to the server, the clock,
 * the tab's visibility, the kept choices. The only module here that touches `window`.
 */
import { batch, computed, effect } from "@preact/signals";
import type { Actions } from "./actions.ts";
import { ApiError } from "./answers.ts";
import { type BoardApi, createApi } from "./api.ts";
import type { BoardModel } from "./board_model.ts";
import { HistoryLoader } from "./history_loader.ts";
import { LiveFeed } from "./live_feed.ts";
import { readPreferences, writePreferences } from "./preferences.ts";
import { rangeNamed } from "./ranges.ts";
import { timeFormat, viewerZone } from "./times.ts";

/** Ages are shown to a tenth of a second while they are small; four times a second is calm enough. */
const TICK_MS = 250;

export interface Dashboard {
  readonly actions: Actions;
  /** Call after the islands are hydrated: what it changes must not differ in their first paint. */
  start(): void;
}

export function createDashboard(model: BoardModel): Dashboard {
  const api = createApi((url, init) => fetch(url, init));
  const feed = new LiveFeed({
    open: (url) => new EventSource(url),
    clock: { nowMs: () => Date.now(), after: browserTimer },
    random: () => Math.random(),
    onEvent: (event) => model.apply(event, Date.now()),
    onState: (state) => model.setStream(state, Date.now()),
    intervalMs: model.refreshSeconds.value * 1000,
  });
  return {
    actions: createActions(model, api, feed),
    start: () => {
      applyKept(model);
      const loader = new HistoryLoader(model, api);
      followModel(model, feed);
      feed.start();
      whileVisible(() => {
        model.tick(Date.now());
        if (!model.paused.value) loader.tick(Date.now());
      }, (hidden) => feed.setHidden(hidden));
      addEventListener("online", () => feed.retryNow());
      addEventListener("popstate", () => {
        model.range.value = rangeNamed(new URLSearchParams(location.search).get("range"));
      });
    },
  };
}

function applyKept(model: BoardModel): void {
  const kept = readPreferences(localStorage);
  batch(() => {
    model.time.value = timeFormat(viewerZone());
    model.refreshSeconds.value = kept.refreshSeconds;
    model.metric.value = kept.metric;
    model.firstRunClosed.value = kept.firstRunClosed;
  });
}

/** What follows the viewer's choices by itself. */
function followModel(model: BoardModel, feed: LiveFeed): void {
  effect(() => feed.setIntervalMs(model.refreshSeconds.value * 1000));
  effect(() => feed.setPaused(model.paused.value));
  effect(() =>
    writePreferences(localStorage, {
      refreshSeconds: model.refreshSeconds.value,
      metric: model.metric.value,
      firstRunClosed: model.firstRunClosed.value,
    })
  );
  const title = computed(() => titleOf(model));
  effect(() => {
    document.title = title.value;
  });
}

function createActions(
  model: BoardModel,
  api: BoardApi,
  feed: LiveFeed,
): Actions {
  return {
    setPaused: (paused) => model.paused.value = paused,
    setRefreshSeconds: (seconds) => model.refreshSeconds.value = seconds,
    setRange: (name) => {
      if (rangeNamed(name) === model.range.value) return;
      model.range.value = rangeNamed(name);
      history.pushState(null, "", `/?range=${encodeURIComponent(name)}`);
    },
    setMetric: (metric) => model.metric.value = metric,
    setGeneratorRate: async (rate) => {
      model.generator.value = { state: "loading", message: "" };
      model.generator.value = await outcome(api.setGeneratorRate(rate));
    },
    acknowledge: async (id) => {
      const { state, message } = await outcome(api.acknowledge(id));
      if (state === "failed") return message;
      model.acknowledged(id, model.serverMs(Date.now()));
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
    const message = error instanceof ApiError ? error.message : "The server can't be reached.";
    return { state: "failed", message };
  }
}

/** What a glance at the tab bar has to tell. */
function titleOf(model: BoardModel): string {
  const { critical, warning } = model.board.value.alertsOpen;
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
