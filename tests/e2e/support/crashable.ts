/** A real rackwatch process whose threads a test can crash, see `crash_threads.ts`. */
import { join } from "node:path";
import { start, type Started, type StartOptions } from "../../support/rackwatch.ts";

export type ThreadName = "generator" | "batch" | "speed" | "store" | "upkeep";

export interface Crashable extends Started {
  /** Has an error that nobody catches thrown in that thread. */
  crash(thread: ThreadName): Promise<void>;
}

export function startCrashable(words: readonly string[], options: StartOptions = {}): Crashable {
  const preload = join(import.meta.dir, "crash_threads.ts");
  const started = start(words, { ...options, preload });
  return {
    ...started,
    crash: async (thread) => {
      const { hostname, port } = await started.address("listening for crashes");
      await fetch(`http://${hostname}:${port}/${thread}`);
    },
  };
}
