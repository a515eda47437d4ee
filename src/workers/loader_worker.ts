/**
 * Entry point of a loader: a thread that loads history files beside the batch layer's, one at a
 * time. It maps, writes its own files of readings and stores; whatever is the run's (names, rejects,
 * manifest) it asks the batch layer for.
 */
import { ReadingsParts } from "../archive/readings_parts.ts";
import { DiskRoom } from "../archive/disk_room.ts";
import type { BatchFile } from "../archive/batch_manifest.ts";
import { REAL_CLOCK } from "../runtime/clock.ts";
import { REAL_FILES } from "../runtime/files.ts";
import type { RenewableDatabase } from "../store/renewable_database.ts";
import { errorOf, failureOf } from "./batch/loader_failures.ts";
import { type FileJob, Loading, type RunArchive } from "./batch/loading.ts";
import type { FromLoader, LoaderAsk, LoaderStart, ToLoader } from "./messages.ts";
import { openDatabase } from "./store_access.ts";
import { hostWorker, type WorkerTools } from "./worker_host.ts";

interface Open {
  readonly tools: WorkerTools<FromLoader>;
  readonly database: RenewableDatabase;
  readonly loading: Loading;
}

interface Run {
  readonly room: DiskRoom;
  readonly archive: RunArchive;
  readonly readings: ReadingsParts;
}

type Answer = Extract<ToLoader, { type: "answer" }>;

let opened: Open | null = null;
let run: Run | null = null;
let current: AbortController | null = null;
let working: Promise<void> = Promise.resolve();
const asked = new Map<number, PromiseWithResolvers<string>>();
let lastAsked = 0;

hostWorker<LoaderStart, ToLoader, FromLoader>({
  area: "loader",
  start: ({ store, rules }, tools) => {
    const database = openDatabase(store, tools.log);
    const { log } = tools;
    const loading = new Loading({ database, files: REAL_FILES, clock: REAL_CLOCK, log, rules });
    opened = { tools, database, loading };
    return Promise.resolve();
  },
  stop: async () => {
    current?.abort();
    await working;
    await opened?.database.close();
  },
}, (message) => {
  if (opened === null) return;
  if (message.type === "answer") answered(message);
  else if (message.type === "cancel") current?.abort();
  else if (message.type === "begin_run") run = openRun(message, opened);
  else if (message.type === "end_run") working = working.then(endRun).catch(opened.tools.fail);
  else if (message.type === "load") {
    const { job } = message;
    working = working.then(() => load(job)).catch(opened.tools.fail);
  }
});

async function load(job: FileJob): Promise<void> {
  const { loading, tools: { post } } = opened!;
  current = new AbortController();
  try {
    const loaded = await loading.load(
      job,
      run!.archive,
      (progress) => post({ type: "progress", progress }),
      current.signal,
    );
    post({ type: "loaded", loaded });
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    post({ type: "not_loaded", failure });
  } finally {
    current = null;
  }
}

async function endRun(): Promise<void> {
  const { post } = opened!.tools;
  run?.room.stopWaiting();
  try {
    await run?.readings.seal();
    post({ type: "run_ended", failure: null });
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    post({ type: "run_ended", failure });
  } finally {
    run = null;
  }
}

function openRun(
  { runId, runDirectory }: Extract<ToLoader, { type: "begin_run" }>,
  { tools: { log } }: Open,
): Run {
  const room = new DiskRoom({ clock: REAL_CLOCK, log });
  const readings = new ReadingsParts({ runDirectory, files: REAL_FILES, room }, {
    begin: () => ask({ kind: "begin" }),
    end: async (file: BatchFile) => void await ask({ kind: "end", file }),
  });
  const archive: RunArchive = {
    runId,
    addReadings: (lines) => readings.add(lines),
    addDeadLetters: async (lines) => {
      if (lines.length > 0) await ask({ kind: "dead_letters", lines });
    },
    addInput: async (input) => void await ask({ kind: "input", input }),
    sync: async () => void await Promise.all([readings.sync(), ask({ kind: "sync" })]),
  };
  return { room, archive, readings };
}

/** Of the batch layer, which has the run; resolves to the name where one was asked for. */
function ask(what: LoaderAsk): Promise<string> {
  const id = ++lastAsked;
  const answer = Promise.withResolvers<string>();
  asked.set(id, answer);
  opened!.tools.post({ type: "ask", id, ask: what });
  return answer.promise;
}

function answered({ id, name, failure }: Answer): void {
  const answer = asked.get(id);
  asked.delete(id);
  if (failure === null) answer?.resolve(name);
  else answer?.reject(errorOf(failure));
}
