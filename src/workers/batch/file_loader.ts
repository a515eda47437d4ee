/**
 * One history file: read as a stream, normalised by its source's mapping, archived, and loaded
 * chunk by chunk. A damaged file is refused whole and leaves what was loaded of it before.
 */
import { AlertEngine } from "../../alerts/engine.ts";
import type { BatchWriter } from "../../archive/batch_writer.ts";
import { ReadingLines } from "../../archive/reading_lines.ts";
import { ArchiveFailedError } from "../../archive/disk_room.ts";
import { LIMITS } from "../../limits.ts";
import type { Mapping } from "../../mapping/normaliser.ts";
import { schemaColumns } from "../../mapping/schema.ts";
import type { AlertRule } from "../../model/alert.ts";
import type { Reading } from "../../model/reading.ts";
import type { RawRecord, SourceItem } from "../../model/record.ts";
import type { SchemaColumn } from "../../model/schema.ts";
import { type Clock, delay } from "../../runtime/clock.ts";
import { type FileSystem, REAL_FILES } from "../../runtime/files.ts";
import { StoreError } from "../../store/database.ts";
import type { FileLoad } from "../../store/file_load.ts";
import type { FileReport } from "../messages.ts";
import { FileChunks, Gathered, type LoadProgress } from "./file_chunks.ts";
import { type MappedFile, openMapped } from "./mapped_file.ts";
import type { HistoryFile } from "./sources.ts";

export interface LoadTools {
  readonly load: Pick<FileLoad, "replaces" | "append" | "finish" | "abandon">;
  readonly archive: Pick<BatchWriter, "addReadings" | "addDeadLetters" | "sync">;
  readonly rules: readonly AlertRule[];
  readonly clock: Clock;
  /** Told before the hot store commits the file: what it has, the archive's manifest names. */
  readonly record: (report: FileReport, mapping: string) => Promise<void>;
  /** Told after each chunk. */
  readonly onProgress: (progress: LoadProgress) => void;
  readonly signal: AbortSignal;
  /** Whether the file is still the one whose digest this load goes by; true unless given. */
  readonly isUnchanged?: () => Promise<boolean>;
  /** Where the file is; real unless given. */
  readonly files?: FileSystem;
}

/** Stopped before its end: the next start loads the file anew. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";
}

/** Written while it was read: what was read is no version of it. The next look loads it anew. */
export class ChangedError extends Error {
  override readonly name = "ChangedError";

  constructor(readonly path: string) {
    super(`Cannot load ${path}: it was written while it was read`);
  }
}

export class FileLoader {
  readonly #file: HistoryFile;
  readonly #tools: LoadTools;
  readonly #engine: AlertEngine;
  readonly #chunks: FileChunks;
  readonly #unknown = new Set<string>();
  readonly #lines: ReadingLines;
  #gathered = new Gathered();
  #mapper: Mapping | null = null;
  #columns: readonly SchemaColumn[] = [];

  constructor(file: HistoryFile, tools: LoadTools) {
    this.#file = file;
    this.#tools = tools;
    this.#engine = new AlertEngine(tools.rules);
    this.#lines = new ReadingLines(file.shownPath);
    this.#chunks = new FileChunks({ ...tools, shownPath: file.shownPath });
  }

  /** The file's, once its first records were read; empty before, and of a file without any. */
  get columns(): readonly SchemaColumn[] {
    return this.#columns;
  }

  /**
   * @throws {StoreError} when the store fails, {StoppedError} when the signal aborted,
   * {ChangedError} when the file was written meanwhile.
   */
  async run(bytes: number): Promise<FileReport> {
    const { path } = this.#file;
    const { load } = this.#tools;
    try {
      const mapped = await openMapped(this.#file, { files: this.#tools.files ?? REAL_FILES });
      for (const column of mapped.unreadColumns) this.#unknown.add(column);
      for await (const items of mapped.source.items()) {
        if (this.#tools.signal.aborted) throw new StoppedError(path);
        await this.#take(items, mapped);
        // Records come without anything being waited for; the store's answers are to be seen.
        await delay(this.#tools.clock, 0);
      }
      await this.#end();
    } catch (error) {
      // A chunk on its way is waited for, and what became of it comes first.
      await this.#chunks.settled();
      if (!isOfTheFile(error)) throw error;
      await this.#sendRest();
      await this.#expectUnchanged();
      const reason = (error as Error).message;
      await load.abandon(reason);
      return await this.#recorded(this.#report("refused", reason, bytes));
    }
    await this.#tools.archive.sync();
    await this.#expectUnchanged();
    const state = load.replaces ? "replaced" : "loaded";
    const report = await this.#recorded(this.#report(state, null, bytes));
    await load.finish(this.#chunks.rest());
    return report;
  }

  async #recorded(report: FileReport): Promise<FileReport> {
    await this.#tools.record(report, this.#mapper?.version ?? "");
    return report;
  }

  /** Nothing is said of a file by what was read of several versions, not even that it is damaged. */
  async #expectUnchanged(): Promise<void> {
    const isUnchanged = await this.#tools.isUnchanged?.() ?? true;
    if (!isUnchanged) throw new ChangedError(this.#file.path);
  }

  #mapped(items: readonly SourceItem[], { source, unreadColumns, mappingOf }: MappedFile): Mapping {
    const mapper = mappingOf(items);
    const sample = items.filter((item) => item.kind === "record").map(({ fields }) => fields);
    this.#columns = schemaColumns(mapper, [...source.columns ?? [], ...unreadColumns], sample);
    return mapper;
  }

  async #take(items: readonly SourceItem[], mapped: MappedFile): Promise<void> {
    const { source } = mapped;
    const mapper = this.#mapper ??= this.#mapped(items, mapped);
    const { readings, deadLetters, alerts } = this.#gathered;
    for (const item of items) {
      const value = item.kind === "record" ? mapper.normalise(item, null) : item;
      if (value.kind === "dead_letter") deadLetters.push(value);
      else {
        readings.push(value.reading);
        this.#archive(value.reading, item as RawRecord, mapper);
        const changes = this.#engine.judge(value.reading);
        if (changes.length > 0) alerts.push(...changes);
      }
    }
    this.#gathered.read += items.length;
    this.#gathered.bytesRead = source.bytesRead();
    const isFull = this.#gathered.read >= LIMITS.batchRowsMax ||
      this.#lines.byteLength >= LIMITS.batchBytesMax;
    if (isFull) await this.#send();
  }

  async #send(): Promise<void> {
    const gathered = this.#gathered;
    this.#gathered = new Gathered();
    await this.#chunks.send(gathered, this.#lines.take());
  }

  /** History that ends with an alert open says no more about it: it is closed as such. */
  async #end(): Promise<void> {
    this.#gathered.alerts.push(...this.#engine.endOfData());
    await this.#sendRest();
  }

  async #sendRest(): Promise<void> {
    const { read, alerts } = this.#gathered;
    if (read > 0 || alerts.length > 0) await this.#send();
    await this.#chunks.settled();
  }

  /** Columns that the mapping does not know stay with the archived reading, and are reported. */
  #archive(reading: Reading, record: RawRecord, mapper: Mapping): void {
    const unknown = mapper.unknownColumns(record.fields);
    if (unknown.length === 0) return this.#lines.add(reading);
    for (const column of unknown) this.#unknown.add(column);
    const extra = Object.fromEntries(unknown.map((column) => [column, record.fields[column]]));
    this.#lines.add(reading, extra);
  }

  #report(state: FileReport["state"], detail: string | null, bytes: number): FileReport {
    const { rowsRead, rowsLoaded, rejects } = this.#chunks;
    return {
      source: this.#file.declaration.name,
      path: this.#file.shownPath,
      state,
      detail,
      bytes,
      rowsRead,
      rowsLoaded: state === "refused" ? 0 : rowsLoaded,
      rowsRejected: state === "refused" ? rowsRead : rowsRead - rowsLoaded,
      rejectsByCode: Object.fromEntries(rejects),
      unknownColumns: [...this.#unknown].sort(),
      dstRepeated: this.#mapper?.counters.dst_repeated ?? 0,
      dstSkipped: this.#mapper?.counters.dst_skipped ?? 0,
    };
  }
}

/** Whether it is this file's fault, whatever it is: damaged, unreadable; then the others go on. */
function isOfTheFile(error: unknown): boolean {
  return !(error instanceof StoreError || error instanceof StoppedError ||
    error instanceof ArchiveFailedError);
}
