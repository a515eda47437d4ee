/** Rows and progress of a pass, of files that are loaded one after another or side by side. */
import type { LoadProgress } from "./file_chunks.ts";

export type LoadedRows = Pick<LoadProgress, "rowsRead" | "rowsLoaded" | "rowsRejected">;

interface UnderWay {
  readonly bytes: number;
  rows: LoadedRows;
  /** 0–1 of the file. */
  fraction: number;
}

const NONE: LoadedRows = { rowsRead: 0, rowsLoaded: 0, rowsRejected: 0 };

export class Tally {
  readonly #underWay = new Map<string, UnderWay>();
  /** Of files that are done, since the start. */
  #rows = NONE;
  #files = 0;
  #looked = 0;

  /** A pass over so many files begins. */
  beginPass(files: number): void {
    this.#files = files;
    this.#looked = 0;
  }

  /** A file of the pass needs nothing more. */
  looked(): void {
    this.#looked++;
  }

  begin(path: string, bytes: number): void {
    this.#underWay.set(path, { bytes, rows: NONE, fraction: 0 });
  }

  progress(path: string, progress: LoadProgress): void {
    const file = this.#underWay.get(path);
    if (file === undefined) return;
    file.rows = progress;
    file.fraction = file.bytes === 0 ? 1 : Math.min(1, progress.bytesRead / file.bytes);
  }

  done(path: string, rows: LoadedRows): void {
    this.drop(path);
    this.#rows = sum(this.#rows, rows);
  }

  /** It will be loaded anew from its start: nothing of it counts. */
  drop(path: string): void {
    this.#underWay.delete(path);
  }

  get rows(): LoadedRows {
    return [...this.#underWay.values()].reduce((rows, file) => sum(rows, file.rows), this.#rows);
  }

  /** 0–1 of the pass. */
  get fraction(): number {
    const parts = [...this.#underWay.values()].reduce((all, { fraction }) => all + fraction, 0);
    return this.#files === 0 ? 1 : Math.min(1, (this.#looked + parts) / this.#files);
  }
}

function sum(a: LoadedRows, b: LoadedRows): LoadedRows {
  return {
    rowsRead: a.rowsRead + b.rowsRead,
    rowsLoaded: a.rowsLoaded + b.rowsLoaded,
    rowsRejected: a.rowsRejected + b.rowsRejected,
  };
}
