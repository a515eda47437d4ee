/**
 * The hot store for a command that does its work on it and ends (`verify`, `rebuild`): opened,
 * waited for a while, and closed in the end whatever happens.
 */
import { delay, REAL_CLOCK } from "../runtime/clock.ts";
import type { Database } from "../store/database.ts";
import { StoreKeeper } from "../workers/store_keeper.ts";
import type { CommandInput } from "./command.ts";
import { inTime } from "./in_time.ts";
import { onStopSignals, type StopRequest } from "./signals.ts";
import { VERSION } from "./version.ts";

export interface StoreSession {
  readonly database: Database;
  readonly store: StoreKeeper;
  readonly stop: StopRequest;
}

/** A server that is not there after so long is not waited for any more. */
const PATIENCE_MS = 5_000;
const LOOK_MS = 250;

/** Resolves to what `work` resolves to; to a failure's code where there is no store to work on. */
export async function withStore(
  { config, log }: CommandInput,
  work: (session: StoreSession) => Promise<number>,
): Promise<number> {
  const stop = onStopSignals();
  let ready: (database: Database) => void = () => {};
  const opened = new Promise<Database>((resolve) => ready = resolve);
  const store = new StoreKeeper({
    config,
    version: VERSION,
    clock: REAL_CLOCK,
    log,
    onFatal: (message, exitCode) => {
      log.error(message);
      stop.request(exitCode);
    },
    onReady: (database) => ready(database),
  });
  const given = new AbortController();
  try {
    const first = await Promise.race([opened, stop.requested, missing(store, given.signal)]);
    given.abort();
    if (typeof first === "number") return first === 0 ? 1 : first;
    if (first === null) {
      log.error("the hot store is not there", { reason: store.status.last_error });
      return 1;
    }
    return await work({ database: first, store, stop });
  } finally {
    given.abort();
    await inTime(() => store.stop());
  }
}

/** Resolves once the store has been asked for long enough, and has said why it is not there. */
async function missing(store: StoreKeeper, given: AbortSignal): Promise<null> {
  const startedMs = REAL_CLOCK.monotonicMs();
  while (!given.aborted) {
    await delay(REAL_CLOCK, LOOK_MS, given);
    const isLong = REAL_CLOCK.monotonicMs() - startedMs > PATIENCE_MS;
    if (isLong && store.status.last_error !== null) return null;
  }
  return null;
}
