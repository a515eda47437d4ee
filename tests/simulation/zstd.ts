/** Zstd for a simulated process: the real one's bytes, after a while of the world's time. */
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { type Zstd, ZSTD_OPTIONS } from "../../src/runtime/zstd.ts";
import type { Process, Schedule } from "./schedule.ts";

const TAKES_MS_MAX = 5;

/** In no time, for the world itself. */
export const SYNC_ZSTD: Zstd = {
  pack: (bytes) => Promise.resolve(zstdCompressSync(bytes, ZSTD_OPTIONS)),
  unpack: async (frame, bytesMax) => zstdDecompressSync(frame, { maxOutputLength: bytesMax }),
};

export function zstdOf(process: Process, schedule: Schedule): Zstd {
  const later = (effect: () => Promise<Uint8Array>) =>
    process.ask(schedule.random.next() * TAKES_MS_MAX, effect);
  return {
    pack: (bytes) => {
      // As another thread has them: who writes over them meanwhile does not change the frame.
      const given = bytes.slice();
      return later(() => SYNC_ZSTD.pack(given));
    },
    unpack: (frame, bytesMax) => later(() => SYNC_ZSTD.unpack(frame, bytesMax)),
  };
}
