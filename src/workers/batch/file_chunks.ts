/**
 * What a history file gives, on its way to the archive and the hot store: gathered into chunks, each
 * archived and, side by side with that, stored in one transaction: rows of a load under way may show a
 * moment before their copy is in the archive, and the load ends after both. One is on its way and one waits while the next is gathered,
 * so that reading and the database work side by side, and neither waits when the other is slow for a
 * moment; in the order of the file, one after the other.
 */
import { deadLetterLine } from "../../archive/batch_lines.ts";
import type { EncodedLines } from "../../archive/reading_lines.ts";
import type { BatchWriter } from "../../archive/batch_writer.ts";
import type { AlertChange } from "../../model/alert.ts";
import type { Reading } from "../../model/reading.ts";
import type { DeadLetter } from "../../model/record.ts";
import { type Derived, FINEST_TIERS, type Tiers } from "../../model/rollup.ts";
import { tiersOf } from "../../rollup/density.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { FileChunk, FileLoad } from "../../store/file_load.ts";
import type { CommitResult } from "../../store/rejects.ts";
import { Derivations } from "../derivations.ts";

export interface LoadProgress {
  readonly rowsRead: number;
  readonly rowsLoaded: number;
  readonly rowsRejected: number;
  readonly bytesRead: number;
}

export interface FileChunksOptions {
  readonly load: Pick<FileLoad, "replaces" | "append">;
  readonly archive: Pick<BatchWriter, "addReadings" | "addDeadLetters">;
  readonly clock: Clock;
  /** As dead letters name it. */
  readonly shownPath: string;
  /** Told after each chunk. */
  readonly onProgress: (progress: LoadProgress) => void;
}

/** What some records of the file became. */
export class Gathered {
  /** Records. */
  read = 0;
  readonly readings: Reading[] = [];
  readonly deadLetters: DeadLetter[] = [];
  readonly alerts: AlertChange[] = [];
  /** Of the file, up to here. */
  bytesRead = 0;
}

export class FileChunks {
  readonly #options: FileChunksOptions;
  readonly #derivations: Derivations;
  readonly rejects = new Map<string, number>();
  /** The store refused rows that were gathered: the rest is read from what it took. */
  #isInDoubt = false;
  /** By the file's first chunk. */
  #tiers: Tiers | null = null;
  /** The chunk that is stored now, and the one behind it. */
  #onItsWay: Promise<void> = Promise.resolve();
  #last: Promise<void> = Promise.resolve();
  rowsRead = 0;
  rowsLoaded = 0;

  constructor(options: FileChunksOptions) {
    this.#options = options;
    this.#derivations = new Derivations(options.clock);
  }

  /** What is left for the end of the load; null: to be read from the rows. */
  rest(): Derived | null {
    return this.#isInDoubt ? null : this.#derivations.take();
  }

  /**
   * Resolves once at most the chunk before is on its way. @throws {StoreError} of an earlier one.
   * @param lines The readings as the archive has them.
   */
  async send(gathered: Gathered, lines: EncodedLines): Promise<void> {
    await this.#onItsWay;
    this.#onItsWay = this.#last;
    this.#last = this.#onItsWay.then(() => this.#store(gathered, lines));
    // A failure is for whoever awaits the next one, or the end.
    this.#last.catch(() => {});
  }

  /** Resolves once all is stored. @throws {StoreError} */
  settled(): Promise<void> {
    return this.#last;
  }

  async #store(gathered: Gathered, lines: EncodedLines): Promise<void> {
    const { archive, onProgress, shownPath } = this.#options;
    const { readings, deadLetters, alerts } = gathered;
    if (readings.length > 0) this.#tiers ??= tiersOf(readings);
    const tiers = this.#tiers ?? FINEST_TIERS;
    // Both end before either's failure is told: nobody closes what is still written to.
    const [archived, stored] = await Promise.allSettled([
      archive.addReadings(lines),
      this.#append({ readings, deadLetters, alerts, tiers }),
    ]);
    if (archived.status === "rejected") throw archived.reason;
    if (stored.status === "rejected") throw stored.reason;
    const { rows, rejected } = stored.value;
    const refused = [...deadLetters, ...rejected].sort((a, b) => a.offset - b.offset);
    await archive.addDeadLetters(refused.map((letter) => deadLetterLine(letter, shownPath)));
    for (const { code } of refused) this.rejects.set(code, (this.rejects.get(code) ?? 0) + 1);
    this.rowsRead += gathered.read;
    this.rowsLoaded += rows;
    onProgress({
      rowsRead: this.rowsRead,
      rowsLoaded: this.rowsLoaded,
      rowsRejected: this.rowsRead - this.rowsLoaded,
      bytesRead: gathered.bytesRead,
    });
  }

  async #append(chunk: FileChunk): Promise<CommitResult> {
    const { load, clock } = this.#options;
    if (!load.replaces && !this.#isInDoubt) this.#derivations.add(chunk.readings, chunk.tiers);
    const isDue = !this.#isInDoubt && this.#derivations.restMs === 0;
    const derived = isDue ? this.#derivations.take() : null;
    const startedMs = clock.monotonicMs();
    const result = await load.append(
      chunk,
      (accepted) => accepted.length === chunk.readings.length ? derived : null,
    );
    if (derived !== null) this.#derivations.written(clock.monotonicMs() - startedMs);
    if (result.rejected.length > 0) {
      this.#isInDoubt = true;
      this.#derivations.forget();
    }
    return result;
  }
}
