/**
 * How long the disk takes to sync a little, asked beside a benchmark: what is shown live is durable
 * first, so a disk that stands still for a second makes a frame a second late.
 */
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";

/** As much as a group of lines, a few times a second. */
const BYTES = 65_536;
const EVERY_MS = 200;

export class DiskProbe {
  #tookMs: number[] = [];
  /** Of the one that was begun last. */
  #startedMs = performance.now();
  #isStopped = false;
  #ended = Promise.resolve();

  /** @param directory On the disk that is measured, and there. */
  static async start(directory: string): Promise<DiskProbe> {
    const probe = new DiskProbe();
    probe.#ended = probe.#ask(await open(join(directory, "disk_probe"), "w"));
    return probe;
  }

  /** Milliseconds that each fdatasync took since the last time; where none ended, one has so far. */
  take(): number[] {
    const took = this.#tookMs;
    this.#tookMs = [];
    return took.length > 0 ? took : [performance.now() - this.#startedMs];
  }

  /** @throws where the disk failed. */
  stop(): Promise<void> {
    this.#isStopped = true;
    return this.#ended;
  }

  async #ask(file: FileHandle): Promise<void> {
    const bytes = new Uint8Array(BYTES);
    try {
      while (!this.#isStopped) {
        await file.write(bytes, 0, BYTES, 0);
        this.#startedMs = performance.now();
        await file.datasync();
        this.#tookMs.push(performance.now() - this.#startedMs);
        await Bun.sleep(EVERY_MS);
      }
    } finally {
      await file.close();
    }
  }
}
