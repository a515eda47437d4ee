/**
 * One history file: read as a stream, normalised by its source's mapping, archived, and loaded
 * chunk by chunk. A damaged file is refused whole and leaves what was loaded of it before.
 */
import { AlertEngine } from "../../alerts/engine.ts";
import { deadLetterLine, readingLine } from "../../archive/batch_lines.ts";
import type { BatchWriter } from "../../archive/batch_writer.ts";
import { ArchiveFailedError } from "../../archive/disk_room.ts";
import { infer } from "../../mapping/inference.ts";
import { DeclarationError } from "../../mapping/declaration_check.ts";
import type { SourceDeclaration } from "../../mapping/declaration.ts";
import { compileMapping, type Mapping } from "../../mapping/normaliser.ts";
import type { AlertChange, AlertRule } from "../../model/alert.ts";
import type { Reading } from "../../model/reading.ts";
import type { DeadLetter, RawRecord, SourceItem } from "../../model/record.ts";
import { FINEST_TIERS, type Tiers } from "../../model/rollup.ts";
import { tiersOf } from "../../rollup/density.ts";
import type { Clock } from "../../runtime/clock.ts";
import { type FileSystem, REAL_FILES } from "../../runtime/files.ts";
import type { FileSource } from "../../sources/file_source.ts";
import { StoreError } from "../../store/database.ts";
import type { FileChunk, FileLoad } from "../../store/file_load.ts";
import type { CommitResult } from "../../store/rejects.ts";
import { Derivations } from "../derivations.ts";
import type { FileReport } from "../messages.ts";
import { openSource } from "./open_source.ts";
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

export interface LoadProgress {
  readonly rowsRead: number;
  readonly rowsLoaded: number;
  readonly rowsRejected: number;
  readonly bytesRead: number;
}

/** Records that inference looks at, where a declaration leaves fields out. */
const SAMPLE_RECORDS_MAX = 200;

/** Stopped before its end: the next start loads the file anew. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";
}

/** Written while it was read: what was read is no version of it. The next look loads it anew. */
export class ChangedError extends Error {
  override readonly name = "ChangedError";

  constructor(path: string) {
    super(`Cannot load ${path}: it was written while it was read`);
  }
}

export class FileLoader {
  readonly #file: HistoryFile;
  readonly #tools: LoadTools;
  readonly #engine: AlertEngine;
  readonly #rejects = new Map<string, number>();
  readonly #unknown = new Set<string>();
  readonly #derivations: Derivations;
  /** The store refused rows that were gathered: the rest is read from what it took. */
  #isInDoubt = false;
  #mapper: Mapping | null = null;
  /** By its first rows. */
  #tiers: Tiers | null = null;
  #rowsRead = 0;
  #rowsLoaded = 0;

  constructor(file: HistoryFile, tools: LoadTools) {
    this.#file = file;
    this.#tools = tools;
    this.#engine = new AlertEngine(tools.rules);
    this.#derivations = new Derivations(tools.clock);
  }

  /**
   * @throws {StoreError} when the store fails, {StoppedError} when the signal aborted,
   * {ChangedError} when the file was written meanwhile.
   */
  async run(bytes: number): Promise<FileReport> {
    const { declaration, path } = this.#file;
    const { load } = this.#tools;
    try {
      const source = await openSource(path, declaration, this.#tools.files ?? REAL_FILES);
      for await (const items of source.items()) {
        if (this.#tools.signal.aborted) throw new StoppedError(path);
        await this.#take(items, source);
      }
      await this.#endAlerts();
    } catch (error) {
      if (!isOfTheFile(error)) throw error;
      await this.#expectUnchanged();
      const reason = (error as Error).message;
      await load.abandon(reason);
      return await this.#recorded(this.#report("refused", reason, bytes));
    }
    await this.#tools.archive.sync();
    await this.#expectUnchanged();
    const state = load.replaces ? "replaced" : "loaded";
    const report = await this.#recorded(this.#report(state, null, bytes));
    await load.finish(this.#isInDoubt ? null : this.#derivations.take());
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

  async #take(items: readonly SourceItem[], source: FileSource): Promise<void> {
    const mapper = this.#mapper ??= mapperFor(this.#file.declaration, source, items);
    const readings: Reading[] = [];
    const deadLetters: DeadLetter[] = [];
    const archived: string[] = [];
    for (const item of items) {
      const value = item.kind === "record" ? mapper.normalise(item, null) : item;
      if (value.kind === "dead_letter") deadLetters.push(value);
      else {
        readings.push(value.reading);
        archived.push(this.#archiveLine(value.reading, item as RawRecord, mapper));
      }
    }
    const alerts = readings.flatMap((reading) => this.#engine.judge(reading));
    await this.#store(items.length, readings, deadLetters, archived, alerts, source.bytesRead());
  }

  /** Columns that the mapping does not know stay with the archived reading, and are reported. */
  #archiveLine(reading: Reading, record: RawRecord, mapper: Mapping): string {
    const unknown = mapper.unknownColumns(record.fields);
    if (unknown.length === 0) return readingLine(reading, this.#file.shownPath);
    for (const column of unknown) this.#unknown.add(column);
    const extra = Object.fromEntries(unknown.map((column) => [column, record.fields[column]]));
    return readingLine(reading, this.#file.shownPath, extra);
  }

  async #store(
    read: number,
    readings: readonly Reading[],
    deadLetters: readonly DeadLetter[],
    archived: readonly string[],
    alerts: readonly AlertChange[],
    bytesRead: number,
  ): Promise<void> {
    const { archive, onProgress } = this.#tools;
    await archive.addReadings(archived);
    const tiers = this.#tiers ??= tiersOf(readings);
    const { rows, rejected } = await this.#append({ readings, deadLetters, alerts, tiers });
    const refused = [...deadLetters, ...rejected].sort((a, b) => a.offset - b.offset);
    await archive.addDeadLetters(
      refused.map((letter) => deadLetterLine(letter, this.#file.shownPath)),
    );
    for (const { code } of refused) this.#rejects.set(code, (this.#rejects.get(code) ?? 0) + 1);
    this.#rowsRead += read;
    this.#rowsLoaded += rows;
    onProgress({
      rowsRead: this.#rowsRead,
      rowsLoaded: this.#rowsLoaded,
      rowsRejected: this.#rowsRead - this.#rowsLoaded,
      bytesRead,
    });
  }

  /** History that ends with an alert open says no more about it: it is closed as such. */
  async #endAlerts(): Promise<void> {
    const alerts = this.#engine.endOfData();
    if (alerts.length === 0) return;
    await this.#append({ readings: [], deadLetters: [], alerts, tiers: FINEST_TIERS });
  }

  async #append(chunk: FileChunk): Promise<CommitResult> {
    const { load, clock } = this.#tools;
    if (!load.replaces && !this.#isInDoubt) this.#derivations.add(chunk.readings, chunk.tiers);
    const isDue = !this.#isInDoubt && this.#derivations.restMs === 0;
    const derived = isDue ? this.#derivations.take() : null;
    const startedMs = clock.monotonicMs();
    const result = await load.append(
      chunk,
      (accepted) => accepted.length === chunk.readings.length ? derived : null,
    );
    if (derived !== null) this.#derivations.written(clock.monotonicMs() - startedMs);
    if (result.rejected.length > 0) {
      this.#isInDoubt = true;
      this.#derivations.forget();
    }
    return result;
  }

  #report(state: FileReport["state"], detail: string | null, bytes: number): FileReport {
    return {
      source: this.#file.declaration.name,
      path: this.#file.shownPath,
      state,
      detail,
      bytes,
      rowsRead: this.#rowsRead,
      rowsLoaded: state === "refused" ? 0 : this.#rowsLoaded,
      rowsRejected: state === "refused" ? this.#rowsRead : this.#rowsRead - this.#rowsLoaded,
      rejectsByCode: Object.fromEntries(this.#rejects),
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

/** The declared mapping, completed from the file's columns and first records. */
function mapperFor(
  declaration: SourceDeclaration,
  source: FileSource,
  items: readonly SourceItem[],
): Mapping {
  const sample = items
    .filter((item): item is RawRecord => item.kind === "record")
    .slice(0, SAMPLE_RECORDS_MAX)
    .map((record) => record.fields);
  const columns = source.columns ?? [...new Set(sample.flatMap((fields) => Object.keys(fields)))];
  const inference = infer(columns, sample, declaration);
  const [problem] = inference.problems;
  if (problem !== undefined) {
    throw new DeclarationError(`Cannot tell how to read it: ${problem}; see rackwatch inspect`);
  }
  return compileMapping(inference.declaration);
}
