/**
 * The simulated disk as a process sees it: every operation takes a while, the disk may be full, a
 * sync may fail. What is on it outlives the process.
 */
import type { FileSystem, OpenFile, OpenMode } from "../../src/runtime/files.ts";
import { systemError } from "../archive/support/faulty_files.ts";
import type { SimulatedDisk } from "../archive/support/simulated_disk.ts";
import type { Process, Schedule } from "./schedule.ts";

/**
 * For the simulation's own test, what is taken out: syncs, that of recovery alone (which alone opens
 * parts to write), errors of syncs, and an intent that is written before its bytes.
 */
export type DiskDefence = "datasync" | "recovery_datasync" | "sync_errors" | "intent_first";

export class DiskFaults {
  /** Nothing more fits. */
  isFull = false;
  /** Syncs until one fails; Infinity for none. */
  syncsLeft = Infinity;
  /** A sync has failed: nothing that was not durable may be called so any more. */
  hasFailed = false;
  /** It was full in this life. */
  wasFull = false;
  without: DiskDefence | null = null;
  /** Operations until the process is to be killed in the middle of one; Infinity for never. */
  operationsLeft = Infinity;
  /** Syncs until the process is to be killed as soon as one has ended; Infinity for never. */
  syncsUntilKill = Infinity;
  /** Likewise, writes of lines to the live archive. */
  writesUntilKill = Infinity;
  /** A slow disk: how long an operation takes at most. */
  latencyMsMax = 1;
  /** Told of a file before it is removed. */
  beforeRemoval: (path: string) => Promise<void> = () => Promise.resolve();
}

export function diskOf(
  process: Process,
  disk: SimulatedDisk,
  faults: DiskFaults,
  schedule: Schedule,
): FileSystem {
  const ask = <T>(effect: () => Promise<T>): Promise<T> => {
    faults.operationsLeft--;
    const isQuick = schedule.chance(0.6);
    return process.ask(isQuick ? 0 : schedule.random.next() * faults.latencyMsMax, effect);
  };
  const room = () => {
    if (!faults.isFull) return;
    faults.wasFull = true;
    throw systemError("ENOSPC");
  };
  /** A failed sync: the kernel has dropped some of the pages, and calls all of them clean. */
  const mayFail = (path: string) => {
    if (faults.syncsLeft-- > 0) return;
    faults.syncsLeft = Infinity;
    faults.hasFailed = true;
    disk.failSync(path, schedule.random);
    schedule.trace(`sync fails ${path}`);
    if (faults.without !== "sync_errors") throw systemError("EIO");
  };
  const sync = (path: string, effect: () => Promise<void>) =>
    ask(async () => {
      mayFail(path);
      if (faults.without !== "datasync") await effect();
      if (--faults.syncsUntilKill <= 0) faults.operationsLeft = 0;
    });
  return {
    open: async (path, mode) => {
      const file = await ask(async () => {
        if (mode === "create") room();
        return await disk.open(path, mode);
      });
      return fileOf(file, path, mode);
    },
    stat: (path) => ask(() => disk.stat(path)),
    list: (path) => ask(() => disk.list(path)),
    makeDirectory: (path) =>
      ask(async () => {
        room();
        return await disk.makeDirectory(path);
      }),
    rename: (from, to) => ask(() => disk.rename(from, to)),
    remove: (path) =>
      ask(async () => {
        await faults.beforeRemoval(path);
        await disk.remove(path);
      }),
    syncDirectory: (path) => sync(path, () => disk.syncDirectory(path)),
  };

  function fileOf(file: OpenFile, path: string, mode: OpenMode): OpenFile {
    let held: Uint8Array | null = null;
    const datasync = () => {
      if (faults.without === "recovery_datasync" && mode === "write") return Promise.resolve();
      return sync(path, async () => {
        if (held !== null) await file.write(held, 0);
        held = null;
        await file.datasync();
      });
    };
    return {
      read: (into, at) => ask(() => file.read(into, at)),
      write: (bytes, at) =>
        ask(async () => {
          if (faults.without === "intent_first" && path.endsWith(".intent")) {
            held = bytes.slice();
            return;
          }
          if (faults.isFull) await file.write(bytes.subarray(0, bytes.length >> 1), at);
          room();
          await file.write(bytes, at);
          if (/\/part-\d+\.ndjson$/.test(path) && --faults.writesUntilKill <= 0) {
            faults.operationsLeft = 0;
          }
        }),
      datasync,
      sync: () => sync(path, () => file.sync()),
      truncate: (bytes) => ask(() => file.truncate(bytes)),
      size: () => ask(() => file.size()),
      close: () => ask(() => file.close()),
    };
  }
}
