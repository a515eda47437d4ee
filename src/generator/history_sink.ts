/**
 * A file that is there whole or not at all: bytes go to `<path>.tmp`, which is synced and renamed
 * when it is complete, and removed when it is not.
 */
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

export interface HistorySink {
  readonly bytes: number;
  /** Resolves when the bytes are handed to the system; they may be overwritten then. */
  write(bytes: Uint8Array): Promise<void>;
}

/** Runs `fill` on a new file and puts it in the place of what stood at `path`. */
export async function replaceFile<T>(
  path: string,
  fill: (sink: HistorySink) => Promise<T>,
): Promise<T> {
  const temporary = `${path}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  const handle = await open(temporary, "w");
  let bytes = 0;
  try {
    const result = await fill({
      get bytes() {
        return bytes;
      },
      async write(chunk) {
        for (let done = 0; done < chunk.length;) {
          done += (await handle.write(chunk, done, chunk.length - done)).bytesWritten;
        }
        bytes += chunk.length;
      },
    });
    await handle.datasync();
    await handle.close();
    await rename(temporary, path);
    return result;
  } catch (cause) {
    await handle.close().catch(() => {});
    await rm(temporary, { force: true });
    throw cause;
  }
}
