/**
 * The reconciliation as the batch layer runs it: beside the loading of history, or once at its end.
 * A store that is away only makes it wait.
 */
import { LIMITS } from "../../limits.ts";
import type { Log } from "../../log.ts";
import type { ReconciliationStatus } from "../../model/status.ts";
import { type Clock, delay } from "../../runtime/clock.ts";
import type { FileSystem } from "../../runtime/files.ts";
import { type Database, StoreError } from "../../store/database.ts";
import { StoppedError } from "../batch/file_loader.ts";
import type { BatchStart, FromBatch } from "../messages.ts";
import { liveMapping } from "../speed/live_mapping.ts";
import { Reconciler } from "./reconciler.ts";

export interface ReconciliationTools {
  readonly database: Database;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly log: Log;
  post(message: FromBatch): void;
}

export class Reconciliation {
  readonly #reconciler: Reconciler;
  readonly #tools: ReconciliationTools;
  #storeError: string | null = null;

  constructor(
    { sources, configFile, dataDir }: Pick<BatchStart, "sources" | "configFile" | "dataDir">,
    tools: ReconciliationTools,
  ) {
    this.#tools = tools;
    this.#reconciler = new Reconciler({
      dataDir,
      mapping: liveMapping(sources, configFile ?? "configuration"),
      database: tools.database,
      tools: { ...tools, log: tools.log.area("reconciliation") },
      onStatus: (status) => tools.post({ type: "reconciliation", status }),
    });
  }

  /** All that is sealed, at full speed; what was compared before it was stopped counts. */
  async once(signal: AbortSignal): Promise<ReconciliationStatus> {
    await this.#pass(signal, true);
    return this.#reconciler.status;
  }

  /** Until the signal aborts, with low priority. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(this.#tools.clock, LIMITS.reconcileIntervalMs, signal);
      if (!signal.aborted) await this.#pass(signal, false);
    }
  }

  async #pass(signal: AbortSignal, full: boolean): Promise<void> {
    try {
      await this.#reconciler.pass({ signal, full });
      this.#storeError = null;
    } catch (error) {
      if (error instanceof StoppedError) return;
      if (!(error instanceof StoreError)) throw error;
      if (this.#storeError !== error.message) {
        const reason = error.message;
        this.#tools.log.warn("runs can't be reconciled now; trying again", { reason });
      }
      this.#storeError = error.message;
    }
  }
}
