/**
 * What goes into the store with a batch, besides its readings as they are: which tiers they go into,
 * what they add to the rollups, the alerts they cause, the chunks they make. The next batch's is made
 * while the store is at work on the one before, where it is known; that it comes next is taken for
 * granted, and `expect` tells where it does not.
 */
import type { Origin } from "../../model/origin.ts";
import type { Derived, Tiers } from "../../model/rollup.ts";
import { LiveTiers } from "../../rollup/density.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { PreparedChunks, StoreWriter } from "../../store/writer.ts";
import { Derivations } from "../derivations.ts";
import type { BatchAlerts, JudgedReadings } from "./batch_alerts.ts";
import type { PendingBatch } from "./pending_batch.ts";

export interface PreparationOptions {
  readonly store: Pick<StoreWriter, "prepare">;
  readonly origin: (runId: string, part: number) => Origin;
  readonly clock: Clock;
  readonly rollupRestMsMin: number | undefined;
}

interface Prepared {
  readonly batch: PendingBatch;
  readonly runId: string;
  readonly tiers: Tiers;
  readonly judged: JudgedReadings;
  readonly chunks: PreparedChunks | null;
  /** Its readings are gathered, as long as nothing was forgotten since. */
  readonly gathering: number;
}

/** Of a batch whose turn it is. */
export interface Ready {
  readonly tiers: Tiers;
  /** Null where rollups come later. */
  readonly derived: Derived | null;
  /** Null where that is still to be done. */
  readonly judged: JudgedReadings | null;
  readonly chunks: PreparedChunks | null;
}

export class BatchPreparation {
  readonly #derivations: Derivations;
  readonly #tiers = new LiveTiers();
  #prepared: Prepared | null = null;
  /** To be prepared once the store is at work. */
  #following: PendingBatch | null = null;
  /** The run of the batch that the store is at work on. */
  #underWay: string | null = null;
  /** Counts how often what was gathered was forgotten. */
  #gathering = 0;

  constructor(
    private readonly options: PreparationOptions,
    private readonly alerts: BatchAlerts,
  ) {
    this.#derivations = new Derivations(options.clock, options.rollupRestMsMin);
  }

  /** How long what was committed may still wait for its rollups; null where none does. */
  get rollupRestMs(): number | null {
    return this.#derivations.isEmpty ? null : this.#derivations.restMs;
  }

  /** Told at any time: it is prepared while the store is at work. */
  prepare(batch: PendingBatch): void {
    this.#following = batch;
    if (this.#underWay !== null) this.#prepareFollowing(this.#underWay);
  }

  /**
   * This batch's turn has come, or that of none. The run whose rollups are in doubt, because another
   * one was prepared in its place; null where none is.
   */
  expect(batch: PendingBatch | null): string | null {
    if (this.#following === batch) this.#following = null;
    const prepared = this.#prepared;
    if (prepared === null || prepared.batch === batch) return null;
    this.#prepared = null;
    this.alerts.forget();
    return prepared.gathering === this.#gathering ? prepared.runId : null;
  }

  /** Of a batch that was expected. */
  take(batch: PendingBatch): Ready {
    const prepared = this.#prepared;
    this.#prepared = null;
    const tiers = prepared?.tiers ?? this.#tiers.add(batch.readings);
    if (prepared?.gathering !== this.#gathering) this.#derivations.add(batch.readings, tiers);
    const derived = this.#derivations.restMs === 0 ? this.#derivations.take() : null;
    const judged = prepared?.judged ?? null;
    return { tiers, derived, judged, chunks: prepared?.chunks ?? null };
  }

  /** All that is gathered. */
  takeGathered(): Derived {
    return this.#derivations.take();
  }

  /** Told how long the transaction took that wrote what was gathered. */
  written(tookMs: number): void {
    this.#derivations.written(tookMs);
  }

  forgetGathered(): void {
    this.#derivations.forget();
    this.#gathering++;
  }

  /** @param work Tells when the store is at work on it. */
  async beside<T>(runId: string, work: (onUnderWay: () => void) => Promise<T>): Promise<T> {
    try {
      return await work(() => {
        this.#underWay = runId;
        this.#prepareFollowing(runId);
      });
    } finally {
      this.#underWay = null;
      this.#following = null;
    }
  }

  #prepareFollowing(runId: string): void {
    const batch = this.#following;
    if (batch === null || this.#prepared !== null) return;
    const { readings } = batch;
    const judged = this.alerts.judgeAhead(readings);
    if (judged === null) return;
    const tiers = this.#tiers.add(readings);
    this.#derivations.add(readings, tiers);
    const { origin, store } = this.options;
    const chunks = store.prepare({ origin: origin(runId, batch.part), readings, tiers });
    this.#prepared = { batch, runId, tiers, judged, chunks, gathering: this.#gathering };
  }
}
