/** Loaded first in each worker of a process under `crash_threads.ts`; its last argument is its name. */
import { createRequire } from "node:module";

export const CRASHES = "rackwatch-tests-crashes";
/** What a thread says once its disk is as it was told. */
export const HEARD = "heard";

/**
 * `throw`: an error that nobody catches. `eio`: every sync from now on fails, as of a broken disk.
 * `stall`: none comes back, as of a disk that hangs.
 */
export interface Crash {
  readonly thread: string;
  readonly how: "throw" | "eio" | "stall";
}

let disk: "sound" | "eio" | "stall" = "sound";

if (!Bun.isMainThread) {
  breakableSync();
  const channel = new BroadcastChannel(CRASHES);
  // One that nothing holds may be collected, its listener with it.
  Object.assign(globalThis, { [CRASHES]: channel });
  channel.onmessage = (event) => {
    const { thread, how } = event.data as Crash;
    if (thread !== process.argv.at(-1)) return;
    if (how !== "throw") {
      disk = how;
      channel.postMessage(HEARD);
    } else {
      setTimeout(() => {
        throw new Error("crashed by a test");
      });
    }
  };
}

/** By `require`: an `import` would fix the module's names before the program sees them. */
function breakableSync(): void {
  const fs = createRequire(import.meta.url)("node:fs") as typeof import("node:fs");
  const real = fs.fdatasync;
  const breakable = (descriptor: number, done: (error: Error | null) => void) => {
    if (disk === "sound") return real(descriptor, done);
    if (disk === "eio") {
      done(Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" }));
    }
  };
  fs.fdatasync = breakable as typeof real;
}
