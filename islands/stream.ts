/** The shared worker's entry: tabs join by their ports, and leave when the lock they held is free. */
import {
  type HubMessage,
  type HubTab,
  StreamHub,
  type TabMessage,
} from "../src/browser/stream_hub.ts";

const hub = new StreamHub({
  open: (url) => new EventSource(url),
  clock: {
    nowMs: () => Date.now(),
    after: (delayMs, task) => {
      const timer = setTimeout(task, delayMs);
      return () => clearTimeout(timer);
    },
  },
  random: () => Math.random(),
});

/** Held while this worker lives; who is granted it next knows that it is gone. */
const lock = `rackwatch-worker-${crypto.randomUUID()}`;
const held = new Promise<void>((resolve) => {
  void navigator.locks.request(lock, () => {
    resolve();
    return new Promise<never>(() => {});
  });
});

globalThis.addEventListener("connect", (event) => {
  const port = (event as MessageEvent).ports[0];
  if (port === undefined) return;
  let tab: HubTab | null = null;
  const send = (message: HubMessage) => port.postMessage(message);
  port.addEventListener("message", ({ data }: MessageEvent<TabMessage>) => {
    switch (data.kind) {
      case "join": {
        const joined = tab = hub.join(send, data);
        void held.then(() => send({ kind: "hello", lock }));
        void navigator.locks.request(data.lock, () => {
          hub.leave(joined);
          port.close();
        });
        break;
      }
      case "interval":
        tab?.setIntervalMs(data.intervalMs);
        break;
      case "hidden":
        tab?.setHidden(data.hidden);
        break;
      case "retry":
        hub.retryNow();
        break;
    }
  });
  port.start();
});
