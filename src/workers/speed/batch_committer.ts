/**
 * Commits batches to the hot store until each is in: retries while the store is away, reads the
 * checkpoint where the outcome of a COMMIT is unknown, and never applies anything twice. Alerts are
 * judged here, in the order of the archive, and commit with the readings that caused them.
 */
import { LIMITS } from "../../limits.ts";
import type { Log } from "../../log.ts";
import type { Alert, AlertChange, AlertRule } from "../../model/alert.ts";
import type { Checkpoint, Origin } from "../../model/origin.ts";
import type { DeadLetter } from "../../model/record.ts";
import { type Derived, FINEST_TIERS, type Tiers } from "../../model/rollup.ts";
import { deriveFrom } from "../../rollup/fold.ts";
import { type Clock, delay } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import { StoreError } from "../../store/database.ts";
import { SQL_STATE_STORE_REPLACED } from "../../store/store_errors.ts";
import type { PreparedChunks, StoredCheckpoint, StoreWriter } from "../../store/writer.ts";
import { BatchAlerts } from "./batch_alerts.ts";
import { BatchPreparation, type Ready } from "./batch_preparation.ts";
import { emptyBatch, type PendingBatch } from "./pending_batch.ts";

/** The store's checkpoint is neither before nor after this batch: go on from where it is. */
export class DivergedError extends Error {
  override readonly name = "DivergedError";
  constructor(readonly checkpoint: Checkpoint | StoredCheckpoint) {
    super(`The hot store's checkpoint of ${checkpoint.runId} is elsewhere`);
  }
}

export interface CommitterOptions {
  readonly store: Pick<StoreWriter, "commitLive" | "prepare" | "readCheckpoint" | "settle">;
  /** The origin of a part of a run. */
  readonly origin: (runId: string, part: number) => Origin;
  readonly rules: readonly AlertRule[];
  readonly loadOpenAlerts: () => Promise<readonly Alert[]>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Between two writings of rollups, where nobody looks before `roll`; by their cost unless given. */
  readonly rollupRestMsMin?: number;
}

/** From where to where a batch moves its run, and the finest tiers that its readings go into. */
interface Move {
  readonly from: Checkpoint;
  readonly to: Checkpoint;
  readonly tiers: Tiers;
  readonly prepared: PreparedChunks | null;
}

export interface Committed {
  readonly rows: number;
  readonly deadLetters: number;
}

export class BatchCommitter {
  readonly #options: CommitterOptions;
  readonly #alerts: BatchAlerts;
  readonly #preparation: BatchPreparation;
  /** Of which run rollups are to be mended from the rows, because it is not known what was written. */
  #unsettled: string | null = null;
  /** Why the store can't be written now; null while it can. */
  lastError: string | null = null;

  constructor(options: CommitterOptions) {
    this.#options = options;
    const { clock, loadOpenAlerts, origin, rollupRestMsMin, rules, store } = options;
    this.#alerts = new BatchAlerts(rules, loadOpenAlerts);
    this.#preparation = new BatchPreparation(
      { store, origin, clock, rollupRestMsMin },
      this.#alerts,
    );
  }

  /** How long what was committed may still wait for its rollups; null where none does. */
  get rollupRestMs(): number | null {
    const restMs = this.#preparation.rollupRestMs;
    return this.#unsettled === null ? restMs : restMs ?? 0;
  }

  /** Writes the rollups that wait; the run stands at `at`. */
  async roll(at: Checkpoint, signal: AbortSignal): Promise<void> {
    this.#expect(null);
    if (this.#unsettled === null && this.#preparation.rollupRestMs !== null) {
      const nothing = emptyBatch(at, this.#options.clock.nowMs());
      try {
        await this.#write(
          nothing,
          { from: at, to: at, tiers: FINEST_TIERS, prepared: null },
          [],
          this.#preparation.takeGathered(),
        );
      } catch (error) {
        // No checkpoint moves that could tell whether it was done.
        this.#inDoubt(at.runId);
        if (!(error instanceof StoreError)) throw error;
      }
    }
    if (this.#unsettled !== null) await this.settle(this.#unsettled, signal);
  }

  /** Mends the rollups of a run that a crash left behind its rows; waits for the store. */
  async settle(runId: string, signal: AbortSignal): Promise<void> {
    this.#preparation.forgetGathered();
    const { store } = this.#options;
    const isDone = await this.#untilDone(() => store.settle(runId).then(() => true), signal);
    if (isDone === true && this.#unsettled === runId) this.#unsettled = null;
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
    this.#expect(batch);
    if (this.#unsettled !== null) await this.settle(this.#unsettled, signal);
    const { tiers, chunks: prepared, ...ready } = this.#preparation.take(batch);
    const done = await this.#commit(batch, { from, to, tiers, prepared }, ready, signal);
    if (done === null) this.#inDoubt(from.runId);
    if (this.#unsettled !== null) await this.settle(this.#unsettled, signal);
    return done;
  }

  /**
   * The batch that will be committed next, behind the one under way; of the same run. Told at any
   * time: it is prepared while the store is at work.
   */
  prepare(batch: PendingBatch): void {
    this.#preparation.prepare(batch);
  }

  #expect(batch: PendingBatch | null): void {
    const doubted = this.#preparation.expect(batch);
    if (doubted !== null) this.#inDoubt(doubted);
  }

  async #commit(
    batch: PendingBatch,
    move: Move,
    ready: Pick<Ready, "derived" | "judged">,
    signal: AbortSignal,
  ): Promise<Committed | null> {
    const { from, to } = move;
    let { derived } = ready;
    let alerts = this.#alerts.stillOf(ready.judged);
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        if (attempt > 0 && await this.#isAlreadyIn(from, to)) {
          this.#inDoubt(from.runId);
          return this.#count(batch, []);
        }
        if (this.#unsettled !== null) {
          await this.settle(this.#unsettled, signal);
          derived = deriveFrom(batch.readings, move.tiers);
        }
        alerts ??= await this.#alerts.judge(batch.readings);
        return await this.#write(batch, move, alerts, derived);
      } catch (error) {
        if (error instanceof DivergedError) this.#inDoubt(from.runId);
        if (!(error instanceof StoreError)) throw error;
        if (error.sqlState === SQL_STATE_STORE_REPLACED) {
          // Built anew by a rebuild: its alerts are its own, and it is there.
          this.#alerts.forget();
          alerts = null;
        }
        if (error.code === "stale_checkpoint") this.#inDoubt(from.runId);
        if (error.sqlState !== SQL_STATE_STORE_REPLACED) {
          await this.#backOff(error, attempt, signal);
        }
      }
    }
    return null;
  }

  async #write(
    batch: PendingBatch,
    move: Move,
    alerts: readonly AlertChange[],
    derived: Derived | null,
  ): Promise<Committed> {
    const { clock, origin, store } = this.#options;
    const startedMs = clock.monotonicMs();
    const { runId } = move.from;
    const result = await this.#preparation.beside(runId, (onUnderWay) =>
      store.commitLive({
        origin: origin(runId, batch.part),
        ...move,
        onUnderWay,
        lines: batch.lines,
        readings: batch.readings,
        deadLetters: batch.deadLetters,
        alerts,
        // Gathered with rows that the store refused, it is none.
        derive: (accepted) => accepted.length === batch.readings.length ? derived : null,
      }));
    if (result.rejected.length > 0) this.#inDoubt(runId);
    if (derived !== null) this.#preparation.written(clock.monotonicMs() - startedMs);
    return this.#count(batch, result.rejected);
  }

  /** Where the store stands in a run; waits for the store. Null: nothing of it is applied. */
  async readCheckpoint(runId: string, signal: AbortSignal): Promise<Checkpoint | null> {
    return await this.#untilDone(() => this.#options.store.readCheckpoint(runId), signal) ?? null;
  }

  /** Undefined where the signal aborted first. */
  async #untilDone<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const result = await work();
        this.lastError = null;
        return result;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        await this.#backOff(error, attempt, signal);
      }
    }
    return undefined;
  }

  /** What was gathered may be written or not: the rows say what is missing. */
  #inDoubt(runId: string): void {
    this.#preparation.forgetGathered();
    this.#unsettled = runId;
  }

  async #isAlreadyIn(from: Checkpoint, to: Checkpoint): Promise<boolean> {
    const stored = await this.#options.store.readCheckpoint(from.runId) ??
      { runId: from.runId, part: 0, offset: 0 };
    if (stored.part === to.part && stored.offset === to.offset) return true;
    if (stored.part === from.part && stored.offset === from.offset) return false;
    this.#alerts.forget();
    throw new DivergedError(stored);
  }

  #count(batch: PendingBatch, rejected: readonly DeadLetter[]): Committed {
    this.lastError = null;
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
