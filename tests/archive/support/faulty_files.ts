/** The real disk with faults on demand, and with a crash: what was open is let go of as it is. */
import {
  type FileSystem,
  type OpenFile,
  type OpenMode,
  REAL_FILES,
} from "../../../src/runtime/files.ts";

export type Operation = "open" | "write" | "datasync" | "sync" | "truncate" | "rename";

export class FaultyFiles implements FileSystem {
  /** Asked before each operation; an error it returns is what the disk says. */
  fault: (operation: Operation, path: string) => Error | null = () => null;
  readonly operations: { operation: Operation; path: string }[] = [];
  readonly #open = new Set<OpenFile>();

  async open(path: string, mode: OpenMode): Promise<OpenFile> {
    this.#check("open", path);
    const file = await REAL_FILES.open(path, mode);
    this.#open.add(file);
    return {
      read: (into, at) => file.read(into, at),
      write: async (bytes, at) => {
        try {
          this.#check("write", path);
        } catch (error) {
          await file.write(bytes.subarray(0, bytes.length / 2), at); // A full disk takes some of it.
          throw error;
        }
        await file.write(bytes, at);
      },
      datasync: async () => {
        this.#check("datasync", path);
        await file.datasync();
      },
      sync: async () => {
        this.#check("sync", path);
        await file.sync();
      },
      truncate: async (bytes) => {
        this.#check("truncate", path);
        await file.truncate(bytes);
      },
      size: () => file.size(),
      close: async () => {
        this.#open.delete(file);
        await file.close();
      },
    };
  }

  stat(path: string) {
    return REAL_FILES.stat(path);
  }

  list(directory: string) {
    return REAL_FILES.list(directory);
  }

  makeDirectory(path: string) {
    return REAL_FILES.makeDirectory(path);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#check("rename", to);
    await REAL_FILES.rename(from, to);
  }

  remove(path: string) {
    return REAL_FILES.remove(path);
  }

  syncDirectory(path: string) {
    return REAL_FILES.syncDirectory(path);
  }

  /** Files still open. */
  get openFiles(): number {
    return this.#open.size;
  }

  async crash(): Promise<void> {
    const left = [...this.#open];
    this.#open.clear();
    await Promise.all(left.map((file) => file.close()));
  }

  #check(operation: Operation, path: string): void {
    this.operations.push({ operation, path });
    const error = this.fault(operation, path);
    if (error !== null) throw error;
  }
}

/** An error as the system gives it. */
export function systemError(code: "EIO" | "ENOSPC" | "EROFS"): Error {
  return Object.assign(new Error(`${code}: from the test`), { code });
}
