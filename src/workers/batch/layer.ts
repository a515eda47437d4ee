/**
 * The batch layer: looks through the configured paths, loads what is new or changed, and reports.
 * `once` does so one time; `watch` goes on looking, and takes a file once it has stopped growing.
 */
import { recoverBatchRuns } from "../../archive/batch_recovery.ts";
import { type BatchWriter, openBatchRun } from "../../archive/batch_writer.ts";
import { LIMITS } from "../../limits.ts";
import type { SourceDeclaration } from "../../mapping/declaration.ts";
import type { BatchStatus } from "../../model/status.ts";
import { type Clock, delay } from "../../runtime/clock.ts";
import type { FileSystem } from "../../runtime/files.ts";
import type { Log } from "../../log.ts";
import { digestFile } from "../../sources/file_source.ts";
import { type Database, StoreError } from "../../store/database.ts";
import { FileLoads } from "../../store/file_load.ts";
import type { BatchReport, BatchStart, FileReport, FromBatch } from "../messages.ts";
import { FileLoader, type LoadProgress, StoppedError } from "./file_loader.ts";
import { SettledFiles } from "./settled_files.ts";
import { findHistoryFiles, type HistoryFile, historySources } from "./sources.ts";

export interface BatchTools {
  readonly database: Database;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly log: Log;
  post(message: FromBatch): void;
}

/** A file that came since the last look is looked at again this soon. */
const UNSETTLED_WAIT_MS = 300;

type Totals = { -readonly [K in keyof BatchStatus]: BatchStatus[K] };

export class BatchLayer {
  readonly #start: BatchStart;
  readonly #tools: BatchTools;
  readonly #sources: readonly SourceDeclaration[];
  readonly #loads: FileLoads;
  readonly #settled: SettledFiles;
  readonly #stopping = new AbortController();
  readonly #status: Totals = {
    state: "idle",
    run_id: null,
    files: 0,
    files_skipped: 0,
    files_refused: 0,
    rows_read: 0,
    rows_loaded: 0,
    rows_rejected: 0,
    progress: null,
    current_file: null,
    last_error: null,
  };
  #waitMs: number = LIMITS.scanIntervalMs;
  #loop: Promise<void> | null = null;

  constructor(start: BatchStart, tools: BatchTools) {
    this.#start = start;
    this.#tools = tools;
    this.#sources = historySources(
      start.sources,
      start.configFile ?? "configuration",
      start.demo,
    );
    this.#loads = new FileLoads(tools.database);
    this.#settled = new SettledFiles(tools.files);
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

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    await recoverBatchRuns({ directory: this.#archiveDirectory, ...this.#tools });
    while (!signal.aborted) {
      try {
        const report = await this.#pass();
        this.#status.last_error = null;
        if (this.#start.mode === "once" && !signal.aborted) {
          this.#say("idle");
          return this.#tools.post({ type: "report", report });
        }
        this.#say("idle");
      } catch (error) {
        if (error instanceof StoppedError) return;
        if (!(error instanceof StoreError)) throw error;
        if (this.#status.last_error !== error.message) {
          this.#tools.log.warn("history can't be loaded now; trying again", {
            reason: error.message,
          });
        }
        this.#status.last_error = error.message;
        this.#say("failed");
      }
      await delay(this.#tools.clock, this.#waitMs, signal);
      this.#waitMs = LIMITS.scanIntervalMs;
    }
  }

  /** Looks once through all paths and loads what is to be loaded. */
  async #pass(): Promise<BatchReport> {
    const startedMs = this.#tools.clock.monotonicMs();
    const found = await findHistoryFiles(this.#sources, this.#start.dataDir);
    const reports: FileReport[] = [];
    let archive: BatchWriter | null = null;
    try {
      for (const [index, file] of found.entries()) {
        if (this.#stopping.signal.aborted) break;
        const verdict = await this.#verdict(file);
        if (verdict === "known") reports.push(knownReport(file));
        if (verdict !== "load") continue;
        archive ??= await this.#openArchive();
        reports.push(await this.#load(file, archive, index / found.length, 1 / found.length));
      }
      return this.#reportOf(reports, archive, startedMs);
    } finally {
      await archive?.close(this.#reportOf(reports, archive, startedMs));
    }
  }

  /** `later`: gone, or still growing. Reads a file's bytes only where its stamp is new. */
  async #verdict(file: HistoryFile): Promise<"load" | "known" | "later"> {
    const stamp = await this.#settled.stamp(file.path);
    if (stamp === null) return "later";
    if (this.#settled.isLoaded(file.path, stamp)) return "known";
    if (this.#start.mode === "watch" && !this.#settled.hasSettled(file.path, stamp)) {
      this.#waitMs = UNSETTLED_WAIT_MS;
      return "later";
    }
    const stored = await this.#loads.knownFile(file.shownPath);
    if (stored === null || stored.state !== "loaded") return "load";
    const { digest } = await digestFile(file.path);
    if (digest !== stored.digest) return "load";
    this.#settled.loaded(file.path, stamp);
    this.#status.files_skipped++;
    return "known";
  }

  async #load(
    file: HistoryFile,
    archive: BatchWriter,
    progressBefore: number,
    share: number,
  ): Promise<FileReport> {
    const stamp = await this.#settled.stamp(file.path);
    const { digest, bytes, mtimeMs } = await digestFile(file.path);
    const before = { ...this.#status };
    this.#status.run_id = archive.runId;
    this.#status.current_file = file.shownPath;
    const load = await this.#loads.beginFile({
      origin: {
        layer: "batch",
        runId: archive.runId,
        source: file.declaration.name,
        path: file.shownPath,
      },
      digest,
      bytes,
      mtimeMs,
    });
    const onProgress = (progress: LoadProgress) => {
      this.#status.rows_read = before.rows_read + progress.rowsRead;
      this.#status.rows_loaded = before.rows_loaded + progress.rowsLoaded;
      this.#status.rows_rejected = before.rows_rejected + progress.rowsRejected;
      const part = bytes === 0 ? 1 : Math.min(1, progress.bytesRead / bytes);
      this.#status.progress = progressBefore + share * part;
      this.#say("loading");
    };
    this.#say("loading");
    const { signal } = this.#stopping;
    const { rules } = this.#start;
    const loader = new FileLoader(file, { load, archive, rules, onProgress, signal });
    const report = await loader.run(bytes);
    if (stamp !== null) this.#settled.loaded(file.path, stamp);
    this.#took(archive, report, digest, loader.mappingVersion);
    return report;
  }

  #took(archive: BatchWriter, report: FileReport, digest: string, mapping: string): void {
    archive.addInput({
      source: report.source,
      path: report.path,
      size: report.bytes,
      digest,
      rows_read: report.rowsRead,
      rows_loaded: report.rowsLoaded,
      rows_rejected: report.rowsRejected,
      state: report.state === "known" ? "skipped" : report.state,
      unknown_columns: report.unknownColumns,
      mapping,
      ...(report.detail === null ? {} : { error: report.detail }),
    });
    if (report.state === "refused") this.#status.files_refused++;
    else this.#status.files++;
    this.#tools.log.info(`history file ${report.state}`, {
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

  #reportOf(
    files: readonly FileReport[],
    archive: BatchWriter | null,
    startedMs: number,
  ): BatchReport {
    const seconds = (this.#tools.clock.monotonicMs() - startedMs) / 1000;
    const sum = (key: "rowsRead" | "rowsLoaded" | "rowsRejected") =>
      files.reduce((total, file) => total + file[key], 0);
    return {
      runId: archive?.runId ?? null,
      files,
      rowsRead: sum("rowsRead"),
      rowsLoaded: sum("rowsLoaded"),
      rowsRejected: sum("rowsRejected"),
      seconds,
      rowsPerSecond: seconds > 0 ? Math.round(sum("rowsRead") / seconds) : 0,
    };
  }

  #say(state: BatchStatus["state"]): void {
    this.#status.state = state;
    if (state !== "loading") {
      this.#status.progress = null;
      this.#status.current_file = null;
    }
    this.#tools.post({ type: "status", status: { ...this.#status } });
  }
}

function knownReport(file: HistoryFile): FileReport {
  return {
    source: file.declaration.name,
    path: file.shownPath,
    state: "known",
    detail: null,
    bytes: 0,
    rowsRead: 0,
    rowsLoaded: 0,
    rowsRejected: 0,
    rejectsByCode: {},
    unknownColumns: [],
    dstRepeated: 0,
    dstSkipped: 0,
  };
}
