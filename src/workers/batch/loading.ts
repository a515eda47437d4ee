/**
 * One history file into hot store and archive, in the batch layer's own thread or in one beside it:
 * begun in the store, read, recorded in the run's manifest, its columns recorded once it is loaded.
 */
import type { BatchWriter } from "../../archive/batch_writer.ts";
import type { AlertRule } from "../../model/alert.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { FileSystem } from "../../runtime/files.ts";
import type { Log } from "../../log.ts";
import type { Database } from "../../store/database.ts";
import { FileLoads } from "../../store/file_load.ts";
import type { FileReport } from "../messages.ts";
import type { LoadProgress } from "./file_chunks.ts";
import { FileLoader } from "./file_loader.ts";
import { recordFileSchema } from "./file_schema.ts";
import { inputOf } from "./reports.ts";
import { type Stamp, stampOf } from "./settled_files.ts";
import type { HistoryFile } from "./sources.ts";

/** A file as it was when it was found to be new or changed. */
export interface FileJob {
  readonly file: HistoryFile;
  /** Taken before its digest. */
  readonly stamp: Stamp;
  readonly digest: string;
  readonly bytes: number;
  readonly mtimeMs: number;
  /** The store has something of its path already. */
  readonly replaces: boolean;
}

/** What a load does to the archive's run. */
export type RunArchive = Pick<
  BatchWriter,
  "runId" | "addReadings" | "addDeadLetters" | "addInput" | "sync"
>;

export interface LoadingTools {
  readonly database: Database;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly log: Log;
  readonly rules: readonly AlertRule[];
}

export interface Loaded {
  readonly report: FileReport;
  /** The source's columns are not those of the file before. */
  readonly isNewSchema: boolean;
}

/** Loads files one after another. */
export class Loading {
  readonly #tools: LoadingTools;
  readonly #loads: FileLoads;

  constructor(tools: LoadingTools) {
    this.#tools = tools;
    this.#loads = new FileLoads(tools.database);
  }

  /** What the store knows of a path; null when nothing. */
  knownFile(path: string): ReturnType<FileLoads["knownFile"]> {
    return this.#loads.knownFile(path);
  }

  /**
   * @throws {StoreError} when the store fails, {StoppedError} when the signal aborted,
   * {ChangedError} when the file was written meanwhile, {ArchiveFailedError}.
   */
  async load(
    { file, stamp, digest, bytes, mtimeMs }: Omit<FileJob, "replaces">,
    archive: RunArchive,
    onProgress: (progress: LoadProgress) => void,
    signal: AbortSignal,
  ): Promise<Loaded> {
    const { files, clock, rules } = this.#tools;
    const { declaration: { name: source }, shownPath: path } = file;
    const origin = { layer: "batch", runId: archive.runId, source, path } as const;
    const load = await this.#loads.beginFile({ origin, digest, bytes, mtimeMs });
    const record = (report: FileReport, mapping: string) =>
      archive.addInput(inputOf(report, digest, mapping));
    // Its digest was taken after its stamp.
    const isUnchanged = async () => await stampOf(file.path, files) === stamp;
    const tools = { load, archive, rules, clock, record, onProgress, isUnchanged, signal, files };
    const loader = new FileLoader(file, tools);
    const report = await loader.run(bytes);
    const { columns } = loader;
    const isNewSchema = report.state !== "refused" && columns.length > 0 &&
      await recordFileSchema({ source, path, mtimeMs, columns }, this.#tools);
    return { report, isNewSchema };
  }
}
