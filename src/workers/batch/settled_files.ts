/**
 * Tells files that are still being written from those that are whole: size and time of change stayed
 * the same from one look to the next. Remembers which state of a file was loaded, so that a look at
 * a thousand known files reads none of them.
 */
import type { FileSystem } from "../../runtime/files.ts";

/** A file's size and time of change. */
export type Stamp = string;

/** Null when there is no such file. */
export async function stampOf(path: string, files: FileSystem): Promise<Stamp | null> {
  const found = await files.stat(path);
  return found === null ? null : `${found.bytes}/${found.modifiedMs}`;
}

export class SettledFiles {
  readonly #files: FileSystem;
  readonly #seen = new Map<string, Stamp>();
  readonly #loaded = new Map<string, Stamp>();

  constructor(files: FileSystem) {
    this.#files = files;
  }

  /** Null when there is no such file. */
  stamp(path: string): Promise<Stamp | null> {
    return stampOf(path, this.#files);
  }

  /** Whether it is as it was at the look before; remembers this look. */
  hasSettled(path: string, stamp: Stamp): boolean {
    const before = this.#seen.get(path);
    this.#seen.set(path, stamp);
    return before === stamp;
  }

  isLoaded(path: string, stamp: Stamp): boolean {
    return this.#loaded.get(path) === stamp;
  }

  loaded(path: string, stamp: Stamp): void {
    this.#seen.delete(path);
    this.#loaded.set(path, stamp);
  }
}
