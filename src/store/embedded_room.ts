/**
 * Room on the disk for the embedded store. PGlite does not come through a full disk: its session
 * refuses everything from then on, or it never returns at all, which no other thread can end. So it
 * leaves the disk's last bytes alone: they are the archive's, which can wait for room.
 */
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { LIMITS } from "../limits.ts";
import { StoreError } from "./database.ts";

/** Whether the disk that holds this directory has room to write; true where nothing is known. */
export type HasRoom = (directory: string) => Promise<boolean>;

export const diskHasRoom: HasRoom = async (directory) => {
  try {
    const { bavail, blocks, bsize } = await statfs(directory);
    return blocks === 0 || bavail * bsize >= LIMITS.storeRoomBytesMin;
  } catch {
    // Not there yet: it is made on its parent's disk.
    const parent = dirname(directory);
    return parent === directory || await diskHasRoom(parent);
  }
};

/** What a write is refused with meanwhile; `unavailable`: it is tried again. */
export function noRoom(directory: string): StoreError {
  const megabytes = LIMITS.storeRoomBytesMin / 1_048_576;
  return new StoreError(
    "unavailable",
    `The embedded store in ${directory} waits for room: its disk has less than ${megabytes} MiB left`,
  );
}
