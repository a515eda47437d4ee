/** Entry point of the upkeep thread: `verify` and `rebuild` beside a running house, one at a time. */
import { setPriority } from "node:os";
import { REAL_CLOCK } from "../runtime/clock.ts";
import { REAL_FILES } from "../runtime/files.ts";
import { REAL_RANDOM } from "../runtime/random.ts";
import type { RenewableDatabase } from "../store/renewable_database.ts";
import type { Log } from "../log.ts";
import type { FromUpkeep, ToUpkeep, UpkeepJob, UpkeepStart } from "./messages.ts";
import { openDatabase, renewDatabase } from "./store_access.ts";
import { runUpkeep } from "./upkeep_jobs.ts";
import { hostWorker } from "./worker_host.ts";

/** Between two reports of progress. */
const PROGRESS_MS = 200;
/** Ingest and the page come first. */
const NICE = 10;

interface Open {
  readonly start: UpkeepStart;
  readonly database: RenewableDatabase;
  readonly log: Log;
  readonly post: (message: FromUpkeep) => void;
}

let opened: Open | null = null;
let current: { readonly id: number; readonly stop: AbortController } | null = null;
let working: Promise<void> = Promise.resolve();

hostWorker<UpkeepStart, ToUpkeep, FromUpkeep>({
  area: "upkeep",
  start: (start, { log, post }) => {
    yieldToOthers();
    opened = { start, database: openDatabase(start.store, log), log, post };
    return Promise.resolve();
  },
  stop: async () => {
    current?.stop.abort();
    await working;
    await opened?.database.close();
  },
}, (message) => {
  if (message.type === "store_renewed" && opened !== null) {
    // What the job under way has built or read may be gone.
    current?.stop.abort();
    renewDatabase(opened.database, message.access, opened.log);
  }
  if (message.type === "cancel" && current?.id === message.id) current.stop.abort();
  if (message.type === "run") working = working.then(() => work(message.job, message.id));
});

async function work(job: UpkeepJob, id: number): Promise<void> {
  if (opened === null) return;
  const { start, database, log, post } = opened;
  const stop = new AbortController();
  current = { id, stop };
  let nextMs = 0;
  try {
    const result = await runUpkeep(job, {
      settings: start,
      database,
      tools: { files: REAL_FILES, clock: REAL_CLOCK, random: REAL_RANDOM, log },
      signal: stop.signal,
      isBeside: true,
      onProgress: (progress) => {
        const nowMs = REAL_CLOCK.monotonicMs();
        if (nowMs < nextMs) return;
        nextMs = nowMs + PROGRESS_MS;
        post({ type: "progress", id, progress });
      },
    });
    post({ type: "done", id, result });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.error(`${job} failed`, { reason: error });
    post({ type: "broken", id, message });
  } finally {
    current = null;
  }
}

/** On Linux a priority is a thread's own; elsewhere it would be the whole process's. */
function yieldToOthers(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(NICE);
  } catch {
    // Then it shares as every thread does.
  }
}
