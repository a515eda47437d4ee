/**
 * One look over all history files: loads what is new or changed, one after another, and large ones
 * side by side where there are loaders. Whatever ends it, nothing of it is under way after its end.
 */
import type { BatchWriter } from "../../archive/batch_writer.ts";
import type { FileReport } from "../messages.ts";
import type { LoadProgress } from "./file_chunks.ts";
import { ChangedError } from "./file_loader.ts";
import type { LoaderPool } from "./loader_pool.ts";
import type { FileJob, Loaded, Loading } from "./loading.ts";
import { nothingRead } from "./reports.ts";
import type { HistoryFile } from "./sources.ts";
import type { Tally } from "./tally.ts";
import type { Verdict, Verdicts } from "./verdicts.ts";

export interface PassTools {
  readonly verdicts: Pick<Verdicts, "of" | "loaded" | "lookSoon">;
  readonly loading: Pick<Loading, "load">;
  readonly loaders: Pick<LoaderPool, "size" | "takes" | "load" | "endRun"> | null;
  readonly tally: Tally;
  openArchive(): Promise<BatchWriter>;
  readonly signal: AbortSignal;
  readonly told: PassEvents;
}

export interface PassEvents {
  /** A file that is loaded already, seen for the first time. */
  skipped(): void;
  unreadable(file: HistoryFile, detail: string): void;
  loading(path: string, runId: string): void;
  loaded(loaded: Loaded): void;
  /** It was written while it was read. */
  changed(path: string): void;
}

export class Pass {
  readonly #reports: (FileReport | null)[];
  /** The run of what it loads; null while it has loaded nothing. */
  archive: BatchWriter | null = null;
  /** Of a file that was written while it was read. */
  changed: ChangedError | null = null;
  /** Why no further file is begun. */
  #failure: { readonly error: unknown } | null = null;
  readonly #underWay = new Set<Promise<void>>();

  constructor(private readonly found: readonly HistoryFile[], private readonly tools: PassTools) {
    this.#reports = found.map(() => null);
  }

  /** Of files that need nothing, or are done with, in their order. */
  get reports(): FileReport[] {
    return this.#reports.filter((report) => report !== null);
  }

  /** @throws {StoreError} when the store fails, {StoppedError}, {ArchiveFailedError}. */
  async run(): Promise<void> {
    const { tally, loaders } = this.tools;
    tally.beginPass(this.found.length);
    try {
      for (const [index, file] of this.found.entries()) {
        if (!this.#mayBegin) break;
        await this.#look(index, file);
      }
    } catch (error) {
      this.#failure ??= { error };
    }
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    try {
      await loaders?.endRun();
    } catch (error) {
      this.#failure ??= { error };
    }
    if (this.#failure !== null) throw this.#failure.error;
  }

  get #mayBegin(): boolean {
    return this.#failure === null && !this.tools.signal.aborted;
  }

  async #look(index: number, file: HistoryFile): Promise<void> {
    const { tally, verdicts, told } = this.tools;
    const verdict: Verdict = await verdicts.of(file);
    if (verdict.kind === "load") return await this.#begin(index, verdict.job);
    tally.looked();
    if (verdict.kind === "later") return;
    const detail = verdict.kind === "unreadable" ? verdict.detail : null;
    this.#reports[index] = nothingRead(file, detail === null ? "known" : "refused", detail);
    if (!verdict.isNew) return;
    if (detail === null) told.skipped();
    else told.unreadable(file, detail);
  }

  /** Resolves once the next file may have its turn. */
  async #begin(index: number, job: FileJob): Promise<void> {
    const { loaders, loading, openArchive } = this.tools;
    const archive = this.archive ??= await openArchive();
    // A swap of what a path had before locks whom it would meet, for as long as it takes.
    while (job.replaces && this.#underWay.size > 0) await Promise.race(this.#underWay);
    if (loaders === null || job.replaces || !loaders.takes(job.bytes)) {
      if (this.#mayBegin) await this.#load(index, job, archive, loading);
      return;
    }
    while (this.#underWay.size >= loaders.size) await Promise.race(this.#underWay);
    if (!this.#mayBegin) return;
    const load: Promise<void> = this.#load(index, job, archive, loaders)
      .catch((error) => void (this.#failure ??= { error }))
      .finally(() => this.#underWay.delete(load));
    this.#underWay.add(load);
  }

  async #load(
    index: number,
    job: FileJob,
    archive: BatchWriter,
    loader: Pick<Loading, "load">,
  ): Promise<void> {
    const { tally, verdicts, signal, told } = this.tools;
    const { file, stamp, bytes } = job;
    const path = file.shownPath;
    const onProgress = (progress: LoadProgress) => {
      tally.progress(path, progress);
      told.loading(path, archive.runId);
    };
    tally.begin(path, bytes);
    told.loading(path, archive.runId);
    try {
      const loaded = await loader.load(job, archive, onProgress, signal);
      tally.done(path, loaded.report);
      this.#reports[index] = loaded.report;
      verdicts.loaded(file.path, stamp);
      told.loaded(loaded);
    } catch (error) {
      tally.drop(path);
      if (!(error instanceof ChangedError)) throw error;
      this.changed = error;
      verdicts.lookSoon();
      told.changed(path);
    } finally {
      tally.looked();
    }
  }
}
