/**
 * Compares the history in the hot store with the batch runs that loaded it: the manifest, its
 * files, and each loaded file's archived readings and rejects with its rows and dead letters. A
 * file that was replaced since is another run's; of a run that has none left, the files are checked.
 */
import { join } from "node:path";
import { type BatchManifest, readBatchManifest } from "../../archive/batch_manifest.ts";
import { compareRunIds, parseRunId, RUN_DIRECTORIES } from "../../archive/names.ts";
import type { Database } from "../../store/database.ts";
import { type LoadedFile, loadedFiles, originTotals } from "../../store/queries/origin_rows.ts";
import type { ArchiveTools } from "../speed/archived_runs.ts";
import type { RunVerdict } from "../verify_run.ts";
import { parseReading, parseReject } from "./batch_lines.ts";
import { BatchFileReader, filesOf, type ListedFile } from "./batch_files.ts";
import { LetterComparison } from "./compare_letters.ts";
import { NAMED_MAX, RowComparison } from "./compare_rows.ts";

export interface VerifyBatchOptions {
  readonly database: Database;
  readonly dataDir: string;
  readonly tools: ArchiveTools;
  readonly signal: AbortSignal;
  readonly onLines: (lines: number, runId: string) => void;
}

/** One verdict a batch run, oldest first. */
export async function verifyBatchRuns(options: VerifyBatchOptions): Promise<RunVerdict[]> {
  const byRun = Map.groupBy(await loadedFiles(options.database), (file) => file.runId);
  const names = await options.tools.files.list(join(options.dataDir, RUN_DIRECTORIES.batch_run));
  const archived = names.filter((name) => parseRunId(name)?.kind === "batch_run");
  const verdicts: RunVerdict[] = [];
  for (const runId of [...new Set([...archived, ...byRun.keys()])].sort(compareRunIds)) {
    if (options.signal.aborted) break;
    verdicts.push(await new BatchComparison(runId, byRun.get(runId) ?? [], options).verdict());
  }
  return verdicts;
}

/** What the archive has of a loaded file. */
interface Archived {
  readings: number;
  rejects: number;
  /** Offset in the file up to which rejects were compared. */
  rejectsUpTo: number;
}

class BatchComparison {
  readonly #rows: RowComparison;
  readonly #letters: LetterComparison;
  readonly #archived: Map<string, Archived>;
  readonly #faults: string[] = [];
  #lines = 0;

  constructor(
    private readonly runId: string,
    private readonly loaded: readonly LoadedFile[],
    private readonly options: VerifyBatchOptions,
  ) {
    this.#rows = new RowComparison(options.database, false);
    this.#letters = new LetterComparison(options.database, true);
    this.#archived = new Map(
      loaded.map(({ path }) => [path, { readings: 0, rejects: 0, rejectsUpTo: 0 }]),
    );
  }

  async verdict(): Promise<RunVerdict> {
    const { dataDir, tools: { files } } = this.options;
    const runDirectory = join(dataDir, RUN_DIRECTORIES.batch_run, this.runId);
    const manifest = await readBatchManifest(files, runDirectory);
    if (manifest === null) this.#faults.push(`${this.runId}: its manifest is missing or damaged`);
    else if (manifest.isChanged) {
      this.#faults.push(`${this.runId}: its manifest was changed after it was written`);
    }
    // By retention: the manifest is still held against the rows, the readings can't be.
    const isDeleted = manifest !== null && manifest.deletedAtMs !== null;
    const { readings, rejects } = await filesOf(runDirectory, manifest, files);
    if (!isDeleted) {
      for (const file of readings) await this.#compareReadings(runDirectory, file);
      await this.#rows.finish();
      await this.#compareRejects(runDirectory, rejects);
    }
    const counts: string[] = [];
    let rows = 0, deadLetters = 0;
    for (const file of this.loaded) {
      const stored = await originTotals(this.options.database, file.path);
      rows += stored.rows;
      deadLetters += stored.deadLetters;
      counts.push(
        ...this.#countFaults(file, stored, isDeleted),
        ...inManifest(file, stored, manifest),
      );
    }
    const deleted = readings.reduce((sum, { promised }) => sum + (promised?.lines ?? 0), 0);
    return {
      run: this.runId,
      kind: "batch",
      lines: this.#lines,
      rows,
      dead_letters: deadLetters,
      ...(isDeleted ? { deleted_lines: deleted } : {}),
      cold: this.#rows.cold.json(),
      hot: this.#rows.hot.json(),
      differences: [
        ...this.#faults,
        ...this.#rows.differences,
        ...this.#letters.differences,
        ...counts,
      ],
    };
  }

  async #compareReadings(runDirectory: string, file: ListedFile): Promise<void> {
    await this.#read(runDirectory, file, async (texts) => {
      const bySource = this.#sort(texts, file.name, "reading", parseReading);
      for (const [source, readings] of bySource) {
        this.#archived.get(source)!.readings += readings.length;
        const from = readings[0]!.offset;
        await this.#rows.add(source, from, readings.at(-1)!.offset + 1, readings);
      }
    });
  }

  async #compareRejects(runDirectory: string, file: ListedFile): Promise<void> {
    await this.#read(runDirectory, file, async (texts) => {
      const bySource = this.#sort(texts, file.name, "reject", parseReject);
      for (const [source, letters] of bySource) {
        const archived = this.#archived.get(source)!;
        archived.rejects += letters.length;
        const to = letters.at(-1)!.offset + 1;
        await this.#letters.add(source, Math.min(archived.rejectsUpTo, to - 1), to, letters);
        archived.rejectsUpTo = to;
      }
    });
    // After the last one there is none either.
    for (const [source, { rejectsUpTo }] of this.#archived) {
      await this.#letters.add(source, rejectsUpTo, Number.MAX_SAFE_INTEGER, []);
    }
    await this.#letters.finish();
  }

  async #read(
    runDirectory: string,
    file: ListedFile,
    take: (lines: readonly { at: number; text: string }[]) => Promise<void>,
  ): Promise<void> {
    const reader = new BatchFileReader(runDirectory, file);
    for await (const lines of reader.chunks()) {
      if (this.options.signal.aborted) return;
      await take(lines);
      this.options.onLines(lines.length, this.runId);
    }
    this.#lines += reader.lines;
    this.#faults.push(...reader.faults(this.runId));
  }

  /** Lines of files that the store has of this run, by file; names what is no such line. */
  #sort<T>(
    lines: readonly { at: number; text: string }[],
    name: string,
    what: string,
    parse: (text: string) => { readonly source: string; readonly value: T } | null,
  ): Map<string, T[]> {
    const bySource = new Map<string, T[]>();
    for (const { at, text } of lines) {
      const line = parse(text);
      if (line === null) {
        if (this.#faults.length < NAMED_MAX) {
          this.#faults.push(`${this.runId}/${name} offset ${at}: the line is no archived ${what}`);
        }
      } else if (this.#archived.has(line.source)) {
        const values = bySource.get(line.source) ?? [];
        values.push(line.value);
        bySource.set(line.source, values);
      }
    }
    return bySource;
  }

  #countFaults(
    { path }: LoadedFile,
    stored: Awaited<ReturnType<typeof originTotals>>,
    isDeleted: boolean,
  ): string[] {
    const { readings, rejects } = this.#archived.get(path)!;
    if (isDeleted) return [];
    const faults: string[] = [];
    if (stored.rows + stored.storeRejected !== readings) {
      faults.push(
        `${path}: ${this.runId} has ${readings} readings of it, the hot store ${stored.rows}`,
      );
    }
    if (stored.deadLetters !== rejects) {
      faults.push(
        `${path}: ${this.runId} has ${rejects} rejects of it, the hot store ${stored.deadLetters}`,
      );
    }
    return faults;
  }
}

/** Where the manifest of a loaded file's run says something else. */
function inManifest(
  { path, runId, digest }: LoadedFile,
  stored: Awaited<ReturnType<typeof originTotals>>,
  manifest: BatchManifest | null,
): string[] {
  if (manifest === null) return [];
  const input = manifest.inputs.findLast((one) => one.path === path);
  if (input === undefined || input.digest !== digest) {
    return [`${path}: the manifest of ${runId} does not name it by its digest`];
  }
  if (input.rows_loaded === stored.rows) return [];
  return [
    `${path}: the manifest of ${runId} says ${input.rows_loaded} rows were loaded, ` +
    `the hot store has ${stored.rows}`,
  ];
}
