/**
 * Commits batches to the hot store until each is in: retries while the store is away, reads the
 * checkpoint where the outcome of a COMMIT is unknown, and never applies anything twice. Alerts are
 * judged here, in the order of the archive, and commit with the readings that caused them.
 */
import { AlertEngine } from "../../alerts/engine.ts";
import { LIMITS } from "../../limits.ts";
import type { Log } from "../../log.ts";
import type { Alert, AlertChange, AlertRule } from "../../model/alert.ts";
import type { Checkpoint, Origin } from "../../model/origin.ts";
import type { DeadLetter } from "../../model/record.ts";
import { type Clock, delay } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import { foldReadings } from "../../rollup/fold.ts";
import { StoreError } from "../../store/database.ts";
import { SQL_STATE_STORE_REPLACED } from "../../store/store_errors.ts";
import type { StoredCheckpoint, StoreWriter } from "../../store/writer.ts";
import type { PendingBatch } from "./pending_batch.ts";

/** The store's checkpoint is neither before nor after this batch: go on from where it is. */
export class DivergedError extends Error {
  override readonly name = "DivergedError";
  constructor(readonly checkpoint: Checkpoint | StoredCheckpoint) {
    super(`The hot store's checkpoint of ${checkpoint.runId} is elsewhere`);
  }
}

export interface CommitterOptions {
  readonly store: Pick<StoreWriter, "commitLive" | "readCheckpoint">;
  /** The origin of a part of a run. */
  readonly origin: (runId: string, part: number) => Origin;
  readonly rules: readonly AlertRule[];
  readonly loadOpenAlerts: () => Promise<readonly Alert[]>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface Committed {
  readonly rows: number;
  readonly deadLetters: number;
}

export class BatchCommitter {
  readonly #options: CommitterOptions;
  #engine: AlertEngine | null = null;
  /** Rows committed since the start of this process, all runs. */
  readonly rowsByRegion = new Map<string, number>();
  /** Why the store can't be written now; null while it can. */
  lastError: string | null = null;

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /**
   * Resolves once the batch is in the store; null when the signal aborted first.
   * @throws {DivergedError} when the stored checkpoint is another one.
   */
  async commit(
    batch: PendingBatch,
    from: Checkpoint,
    signal: AbortSignal,
  ): Promise<Committed | null> {
    const to: Checkpoint = { runId: from.runId, part: batch.part, offset: batch.end };
    let alerts: readonly AlertChange[] | null = null;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        if (attempt > 0 && await this.#isAlreadyIn(from, to)) {
          return this.#count(batch, []);
        }
        alerts ??= await this.#judge(batch);
        const result = await this.#options.store.commitLive({
          origin: this.#options.origin(from.runId, batch.part),
          from,
          to,
          lines: batch.lines,
          readings: batch.readings,
          deadLetters: batch.deadLetters,
          alerts,
          fold: foldReadings,
        });
        return this.#count(batch, result.rejected);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        if (error.sqlState === SQL_STATE_STORE_REPLACED) {
          // Built anew by a rebuild: its alerts are its own, and it is there.
          this.#engine = null;
          alerts = null;
          continue;
        }
        await this.#backOff(error, attempt, signal);
      }
    }
    return null;
  }

  /** Where the store stands in a run; waits for the store. Null: nothing of it is applied. */
  async readCheckpoint(runId: string, signal: AbortSignal): Promise<Checkpoint | null> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const stored = await this.#options.store.readCheckpoint(runId);
        this.lastError = null;
        return stored;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        await this.#backOff(error, attempt, signal);
      }
    }
    return null;
  }

  async #isAlreadyIn(from: Checkpoint, to: Checkpoint): Promise<boolean> {
    const stored = await this.#options.store.readCheckpoint(from.runId) ??
      { runId: from.runId, part: 0, offset: 0 };
    if (stored.part === to.part && stored.offset === to.offset) return true;
    if (stored.part === from.part && stored.offset === from.offset) return false;
    this.#engine = null;
    throw new DivergedError(stored);
  }

  async #judge(batch: PendingBatch): Promise<readonly AlertChange[]> {
    const changes: AlertChange[] = [];
    if (this.#engine === null) {
      const engine = new AlertEngine(this.#options.rules);
      // Alerts of rules that are configured no more are closed with this batch.
      changes.push(...engine.load(await this.#options.loadOpenAlerts()));
      this.#engine = engine;
    }
    for (const reading of batch.readings) changes.push(...this.#engine.judge(reading));
    return changes;
  }

  #count(batch: PendingBatch, rejected: readonly DeadLetter[]): Committed {
    this.lastError = null;
    const refused = new Set(rejected.map((letter) => letter.offset));
    for (const { region, offset } of batch.readings) {
      if (refused.has(offset)) continue;
      this.rowsByRegion.set(region, (this.rowsByRegion.get(region) ?? 0) + 1);
    }
    return {
      rows: batch.readings.length - rejected.length,
      deadLetters: batch.deadLetters.length + rejected.length,
    };
  }

  async #backOff(error: StoreError, attempt: number, signal: AbortSignal): Promise<void> {
    if (this.lastError === null) {
      this.#options.log.warn("the hot store can't be written; archiving goes on, retrying", {
        reason: error.message,
      });
    }
    this.lastError = error.message;
    const longest = Math.min(
      LIMITS.reconnectMsMin * 2 ** Math.min(attempt, 10),
      LIMITS.reconnectMsMax,
    );
    await delay(this.#options.clock, longest * this.#options.random.next(), signal);
  }
}
