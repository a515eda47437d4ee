/** One process a data directory: takes the lock for as long as `work` runs. */
import { acquireLock } from "../runtime/lock.ts";

/** @throws {LockedError} naming the process that has it. */
export async function withDataDirectory(
  dataDir: string,
  work: () => Promise<number>,
): Promise<number> {
  const lock = acquireLock(dataDir);
  try {
    return await work();
  } finally {
    lock.release();
  }
}
