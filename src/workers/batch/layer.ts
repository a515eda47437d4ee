/**
 * The batch layer: looks through the configured paths, loads what is new or changed, and reports.
 * `once` does so one time; `watch` goes on looking, and takes a file once it has stopped growing.
 */
import { recoverBatchRuns } from "../../archive/batch_recovery.ts";
import { type BatchWriter, openBatchRun } from "../../archive/batch_writer.ts";
import { ArchiveFailedError } from "../../archive/disk_room.ts";
import type { SourceDeclaration } from "../../mapping/declaration.ts";
import type { BatchStatus } from "../../model/status.ts";
import { type Clock, delay } from "../../runtime/clock.ts";
import type { FileSystem } from "../../runtime/files.ts";
import type { Log } from "../../log.ts";
import { type Database, StoreError } from "../../store/database.ts";
import type { BatchReport, BatchStart, FileReport, FromBatch } from "../messages.ts";
import { BATCH_OFF } from "../off_status.ts";
import { ChangedError, StoppedError } from "./file_loader.ts";
import { FileTraffic } from "./file_traffic.ts";
import type { LoaderPool } from "./loader_pool.ts";
import { Loading } from "./loading.ts";
import { Pass, type PassEvents } from "./pass.ts";
import { sumReports } from "./reports.ts";
import { findHistoryFiles, historySources } from "./sources.ts";
import { Tally } from "./tally.ts";
import { Verdicts } from "./verdicts.ts";

export interface BatchTools {
  readonly database: Database;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly log: Log;
  /** Closes runs that a crash left open; true unless another batch layer works beside this one. */
  readonly recovers?: boolean;
  /** Large files are loaded there, side by side; in this thread, one after another, unless given. */
  readonly loaders?: LoaderPool;
  post(message: FromBatch): void;
}

/** `once` gives up after so many passes in a row that the store failed. */
const ONCE_ATTEMPTS_MAX = 5;

type Totals = { -readonly [K in keyof BatchStatus]: BatchStatus[K] };

/** What it is told; the store is given open. */
export type BatchSettings = Omit<BatchStart, "store">;

export class BatchLayer {
  readonly #start: BatchSettings;
  readonly #tools: BatchTools;
  readonly #sources: readonly SourceDeclaration[];
  readonly #loading: Loading;
  readonly #verdicts: Verdicts;
  readonly #tally = new Tally();
  readonly #stopping = new AbortController();
  readonly #traffic = new FileTraffic();
  readonly #status: Totals = { ...BATCH_OFF, state: "idle" };
  #loop: Promise<void> | null = null;
  /** What a pass tells as it goes on. */
  readonly #told: PassEvents = {
    skipped: () => this.#status.files_skipped++,
    unreadable: (file, reason) => {
      this.#status.files_refused++;
      this.#tools.log.warn("history file refused", { file: file.shownPath, reason });
    },
    loading: (path, runId) => {
      this.#status.run_id = runId;
      this.#status.current_file = path;
      this.#say("loading");
    },
    loaded: ({ report, isNewSchema }) => {
      if (isNewSchema) this.#traffic.changed(report.source);
      this.#took(report);
    },
    changed: (file) =>
      this.#tools.log.warn("a history file is being written; looking again", { file }),
  };

  constructor(start: BatchSettings, tools: BatchTools) {
    this.#start = start;
    this.#tools = tools;
    this.#sources = historySources(
      start.sources,
      start.configFile ?? "configuration",
      start.demo,
    );
    this.#loading = new Loading({ ...tools, rules: start.rules });
    this.#verdicts = new Verdicts(start.mode, { ...tools, loading: this.#loading });
  }

  get #archiveDirectory(): string {
    return `${this.#start.dataDir}/batch_data`;
  }

  /** Begins; in `once` the report is posted when all is done. */
  start(): void {
    this.#loop = this.#run();
  }

  /** Settles when it has stopped, in `once` also when all is done. */
  get finished(): Promise<void> {
    return this.#loop ?? Promise.resolve();
  }

  /** Another store is in place: what was seen loaded may not be in it, and is looked at again. */
  forget(): void {
    this.#verdicts.forget();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { log, post } = this.#tools;
    try {
      if (this.#tools.recovers !== false) {
        await recoverBatchRuns({ directory: this.#archiveDirectory, ...this.#tools });
      }
      for (let failures = 0; !signal.aborted;) {
        const report = await this.#attempt();
        failures = report === null ? failures + 1 : 0;
        if (this.#start.mode === "once" && !signal.aborted) {
          if (report !== null) return post({ type: "report", report });
          if (failures === ONCE_ATTEMPTS_MAX) {
            const message = `History can't be loaded: ${this.#status.last_error}`;
            return post({ type: "fatal", message, exitCode: 1 });
          }
        }
        await delay(this.#tools.clock, this.#verdicts.takeWaitMs(), signal);
      }
    } catch (error) {
      if (error instanceof StoppedError) return;
      if (!(error instanceof ArchiveFailedError)) throw error;
      log.error("the archive can't be written", { reason: error });
      post({ type: "fatal", message: error.message, exitCode: 74 });
    }
  }

  /** One pass; null when the store failed, or `once` met a file that is being written: again then. */
  async #attempt(): Promise<BatchReport | null> {
    try {
      const report = await this.#pass();
      this.#status.last_error = null;
      this.#say("idle");
      return report;
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof ChangedError)) throw error;
      if (this.#status.last_error !== error.message) {
        const reason = error.message;
        this.#tools.log.warn("history can't be loaded now; trying again", { reason });
      }
      this.#status.last_error = error.message;
      this.#say("failed");
      return null;
    }
  }

  /** Looks once through all paths and loads what is to be loaded. */
  async #pass(): Promise<BatchReport> {
    const { database, clock, files, loaders } = this.#tools;
    // The report's rate is the work's; waiting for a store that opens is none.
    await database.query("select 1");
    await this.#traffic.load(database);
    const startedMs = clock.monotonicMs();
    const found = await findHistoryFiles(this.#sources, this.#start.dataDir, files);
    const pass = new Pass(found, {
      verdicts: this.#verdicts,
      loading: this.#loading,
      loaders: found.length > 1 ? loaders ?? null : null,
      tally: this.#tally,
      openArchive: () => this.#openArchive(),
      signal: this.#stopping.signal,
      told: this.#told,
    });
    const report = () =>
      sumReports(
        pass.reports,
        pass.archive?.runId ?? null,
        (clock.monotonicMs() - startedMs) / 1000,
      );
    try {
      await pass.run();
    } catch (error) {
      await this.#closeAfter(pass.archive, report());
      throw error;
    }
    await pass.archive?.close(report());
    // Who watches looks again soon; who asked once is to get all of it.
    if (pass.changed !== null && this.#start.mode === "once") throw pass.changed;
    return report();
  }

  /** After a failure, which is what is to be told. */
  async #closeAfter(archive: BatchWriter | null, report: BatchReport): Promise<void> {
    try {
      await archive?.close(report);
    } catch (error) {
      const run = archive?.runId;
      this.#tools.log.error("a run of history stays open; the next start recovers it", {
        run,
        reason: error,
      });
    }
  }

  #took(report: FileReport): void {
    if (report.state === "refused") this.#status.files_refused++;
    else {
      this.#status.files++;
      this.#traffic.took(report.source, report.rowsLoaded, this.#tools.clock.nowMs());
    }
    const level = report.state === "refused" ? "warn" : "info";
    this.#tools.log[level](`history file ${report.state}`, {
      file: report.path,
      rows_read: report.rowsRead,
      rows_loaded: report.rowsLoaded,
      rows_rejected: report.rowsRejected,
      ...(report.detail === null ? {} : { reason: report.detail }),
    });
    this.#tools.post({ type: "changed" });
  }

  #openArchive(): Promise<BatchWriter> {
    const { files, clock, log } = this.#tools;
    return openBatchRun({
      directory: this.#archiveDirectory,
      startedAtMs: clock.nowMs(),
      files,
      clock,
      log,
      version: this.#start.version,
    });
  }

  #say(state: BatchStatus["state"]): void {
    const { rowsRead, rowsLoaded, rowsRejected } = this.#tally.rows;
    Object.assign(this.#status, {
      state,
      rows_read: rowsRead,
      rows_loaded: rowsLoaded,
      rows_rejected: rowsRejected,
      progress: this.#tally.fraction,
      sources: this.#traffic.list,
    });
    if (state !== "loading") {
      this.#status.progress = null;
      this.#status.current_file = null;
    }
    this.#tools.post({ type: "status", status: { ...this.#status } });
  }
}
