/**
 * Files as an argument: the few things the archive asks of a disk, so that a test can put a disk
 * there that tears writes, loses renames, is full or breaks. Owns no format. Promises that a write
 * is whole or rejects, and that nothing is called durable before `datasync` or `sync` resolved.
 * Refuses to hide an error: every rejection keeps the system's `code` (`ENOSPC`, `EIO`, …).
 */
import * as fs from "node:fs";
import { mkdir, readdir, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";

/** `read`: must exist. `write`: must exist, read and write. `create`: must not, read and write. */
export type OpenMode = "read" | "write" | "create";

export interface OpenFile {
  /** Fills `into` from byte `at`; returns the bytes read, fewer than asked only at the end. */
  read(into: Uint8Array, at: number): Promise<number>;
  /** All of `bytes` at byte `at`, or a rejection: then any part of it may be there. */
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** Content and size are on the disk. After a rejection nothing is known: never ask twice. */
  datasync(): Promise<void>;
  /** As `datasync`, and all metadata. */
  sync(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export interface FileInfo {
  readonly kind: "file" | "directory" | "other";
  readonly bytes: number;
  readonly modifiedMs: number;
}

export interface FileSystem {
  open(path: string, mode: OpenMode): Promise<OpenFile>;
  /** Null where there is nothing. */
  stat(path: string): Promise<FileInfo | null>;
  /** Names, sorted; empty where there is no such directory. */
  list(directory: string): Promise<string[]>;
  /** False where something of that name was there; the parent must exist. */
  makeDirectory(path: string): Promise<boolean>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** The names in it (created, renamed, removed) are on the disk. */
  syncDirectory(path: string): Promise<void>;
}

const FLAGS: Readonly<Record<OpenMode, string>> = { read: "r", write: "r+", create: "wx+" };

// Descriptors, not FileHandles: one of those that is let go of without `close`, as after a failed
// disk, throws from the garbage collector, where nothing can catch it.
const open = promisify(fs.open);
const close = promisify(fs.close);
const ftruncate = promisify(fs.ftruncate);
const fstat = promisify(fs.fstat);
const fsync = promisify(fs.fsync);
const fdatasync = promisify(fs.fdatasync);

export const REAL_FILES: FileSystem = {
  open: async (path, mode) => realFile(await open(path, FLAGS[mode], 0o644)),
  stat: async (path) => {
    try {
      const found = await stat(path);
      const kind = found.isFile() ? "file" : found.isDirectory() ? "directory" : "other";
      return { kind, bytes: found.size, modifiedMs: found.mtimeMs };
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  },
  list: async (directory) => {
    try {
      return (await readdir(directory)).sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  makeDirectory: async (path) => {
    try {
      await mkdir(path);
      return true;
    } catch (error) {
      if (errorCode(error) === "EEXIST") return false;
      throw error;
    }
  },
  rename,
  remove: unlink,
  syncDirectory: async (path) => {
    // Windows cannot open a directory for syncing; NTFS journals names by itself.
    if (process.platform === "win32") return;
    const descriptor = await open(path, "r");
    try {
      await fsync(descriptor);
    } finally {
      await close(descriptor);
    }
  },
};

function realFile(descriptor: number): OpenFile {
  return {
    read: async (into, at) => {
      let done = 0;
      while (done < into.length) {
        const got = await read(descriptor, into, done, at + done);
        if (got === 0) break;
        done += got;
      }
      return done;
    },
    write: async (bytes, at) => {
      // A full disk first writes short; the next call then says ENOSPC.
      for (let done = 0; done < bytes.length;) {
        done += await write(descriptor, bytes, done, at + done);
      }
    },
    datasync: () => fdatasync(descriptor),
    sync: () => fsync(descriptor),
    truncate: (bytes) => ftruncate(descriptor, bytes),
    size: async () => (await fstat(descriptor)).size,
    close: () => close(descriptor),
  };
}

function read(descriptor: number, into: Uint8Array, start: number, at: number): Promise<number> {
  return new Promise((resolve, reject) =>
    fs.read(
      descriptor,
      into,
      start,
      into.length - start,
      at,
      (error, got) => error === null ? resolve(got) : reject(error),
    )
  );
}

function write(descriptor: number, bytes: Uint8Array, start: number, at: number): Promise<number> {
  return new Promise((resolve, reject) =>
    fs.write(
      descriptor,
      bytes,
      start,
      bytes.length - start,
      at,
      (error, put) => error === null ? resolve(put) : reject(error),
    )
  );
}

/** The system's error code (`ENOENT`, `EIO`, …), or null. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}

function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

/** Makes `path` and what is missing above it, each one's name durable in its parent. */
export async function makeDirectories(files: FileSystem, path: string): Promise<void> {
  if ((await files.stat(path))?.kind === "directory") return;
  const parent = dirname(path);
  if (parent !== path) await makeDirectories(files, parent);
  if (await files.makeDirectory(path)) await files.syncDirectory(parent);
}

/** Up to `bytesMax` bytes of a file from its start; null where there is none. */
export async function readHead(
  files: FileSystem,
  path: string,
  bytesMax: number,
): Promise<Uint8Array | null> {
  if ((await files.stat(path)) === null) return null;
  const file = await files.open(path, "read");
  try {
    const bytes = new Uint8Array(Math.min(await file.size(), bytesMax));
    return bytes.subarray(0, await file.read(bytes, 0));
  } finally {
    await file.close();
  }
}

/**
 * Puts `bytes` in place of the file at `path`: `.tmp`, fsync, rename, fsync of the directory. A
 * reader, or a crash at any point, finds the old content or the new, never a mixture.
 */
export async function replaceFile(
  files: FileSystem,
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  const temporary = `${path}.tmp`;
  if ((await files.stat(temporary)) !== null) await files.remove(temporary);
  const file = await files.open(temporary, "create");
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await files.rename(temporary, path);
  await files.syncDirectory(dirname(path));
}
