/** A real rackwatch process whose threads a test can crash, see `crash_threads.ts`. */
import { join } from "node:path";
import type { Crash } from "./crash_here.ts";
import { start, type Started, type StartOptions } from "../../support/rackwatch.ts";

export type ThreadName = "generator" | "batch" | "speed" | "store" | "upkeep";

export interface Crashable extends Started {
  /** Has an error that nobody catches thrown in that thread. */
  crash(thread: ThreadName): Promise<void>;
  /** Every sync in that thread fails from now on. */
  breakDisk(thread: ThreadName): Promise<void>;
  /** No sync in that thread comes back from now on. */
  stallDisk(thread: ThreadName): Promise<void>;
}

export function startCrashable(words: readonly string[], options: StartOptions = {}): Crashable {
  const preload = join(import.meta.dir, "crash_threads.ts");
  const started = start(words, { ...options, preload });
  const tell = async (how: Crash["how"], thread: ThreadName) => {
    const { hostname, port } = await started.address("listening for crashes");
    await fetch(`http://${hostname}:${port}/${how}/${thread}`);
  };
  return {
    ...started,
    crash: (thread) => tell("throw", thread),
    breakDisk: (thread) => tell("eio", thread),
    stallDisk: (thread) => tell("stall", thread),
  };
}
