/**
 * The main thread's side of a worker: starts it, restarts it with back-off when it fails, stops it
 * in order. One worker's failure is never another's: each has a supervisor of its own.
 */
import { LIMITS } from "../limits.ts";
import type { Log } from "../log.ts";
import { type Clock, delay } from "../runtime/clock.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { spawnWorker, type WorkerName } from "./spawn.ts";

export interface SupervisorOptions<Start, From> {
  readonly name: WorkerName;
  /** Called for every start, a restart too; ports in it are new each time and transferred. */
  readonly start: () => { readonly start: Start; readonly transfer?: Transferable[] };
  readonly onMessage: (message: From) => void;
  readonly onFatal: (message: string, exitCode: number) => void;
  readonly clock: Clock;
  readonly log: Log;
  /** So many failures in a row are followed by a restart, one more is fatal; none: all are. */
  readonly restartsMax?: number;
  /** Told of each failure that a restart follows. */
  readonly onFailed?: (message: string) => void;
  /** Makes the thread: the worker of that name unless a test says otherwise. */
  readonly spawn?: (name: WorkerName) => Worker;
}

/** A thread that was told to end has so long; one that is still there then can't be replaced. */
const TERMINATE_MS_MAX = 10_000;

export interface Supervised<To> {
  post(message: To, transfer?: Transferable[]): void;
  /** Resolves when it said `stopped`, or after LIMITS.stopMsMax. */
  stop(): Promise<void>;
  /** Since the start. */
  readonly restarts: number;
}

export function supervise<Start, To extends { readonly type: string }, From>(
  options: SupervisorOptions<Start, From>,
): Supervised<To> {
  const { clock, log } = options;
  let worker: Worker | null = null;
  let stopping = false;
  let restarts = 0;
  let failures = 0;
  let startedMs = 0;
  let stopped: (() => void) | null = null;

  const launch = () => {
    startedMs = clock.monotonicMs();
    const mine = (options.spawn ?? spawnWorker)(options.name);
    worker = mine;
    let over = false;
    const closed = new Promise<void>((resolve) => mine.addEventListener("close", () => resolve()));
    const failed = (message: string) => {
      if (over) return;
      over = true;
      if (worker === mine) worker = null;
      if (stopping) return stopped?.();
      // A worker that ran for a while starts from the shortest wait again.
      if (clock.monotonicMs() - startedMs > LIMITS.restartMsMax) failures = 0;
      if (failures >= (options.restartsMax ?? Infinity)) return options.onFatal(message, 1);
      options.onFailed?.(message);
      void restart(message, mine, closed);
    };
    mine.onmessage = (event: MessageEvent) => {
      // What one that failed goes on to say until it is ended is not the new one's.
      if (over) return;
      const message = event.data as From | FromWorker;
      const known = message as FromWorker;
      if (known.type === "failed") return failed(known.message);
      if (known.type === "fatal") return options.onFatal(known.message, known.exitCode);
      if (known.type === "stopped") return stopped?.();
      options.onMessage(message as From);
    };
    mine.onerror = (event: ErrorEvent) => failed(event.message);
    void closed.then(() => failed("the thread ended"));
    const { start, transfer = [] } = options.start();
    mine.postMessage({ type: "start", start } satisfies ToWorker<Start>, transfer);
  };

  const restart = async (message: string, old: Worker, closed: Promise<void>) => {
    const waitMs = Math.min(LIMITS.restartMsMin * 2 ** failures, LIMITS.restartMsMax);
    failures++;
    restarts++;
    log.error(`the ${options.name} worker failed and is started again`, {
      reason: message,
      wait_ms: waitMs,
    });
    await delay(clock, waitMs);
    // Never two at once: they would write the same files.
    old.terminate();
    const given = new AbortController();
    const ended = closed.then(() => true).finally(() => given.abort());
    const isEnded = await Promise.race([
      ended,
      delay(clock, TERMINATE_MS_MAX, given.signal).then(() => given.signal.aborted),
    ]);
    if (stopping) return;
    if (isEnded) launch();
    else options.onFatal(`the ${options.name} thread failed and does not end: ${message}`, 1);
  };

  launch();
  return {
    post: (message, transfer = []) => worker?.postMessage(message, transfer),
    get restarts() {
      return restarts;
    },
    stop: () =>
      new Promise((resolve) => {
        stopping = true;
        if (worker === null) return resolve();
        const cancel = clock.after(LIMITS.stopMsMax, resolve);
        stopped = () => {
          cancel();
          resolve();
        };
        worker.postMessage({ type: "stop" });
      }),
  };
}
