/** The speed layer in this thread, life after life, on one data directory and one hot store. */
import { SILENT_LOG } from "../../../src/log.ts";
import { DEFAULT_ALERT_RULES } from "../../../src/model/alert.ts";
import type { SpeedStatus } from "../../../src/model/status.ts";
import { type Clock, REAL_CLOCK } from "../../../src/runtime/clock.ts";
import { type FileSystem, REAL_FILES } from "../../../src/runtime/files.ts";
import { REAL_RANDOM } from "../../../src/runtime/random.ts";
import type { Database } from "../../../src/store/database.ts";
import type { FromSpeed, SpeedStart } from "../../../src/workers/messages.ts";
import { SpeedLayer } from "../../../src/workers/speed/layer.ts";
import { until } from "../../support/rackwatch.ts";

export type SpeedMessage = Extract<FromSpeed, { type: "status" | "delta" }>;

export interface Life {
  readonly layer: SpeedLayer;
  readonly started: Promise<void>;
  readonly messages: readonly SpeedMessage[];
  readonly failures: readonly unknown[];
  status(): SpeedStatus;
  /** Resolves with the first status that fits; the test's time-out is the limit. */
  untilStatus(fits: (status: SpeedStatus) => boolean): Promise<SpeedStatus>;
  /** Sends lines as an agent does, and closes unless told otherwise. */
  send(text: string, options?: { keepOpen?: boolean }): Promise<void>;
}

export interface LifeOptions {
  readonly dataDir: string;
  readonly database: Database;
  readonly clock?: Clock;
  readonly files?: FileSystem;
  readonly start?: Partial<SpeedStart>;
}

/** The real clock, and every wait so many times shorter. */
export function hastyClock(times: number): Clock {
  return { ...REAL_CLOCK, after: (ms, task) => REAL_CLOCK.after(ms / times, task) };
}

/** Begins a life that listens for agents on a free port. */
export function beginLife(options: LifeOptions): Life {
  const messages: SpeedMessage[] = [];
  const failures: unknown[] = [];
  const layer = new SpeedLayer({
    version: "0.0.0",
    dataDir: options.dataDir,
    logFormat: "json",
    // The database is handed over below, opened.
    store: { kind: "postgres", url: "postgres://nowhere" },
    feed: null,
    listen: { hostname: "127.0.0.1", port: 0 },
    token: null,
    rules: DEFAULT_ALERT_RULES,
    sources: [],
    configFile: null,
    ...options.start,
  }, {
    database: options.database,
    files: options.files ?? REAL_FILES,
    clock: options.clock ?? REAL_CLOCK,
    random: REAL_RANDOM,
    log: SILENT_LOG,
    post: (message) => {
      if (message.type === "status" || message.type === "delta") messages.push(message);
    },
    fail: (error) => void failures.push(error),
  });
  const status = () => {
    const last = messages.findLast((one) => one.type === "status");
    if (last?.type !== "status") throw new Error("it has said nothing yet");
    return last.status;
  };
  const started = layer.start();
  started.catch((error) => failures.push(error));
  return {
    layer,
    started,
    messages,
    failures,
    status,
    untilStatus: (fits) => until(status, fits),
    send: async (text, { keepOpen = false } = {}) => {
      const { listen } = await until(status, (one) => one.listen !== null);
      const { hostname, port } = new URL(listen!.replace("tcp:", "http:"));
      await sendBytes(hostname, Number(port), text, keepOpen);
    },
  };
}

function sendBytes(hostname: string, port: number, text: string, keepOpen: boolean): Promise<void> {
  let rest: Uint8Array = new TextEncoder().encode(text);
  return new Promise((resolve, reject) => {
    const push = (socket: Bun.Socket) => {
      while (rest.length > 0) {
        const taken = socket.write(rest);
        if (taken <= 0) return;
        rest = rest.subarray(taken);
      }
      socket.flush();
      if (keepOpen) resolve();
      else socket.end();
    };
    Bun.connect({
      hostname,
      port,
      socket: {
        open: push,
        drain: push,
        data: () => {},
        close: () => resolve(),
        error: (_socket, error) => reject(error),
      },
    }).catch(reject);
  });
}

/** Lines in the facts' wire format; a line's number is its `cpu_load` and its second. */
export function wireLines(
  count: number,
  change: (index: number) => Record<string, unknown> = () => ({}),
): string {
  const startMs = Date.now() - 60_000;
  return Array.from({ length: count }, (_, index) => {
    const at = new Date(startMs + index).toISOString().slice(0, 23).replace("T", " ");
    const host_id = `us-cloud-${index % 5}`;
    return JSON.stringify({ host_id, timestamp: at, temp_c: 50, cpu_load: 40, ...change(index) });
  }).map((line) => line + "\n").join("");
}
