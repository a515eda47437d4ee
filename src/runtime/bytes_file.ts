/** Bytes in memory as the one file of a disk, for those who read files and were given none. */
import type { FileSystem } from "./files.ts";

/** Reads of `path` give `bytes`; every other path is not there, and nothing can be written. */
export function bytesFile(path: string, bytes: Uint8Array): FileSystem {
  const refuse = (): never => {
    throw new Error(`Cannot write: ${path} is in memory, to be read`);
  };
  const nothing = () => Promise.resolve();
  return {
    open: (asked, mode) => {
      if (mode !== "read") refuse();
      if (asked !== path) return Promise.reject(new Error(`there is no file ${asked}`));
      return Promise.resolve({
        read: (into, at) => {
          const part = bytes.subarray(at, at + into.length);
          into.set(part);
          return Promise.resolve(part.length);
        },
        write: refuse,
        truncate: refuse,
        datasync: nothing,
        sync: nothing,
        size: () => Promise.resolve(bytes.length),
        close: nothing,
      });
    },
    stat: (asked) =>
      Promise.resolve(
        asked === path ? { kind: "file", bytes: bytes.length, modifiedMs: 0 } as const : null,
      ),
    list: () => Promise.resolve([]),
    makeDirectory: refuse,
    rename: refuse,
    remove: refuse,
    syncDirectory: nothing,
  };
}
