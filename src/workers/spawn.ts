/**
 * Starts worker threads, from source and from the compiled executable alike. There every entry
 * point keeps its path below the executable's virtual root; here it lies below this repository.
 */

const ENTRY_POINTS = {
  store: "src/workers/store_worker.ts",
  speed: "src/workers/speed_worker.ts",
  batch: "src/workers/batch_worker.ts",
  loader: "src/workers/loader_worker.ts",
  generator: "src/workers/generator_worker.ts",
  upkeep: "src/workers/upkeep_worker.ts",
} as const;

export type WorkerName = keyof typeof ENTRY_POINTS;

/** What the build must add as entry points. */
export const WORKER_ENTRY_POINTS: readonly string[] = Object.values(ENTRY_POINTS);

/** Whether this is the compiled executable (Bun's virtual file system: `$bunfs`, on Windows `~BUN`). */
export const IS_EXECUTABLE = /\/(\$bunfs|~BUN)\//.test(import.meta.url);

export function spawnWorker(name: WorkerName): Worker {
  const root = new URL(IS_EXECUTABLE ? "./" : "../../", import.meta.url);
  return new Worker(new URL(ENTRY_POINTS[name], root).href, { type: "module", name });
}
