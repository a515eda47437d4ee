/**
 * A disk in memory that can lose its power. What was synced stays; of what was not, each write may
 * be there, gone or torn, in any order, and each name may be there or not. Strict where file systems
 * are lenient: a file's sync does not make its name durable, only the directory's does.
 */
import { basename, dirname } from "node:path";
import type { FileSystem, OpenFile, OpenMode } from "../../../src/runtime/files.ts";
import type { Random } from "../../../src/runtime/random.ts";

type Change =
  | { readonly kind: "write"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "truncate"; readonly bytes: number };

class Inode {
  now: Uint8Array = new Uint8Array(0);
  durable: Uint8Array = new Uint8Array(0);
  unsynced: Change[] = [];
  modifiedMs = 0;
  /** A sync failed: `now` has changes that the disk does not have, and that no sync will bring it. */
  hasLost = false;

  sync(reached: Uint8Array, count: number): void {
    const synced = this.unsynced.slice(0, count);
    this.durable = this.hasLost ? synced.reduce(applyChange, this.durable) : reached;
    this.unsynced = this.unsynced.slice(count);
  }

  /** Read from the disk again. */
  forget(): void {
    this.now = this.unsynced.reduce(applyChange, this.durable);
    this.hasLost = false;
  }
}

/** Adds a name (null: removes it); a rename is one change that does both. */
type NameChange = readonly { readonly name: string; readonly inode: Inode | Directory | null }[];

class Directory {
  names = new Map<string, Inode | Directory>();
  durable = new Map<string, Inode | Directory>();
  unsynced: NameChange[] = [];

  change(change: NameChange): void {
    applyNames(this.names, change);
    this.unsynced.push(change);
  }
}

export class PowerCut extends Error {
  readonly code = "EIO";
}

export class SimulatedDisk implements FileSystem {
  readonly #root = new Directory();
  /** Operations until the power goes; Infinity for never. */
  operationsLeft = Infinity;
  /** Of changes to a file's content. */
  nowMs: () => number = () => 0;

  async open(path: string, mode: OpenMode): Promise<OpenFile> {
    await this.#step();
    const parent = this.#directory(dirname(path));
    const found = parent.names.get(basename(path));
    if (mode === "create" && found !== undefined) throw failure("EEXIST", path);
    if (mode !== "create" && !(found instanceof Inode)) throw failure("ENOENT", path);
    const inode = found instanceof Inode ? found : new Inode();
    if (mode === "create") parent.change([{ name: basename(path), inode }]);
    return this.#file(inode);
  }

  #file(inode: Inode): OpenFile {
    const change = async (made: Change) => {
      // The power may go in the middle of it: then it is one more unsynced change.
      inode.now = applyChange(inode.now, made);
      inode.unsynced.push(made);
      inode.modifiedMs = this.nowMs();
      await this.#step();
    };
    const sync = async () => {
      const reached = inode.now, count = inode.unsynced.length;
      await this.#step();
      inode.sync(reached, count);
    };
    return {
      read: async (into, at) => {
        await this.#step();
        const bytes = inode.now.subarray(at, at + into.length);
        into.set(bytes);
        return bytes.length;
      },
      write: (bytes, at) => change({ kind: "write", at, bytes: bytes.slice() }),
      truncate: (bytes) => change({ kind: "truncate", bytes }),
      datasync: sync,
      sync,
      size: () => Promise.resolve(inode.now.length),
      close: () => Promise.resolve(),
    };
  }

  stat(path: string) {
    const found = this.#find(path);
    const info = found === null ? null : {
      kind: found instanceof Inode ? "file" as const : "directory" as const,
      bytes: found instanceof Inode ? found.now.length : 0,
      modifiedMs: found instanceof Inode ? found.modifiedMs : 0,
    };
    return Promise.resolve(info);
  }

  list(path: string): Promise<string[]> {
    const found = this.#find(path);
    return Promise.resolve(found instanceof Directory ? [...found.names.keys()].sort() : []);
  }

  async makeDirectory(path: string): Promise<boolean> {
    await this.#step();
    const parent = this.#directory(dirname(path));
    if (parent.names.has(basename(path))) return false;
    parent.change([{ name: basename(path), inode: new Directory() }]);
    return true;
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step();
    const parent = this.#directory(dirname(from));
    const inode = parent.names.get(basename(from));
    if (inode === undefined || dirname(from) !== dirname(to)) throw failure("ENOENT", from);
    parent.change([{ name: basename(from), inode: null }, { name: basename(to), inode }]);
  }

  async remove(path: string): Promise<void> {
    await this.#step();
    this.#directory(dirname(path)).change([{ name: basename(path), inode: null }]);
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#step();
    const directory = this.#directory(path);
    directory.durable = new Map(directory.names);
    directory.unsynced = [];
  }

  /**
   * A sync of this file or directory went wrong: of what was not synced, some is on the disk, some
   * will never be, and no later sync of a file knows of it. Who reads still finds all of it, until
   * the system needs the memory: `evict`. (A directory's names are written anew by a later sync: a
   * journal that failed takes no more changes at all, so nobody would be told that one went well.)
   */
  failSync(path: string, random: Random): void {
    const found = this.#find(path);
    if (found instanceof Directory) {
      for (const change of found.unsynced) {
        if (random.next() < 0.5) applyNames(found.durable, change);
      }
      found.unsynced = [];
    } else if (found !== null) {
      for (const change of found.unsynced) {
        if (random.next() < 0.5) found.durable = applyChange(found.durable, change);
      }
      found.unsynced = [];
      found.hasLost = true;
    }
  }

  /** Who reads now finds what failed syncs left on the disk. */
  evict(): void {
    const visit = (directory: Directory): void => {
      for (const entry of directory.names.values()) {
        if (entry instanceof Directory) visit(entry);
        else if (entry.hasLost) entry.forget();
      }
    };
    visit(this.#root);
  }

  /** How much of a file the power can't take. */
  durableBytes(path: string): number {
    const found = this.#find(path);
    return found instanceof Inode ? found.durable.length : 0;
  }

  /** Damage: another bit at one place of a file, on the disk and for who reads it. */
  flipBit(path: string, at: number, bit: number): void {
    const found = this.#find(path);
    if (!(found instanceof Inode)) throw failure("ENOENT", path);
    const flip = (bytes: Uint8Array) => {
      const flipped = bytes.slice();
      if (at < flipped.length) flipped[at]! ^= 1 << bit;
      return flipped;
    };
    found.now = flip(found.now);
    found.durable = flip(found.durable);
    found.unsynced = found.unsynced.filter((change) => change.kind !== "write" || change.at > at);
  }

  /** The power is back: what the disk has after losing it. */
  restore(random: Random): void {
    this.operationsLeft = Infinity;
    const visit = (directory: Directory): void => {
      for (const change of directory.unsynced) {
        if (random.next() < 0.5) applyNames(directory.durable, change);
      }
      directory.names = new Map(directory.durable);
      directory.unsynced = [];
      for (const entry of directory.names.values()) {
        if (entry instanceof Directory) visit(entry);
        else restoreInode(entry, random);
      }
    };
    visit(this.#root);
  }

  #step(): Promise<void> {
    if (this.operationsLeft-- > 0) return Promise.resolve();
    this.operationsLeft = 0;
    return Promise.reject(new PowerCut("the power is gone"));
  }

  #find(path: string): Inode | Directory | null {
    let at: Inode | Directory | undefined = this.#root;
    for (const name of path.split("/").filter((part) => part !== "")) {
      at = at instanceof Directory ? at.names.get(name) : undefined;
    }
    return at ?? null;
  }

  #directory(path: string): Directory {
    const found = this.#find(path);
    if (!(found instanceof Directory)) throw failure("ENOENT", path);
    return found;
  }
}

function restoreInode(inode: Inode, random: Random): void {
  for (const change of inode.unsynced) {
    const luck = random.next();
    if (luck < 0.4) continue;
    const torn = change.kind === "write" && luck < 0.7
      ? {
        ...change,
        bytes: change.bytes.subarray(0, Math.floor(random.next() * change.bytes.length)),
      }
      : change;
    inode.durable = applyChange(inode.durable, torn);
  }
  inode.now = inode.durable;
  inode.unsynced = [];
  inode.hasLost = false;
}

/** Writing past the end leaves zeros between, as a hole does. */
function applyChange(before: Uint8Array, change: Change): Uint8Array {
  const end = change.kind === "write" ? change.at + change.bytes.length : change.bytes;
  const after = new Uint8Array(change.kind === "write" ? Math.max(before.length, end) : end);
  after.set(before.subarray(0, after.length));
  if (change.kind === "write") after.set(change.bytes, change.at);
  return after;
}

function applyNames(names: Map<string, Inode | Directory>, change: NameChange): void {
  for (const { name, inode } of change) {
    if (inode === null) names.delete(name);
    else names.set(name, inode);
  }
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
