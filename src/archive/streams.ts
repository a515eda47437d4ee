/**
 * How many lines of each acknowledged stream are archived. The index says it append by append; each
 * manifest carries the sums as of its writing, over all runs before, so that the newest run alone
 * tells, whatever became of older ones. Bounded: the stream that was quiet for longest is forgotten.
 */
import { join } from "node:path";
import { LIMITS } from "../limits.ts";
import type { StreamLines } from "../model/stream.ts";
import type { FileSystem } from "../runtime/files.ts";
import { readManifest } from "./manifest.ts";
import { compareRunIds, parseRunId } from "./names.ts";

export class StreamTable {
  /** In the order of their last append. */
  readonly #lines = new Map<string, number>();

  /** `known` with the one quiet for longest first, as `list` gives it. */
  constructor(
    known: readonly StreamLines[],
    private readonly streamsMax: number = LIMITS.streamsMax,
  ) {
    for (const stream of known) this.set(stream);
  }

  /** Archived lines; 0 for a stream that is new or forgotten. */
  lines(stream: string): number {
    return this.#lines.get(stream) ?? 0;
  }

  set({ stream, lines }: StreamLines): void {
    this.#lines.delete(stream);
    this.#lines.set(stream, lines);
    if (this.#lines.size <= this.streamsMax) return;
    for (const quietest of this.#lines.keys()) {
      this.#lines.delete(quietest);
      return;
    }
  }

  list(): StreamLines[] {
    return Array.from(this.#lines, ([stream, lines]) => ({ stream, lines }));
  }
}

/** What the newest run before `runId` (or of all) knows of streams; runs are recovered before. */
export async function knownStreams(
  files: FileSystem,
  directory: string,
  runId: string | null = null,
): Promise<readonly StreamLines[]> {
  const runIds = (await files.list(directory))
    .filter((name) => parseRunId(name)?.kind === "stream_run")
    .filter((name) => runId === null || compareRunIds(name, runId) < 0)
    .sort(compareRunIds);
  for (const earlier of runIds.reverse()) {
    const manifest = await readManifest(files, join(directory, earlier));
    if (manifest !== null) return manifest.streams;
  }
  return [];
}
