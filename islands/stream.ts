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

/** Only where the page came over HTTPS, or from this very machine. */
const locks = navigator.locks as LockManager | undefined;

/** Held while this worker lives: who is granted it next knows that it is gone. */
const ownLock = new Promise<string>((resolve) => {
  if (locks === undefined) return resolve("");
  const name = `rackwatch-worker-${crypto.randomUUID()}`;
  void locks.request(name, () => {
    resolve(name);
    return new Promise<never>(() => {});
  });
});

globalThis.addEventListener("connect", (event) => {
  const port = (event as MessageEvent).ports[0];
  if (port === undefined) return;
  let tab: HubTab | null = null;
  const send = (message: HubMessage) => port.postMessage(message);
  const leave = () => {
    if (tab !== null) hub.leave(tab);
    tab = null;
    port.close();
  };
  port.addEventListener("message", ({ data }: MessageEvent<TabMessage>) => {
    switch (data.kind) {
      case "join":
        tab = hub.join(send, data);
        void ownLock.then((lock) => send({ kind: "hello", lock }));
        if (data.lock !== "") void locks?.request(data.lock, leave);
        break;
      case "leave":
        leave();
        break;
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
