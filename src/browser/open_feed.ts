/** The feed of this browser: shared by its tabs where that can be, else a stream of the tab's own. */
import { type Feed, LiveFeed, type LiveFeedOptions } from "./live_feed.ts";
import { SharedFeed } from "./shared_feed.ts";
import type { HubMessage } from "./stream_hub.ts";

/** @param workerUrl null: without sharing */
export function openFeed(options: LiveFeedOptions, workerUrl: string | null): Feed {
  if (workerUrl === null || !("SharedWorker" in globalThis)) return new LiveFeed(options);
  // Over plain HTTP from another machine a browser has none.
  const locks = navigator.locks as LockManager | undefined;
  return new SharedFeed({
    ...options,
    connect: (onMessage, onFailure) => {
      const worker = new SharedWorker(workerUrl, { name: "rackwatch" });
      worker.addEventListener("error", onFailure);
      worker.port.addEventListener(
        "message",
        (event: MessageEvent<HubMessage>) => onMessage(event.data),
      );
      worker.port.start();
      return {
        send: (message) => worker.port.postMessage(message),
        close: () => worker.port.close(),
      };
    },
    holdLock: (held) => {
      if (locks === undefined) return held("");
      const name = `rackwatch-tab-${crypto.randomUUID()}`;
      void locks.request(name, () => {
        held(name);
        return new Promise<never>(() => {});
      });
    },
    awaitLock: (name, gone) => void locks?.request(name, { mode: "shared" }, gone),
    watchPage: (gone, back) => {
      window.addEventListener("pagehide", gone);
      window.addEventListener("pageshow", ({ persisted }) => persisted && back());
    },
  });
}
