/**
 * The batch layer's side of one loader: hands it a file, answers what it asks of the run, and gives
 * its errors as they were. A thread that breaks fails the load under way and every later one.
 */
import type { BatchWriter } from "../../archive/batch_writer.ts";
import type { FromLoader, LoaderAsk, LoaderFailure, LoaderStart, ToLoader } from "../messages.ts";
import { spawnWorker } from "../spawn.ts";
import type { LoadProgress } from "./file_chunks.ts";
import { errorOf, failureOf } from "./loader_failures.ts";
import type { FileJob, Loaded } from "./loading.ts";

export class LoaderThread {
  readonly #worker: Worker;
  #archive: BatchWriter | null = null;
  #broken: Error | null = null;
  #load: PromiseWithResolvers<Loaded> | null = null;
  #ended: PromiseWithResolvers<void> | null = null;
  #onProgress: (progress: LoadProgress) => void = () => {};

  constructor(start: LoaderStart) {
    this.#worker = spawnWorker("loader");
    this.#worker.onmessage = (event: MessageEvent) => this.#take(event.data as FromLoader);
    this.#worker.onerror = (event: ErrorEvent) => this.#break(event.message);
    this.#worker.addEventListener("close", () => this.#break("the thread ended"));
    this.#post({ type: "start", start });
  }

  /** Loads a file into the run; one at a time. */
  async load(
    job: FileJob,
    archive: BatchWriter,
    onProgress: (progress: LoadProgress) => void,
    signal: AbortSignal,
  ): Promise<Loaded> {
    if (this.#broken !== null) throw this.#broken;
    if (this.#archive !== archive) {
      const { runId, runDirectory } = archive;
      this.#post({ type: "begin_run", runId, runDirectory });
      this.#archive = archive;
    }
    const load = this.#load = Promise.withResolvers<Loaded>();
    this.#onProgress = onProgress;
    const cancel = () => this.#post({ type: "cancel" });
    signal.addEventListener("abort", cancel);
    try {
      this.#post({ type: "load", job });
      if (signal.aborted) cancel();
      return await load.promise;
    } finally {
      this.#load = null;
      signal.removeEventListener("abort", cancel);
    }
  }

  /** Resolves once its files of readings are whole and the run lists them. */
  async endRun(): Promise<void> {
    if (this.#archive === null) return;
    if (this.#broken !== null) throw this.#broken;
    this.#ended = Promise.withResolvers<void>();
    this.#post({ type: "end_run" });
    try {
      await this.#ended.promise;
    } finally {
      this.#ended = null;
      this.#archive = null;
    }
  }

  /** It ends what it does and says no more; the thread goes with the process. */
  stop(): void {
    this.#post({ type: "stop" });
  }

  #take(message: FromLoader): void {
    switch (message.type) {
      case "ask":
        return void this.#answer(message.id, message.ask);
      case "progress":
        return this.#onProgress(message.progress);
      case "loaded":
        return this.#load?.resolve(message.loaded);
      case "not_loaded":
        return this.#load?.reject(errorOf(message.failure));
      case "run_ended":
        if (message.failure === null) return this.#ended?.resolve();
        return this.#ended?.reject(errorOf(message.failure));
      case "failed":
      case "fatal":
        return this.#break(message.message);
    }
  }

  async #answer(id: number, ask: LoaderAsk): Promise<void> {
    let name = "";
    let failure: LoaderFailure | null = null;
    try {
      name = await done(ask, this.#archive!);
    } catch (error) {
      failure = failureOf(error);
      if (failure === null) return this.#break(String(error));
    }
    this.#post({ type: "answer", id, name, failure });
  }

  #break(reason: string): void {
    this.#broken ??= new Error(`A thread that loads history files broke: ${reason}`);
    this.#load?.reject(this.#broken);
    this.#ended?.reject(this.#broken);
  }

  #post(message: ToLoader): void {
    this.#worker.postMessage(message);
  }
}

/** What was asked for, done to the run; the name of a file that was begun. */
async function done(ask: LoaderAsk, archive: BatchWriter): Promise<string> {
  switch (ask.kind) {
    case "begin":
      return await archive.begin();
    case "end":
      await archive.end(ask.file);
      return "";
    case "dead_letters":
      await archive.addDeadLetters(ask.lines);
      return "";
    case "input":
      await archive.addInput(ask.input);
      return "";
    case "sync":
      await archive.sync();
      return "";
  }
}
