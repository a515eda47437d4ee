/**
 * History files side by side: as many loaders as it may have, started when there is work for them,
 * and kept for the next run. Only where all is loaded at once (`batch`): who watches beside a live
 * layer leaves the cores to it.
 */
import type { BatchWriter } from "../../archive/batch_writer.ts";
import { LIMITS } from "../../limits.ts";
import type { LoaderStart } from "../messages.ts";
import type { LoadProgress } from "./file_chunks.ts";
import { LoaderThread } from "./loader_thread.ts";
import type { FileJob, Loaded } from "./loading.ts";

/** One more than cores: while one waits for the store or the disk, another works. */
export function loadersFor(cores: number): number {
  return Math.min(cores + 1, LIMITS.loadersMax);
}

export class LoaderPool {
  readonly #free: LoaderThread[] = [];
  readonly #all: LoaderThread[] = [];

  constructor(
    private readonly start: LoaderStart,
    /** Files at a time: no more may be given. */
    readonly size: number,
    private readonly fileBytesMin: number = LIMITS.loaderFileBytesMin,
  ) {}

  /** Whether a file of so many bytes is worth a thread. */
  takes(bytes: number): boolean {
    return bytes >= this.fileBytesMin;
  }

  /** Errors as `Loading.load`. */
  async load(
    job: FileJob,
    archive: BatchWriter,
    onProgress: (progress: LoadProgress) => void,
    signal: AbortSignal,
  ): Promise<Loaded> {
    const thread = this.#free.pop() ?? this.#begin();
    try {
      return await thread.load(job, archive, onProgress, signal);
    } finally {
      this.#free.push(thread);
    }
  }

  /** Resolves once every thread's files of readings are whole; nothing is being loaded any more. */
  async endRun(): Promise<void> {
    const ended = await Promise.allSettled(this.#all.map((thread) => thread.endRun()));
    for (const one of ended) if (one.status === "rejected") throw one.reason;
  }

  stop(): void {
    for (const thread of this.#all) thread.stop();
  }

  #begin(): LoaderThread {
    const thread = new LoaderThread(this.start);
    this.#all.push(thread);
    return thread;
  }
}
