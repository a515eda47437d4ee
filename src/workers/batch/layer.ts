/**
 * The batch layer: looks through the configured paths, loads what is new or changed, and reports.
 * `once` does so one time; `watch` goes on looking, and takes a file once it has stopped growing.
 */
import { recoverBatchRuns } from "../../archive/batch_recovery.ts";
import { type BatchWriter, openBatchRun } from "../../archive/batch_writer.ts";
import { ArchiveFailedError } from "../../archive/disk_room.ts";
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
import { BATCH_OFF } from "../off_status.ts";
import type { LoadProgress } from "./file_chunks.ts";
import { ChangedError, FileLoader, StoppedError } from "./file_loader.ts";
import { recordFileSchema } from "./file_schema.ts";
import { FileTraffic } from "./file_traffic.ts";
import { inputOf, nothingRead, sumReports } from "./reports.ts";
import { SettledFiles, type Stamp } from "./settled_files.ts";
import { findHistoryFiles, type HistoryFile, historySources } from "./sources.ts";

export interface BatchTools {
  readonly database: Database;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly log: Log;
  /** Closes runs that a crash left open; true unless another batch layer works beside this one. */
  readonly recovers?: boolean;
  post(message: FromBatch): void;
}

/** A file that came since the last look is looked at again this soon. */
const UNSETTLED_WAIT_MS = 300;
/** `once` gives up after so many passes in a row that the store failed. */
const ONCE_ATTEMPTS_MAX = 5;

/** `later`: gone, or still growing. */
type Verdict =
  | { readonly kind: "known" | "later" }
  | { readonly kind: "unreadable"; readonly reason: string }
  | {
    readonly kind: "load";
    readonly stamp: Stamp;
    readonly digest: string;
    readonly bytes: number;
    readonly mtimeMs: number;
  };

type Totals = { -readonly [K in keyof BatchStatus]: BatchStatus[K] };

/** What it is told; the store is given open. */
export type BatchSettings = Omit<BatchStart, "store">;

export class BatchLayer {
  readonly #start: BatchSettings;
  readonly #tools: BatchTools;
  readonly #sources: readonly SourceDeclaration[];
  readonly #loads: FileLoads;
  #settled: SettledFiles;
  /** Why a file could not be read at the last look. */
  readonly #unreadable = new Map<string, string>();
  readonly #stopping = new AbortController();
  readonly #traffic = new FileTraffic();
  readonly #status: Totals = { ...BATCH_OFF, state: "idle" };
  #waitMs: number = LIMITS.scanIntervalMs;
  #loop: Promise<void> | null = null;

  constructor(start: BatchSettings, tools: BatchTools) {
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

  /** Another store is in place: what was seen loaded may not be in it, and is looked at again. */
  forget(): void {
    this.#settled = new SettledFiles(this.#tools.files);
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
        await delay(this.#tools.clock, this.#waitMs, signal);
        this.#waitMs = LIMITS.scanIntervalMs;
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
    // The report's rate is the work's; waiting for a store that opens is none.
    await this.#tools.database.query("select 1");
    await this.#traffic.load(this.#tools.database);
    const startedMs = this.#tools.clock.monotonicMs();
    const found = await findHistoryFiles(this.#sources, this.#start.dataDir, this.#tools.files);
    const reports: FileReport[] = [];
    let archive: BatchWriter | null = null;
    let changed: ChangedError | null = null;
    const report = () =>
      sumReports(
        reports,
        archive?.runId ?? null,
        (this.#tools.clock.monotonicMs() - startedMs) / 1000,
      );
    try {
      for (const [index, file] of found.entries()) {
        if (this.#stopping.signal.aborted) break;
        const verdict = await this.#verdict(file);
        if (verdict.kind === "known") reports.push(nothingRead(file, "known", null));
        if (verdict.kind === "unreadable") reports.push(this.#refuse(file, verdict.reason));
        if (verdict.kind !== "load") continue;
        archive ??= await this.#openArchive();
        const loaded = await this.#load(
          file,
          verdict,
          archive,
          index / found.length,
          1 / found.length,
        );
        if (loaded instanceof ChangedError) changed = loaded;
        else reports.push(loaded);
      }
      // Who watches looks again soon; who asked once is to get all of it.
      if (changed !== null && this.#start.mode === "once") throw changed;
      return report();
    } finally {
      await archive?.close(report());
    }
  }

  /** Reads a file's bytes only where its stamp is new. */
  async #verdict(file: HistoryFile): Promise<Verdict> {
    const stamp = await this.#settled.stamp(file.path);
    if (stamp === null) return { kind: "later" };
    if (this.#settled.isLoaded(file.path, stamp)) return { kind: "known" };
    if (this.#start.mode === "watch" && !this.#settled.hasSettled(file.path, stamp)) {
      this.#waitMs = UNSETTLED_WAIT_MS;
      return { kind: "later" };
    }
    let identity: Awaited<ReturnType<typeof digestFile>>;
    try {
      identity = await digestFile(file.path, this.#tools.files);
    } catch (error) {
      return { kind: "unreadable", reason: (error as Error).message };
    }
    const stored = await this.#loads.knownFile(file.shownPath);
    if (stored?.state !== "loaded" || stored.digest !== identity.digest) {
      return { kind: "load", stamp, ...identity };
    }
    this.#settled.loaded(file.path, stamp);
    this.#status.files_skipped++;
    return { kind: "known" };
  }

  /** Looked at again at every pass, as rights may change; told and counted once. */
  #refuse(file: HistoryFile, reason: string): FileReport {
    const detail = `Cannot read ${file.path}: ${reason}`;
    if (this.#unreadable.get(file.path) !== detail) {
      this.#unreadable.set(file.path, detail);
      this.#status.files_refused++;
      this.#tools.log.warn("history file refused", { file: file.shownPath, reason: detail });
    }
    return nothingRead(file, "refused", detail);
  }

  async #load(
    file: HistoryFile,
    identity: Verdict & { readonly kind: "load" },
    archive: BatchWriter,
    progressBefore: number,
    share: number,
  ): Promise<FileReport | ChangedError> {
    const { stamp, digest, bytes, mtimeMs } = identity;
    const { rows_read, rows_loaded, rows_rejected } = this.#status;
    const count = (rows: Pick<FileReport, "rowsRead" | "rowsLoaded" | "rowsRejected">) => {
      this.#status.rows_read = rows_read + rows.rowsRead;
      this.#status.rows_loaded = rows_loaded + rows.rowsLoaded;
      this.#status.rows_rejected = rows_rejected + rows.rowsRejected;
    };
    this.#status.run_id = archive.runId;
    this.#status.current_file = file.shownPath;
    this.#say("loading");
    const onProgress = (progress: LoadProgress) => {
      count(progress);
      const part = bytes === 0 ? 1 : Math.min(1, progress.bytesRead / bytes);
      this.#status.progress = progressBefore + share * part;
      this.#say("loading");
    };
    const { signal } = this.#stopping;
    const { rules } = this.#start;
    const { files } = this.#tools;
    try {
      const { runId } = archive;
      const source = file.declaration.name;
      const origin = { layer: "batch", runId, source, path: file.shownPath } as const;
      const load = await this.#loads.beginFile({ origin, digest, bytes, mtimeMs });
      const { clock } = this.#tools;
      const record = (report: FileReport, mapping: string) =>
        archive.addInput(inputOf(report, digest, mapping));
      // Its digest was taken after its stamp.
      const isUnchanged = async () => await this.#settled.stamp(file.path) === stamp;
      const tools = { load, archive, rules, clock, record, onProgress, isUnchanged, signal, files };
      const loader = new FileLoader(file, tools);
      const report = await loader.run(bytes);
      count(report);
      this.#settled.loaded(file.path, stamp);
      if (report.state !== "refused" && loader.columns.length > 0) {
        const { columns } = loader;
        const schema = { source, path: file.shownPath, mtimeMs, columns };
        if (await recordFileSchema(schema, this.#tools)) this.#traffic.changed(source);
      }
      this.#took(report);
      return report;
    } catch (error) {
      // It is loaded anew from its start: nothing of it counts yet.
      Object.assign(this.#status, { rows_read, rows_loaded, rows_rejected });
      if (!(error instanceof ChangedError)) throw error;
      this.#tools.log.warn("a history file is being written; looking again", {
        file: file.shownPath,
      });
      this.#waitMs = UNSETTLED_WAIT_MS;
      return error;
    }
  }

  #took(report: FileReport): void {
    if (report.state === "refused") this.#status.files_refused++;
    else {
      this.#status.files++;
      this.#traffic.took(report.source, report.rowsLoaded, this.#tools.clock.nowMs());
    }
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

  #say(state: BatchStatus["state"]): void {
    this.#status.state = state;
    this.#status.sources = this.#traffic.list;
    if (state !== "loading") {
      this.#status.progress = null;
      this.#status.current_file = null;
    }
    this.#tools.post({ type: "status", status: { ...this.#status } });
  }
}
