/** What the archive holds, listed from its manifests now and then rather than for every question. */
import { listRuns, type RunInfo } from "../archive/catalogue.ts";
import type { Log } from "../log.ts";
import type { ArchiveStatus } from "../model/status.ts";
import { REAL_FILES } from "../runtime/files.ts";

const INTERVAL_MS = 2_000;

export class ArchiveWatch {
  readonly #dataDir: string;
  readonly #log: Log;
  readonly #timer: Timer;
  #status: ArchiveStatus;
  #looking = false;

  constructor(dataDir: string, log: Log) {
    this.#dataDir = dataDir;
    this.#log = log;
    this.#status = { directory: dataDir, runs: 0, bytes: 0, torn_bytes: 0 };
    this.#timer = setInterval(() => void this.#look(), INTERVAL_MS);
    void this.#look();
  }

  get status(): ArchiveStatus {
    return this.#status;
  }

  /** Newest first, read at this moment. */
  runs(): Promise<RunInfo[]> {
    return listRuns(this.#dataDir, REAL_FILES);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const runs = await listRuns(this.#dataDir, REAL_FILES);
      this.#status = {
        directory: this.#dataDir,
        runs: runs.length,
        bytes: runs.reduce((sum, run) => sum + run.bytes, 0),
        torn_bytes: runs.reduce((sum, run) => sum + run.tornBytes, 0),
      };
    } catch (error) {
      // Old numbers, and the next look may go well: nothing depends on these.
      this.#log.warn("the archive could not be listed", { reason: error });
    } finally {
      this.#looking = false;
    }
  }
}
