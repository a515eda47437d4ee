/** What was brought by HTTP since the start, and what was refused and why, for /metrics. */
import { INGEST_PATHS, type IngestPath } from "./ingest_paths.ts";

export interface PathCounts {
  readonly path: IngestPath;
  /** Requests whose lines are archived, theirs lines and bytes. */
  readonly requests: number;
  readonly lines: number;
  readonly bytes: number;
  /** Requests refused, by the error's code. */
  readonly refusals: Readonly<Record<string, number>>;
}

export class IngestCounter {
  readonly #counts = new Map(
    INGEST_PATHS.map((path) => [
      path,
      { path, requests: 0, lines: 0, bytes: 0, refusals: {} as Record<string, number> },
    ]),
  );

  counts(): readonly PathCounts[] {
    return [...this.#counts.values()];
  }

  archived(path: IngestPath, lines: number, bytes: number): void {
    const counts = this.#counts.get(path)!;
    counts.requests++;
    counts.lines += lines;
    counts.bytes += bytes;
  }

  refused(path: IngestPath, code: string): void {
    const { refusals } = this.#counts.get(path)!;
    refusals[code] = (refusals[code] ?? 0) + 1;
  }
}
