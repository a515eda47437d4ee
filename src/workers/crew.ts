/**
 * All threads of one process, from the main thread's side: starts the workers that a command asks
 * for, wires them to the hot store, keeps what they last said of themselves, stops them in order.
 */
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import type { AlertRule } from "../model/alert.ts";
import type { LiveDelta } from "../model/live_event.ts";
import type {
  BatchStatus,
  GeneratorStatus,
  ReconciliationStatus,
  SpeedStatus,
} from "../model/status.ts";
import type { Address } from "../runtime/address.ts";
import type { Clock } from "../runtime/clock.ts";
import type {
  BatchReport,
  BatchStart,
  FromBatch,
  FromGenerator,
  FromSpeed,
  GeneratorStart,
  SpeedStart,
  ToBatch,
  ToGenerator,
  ToSpeed,
  UpkeepStart,
  WorkerBasics,
} from "./messages.ts";
import { IngestDesk } from "./ingest_desk.ts";
import { BATCH_OFF, GENERATOR_OFF, NOT_RECONCILED, SPEED_OFF } from "./off_status.ts";
import type { StoreKeeper } from "./store_keeper.ts";
import { supervise, type Supervised } from "./supervisor.ts";

export interface GeneratorPlan {
  readonly rate: number;
  readonly hosts: number;
  readonly seed: number;
  readonly historyRows: number;
}

export interface CrewPlan {
  readonly speed: boolean;
  readonly batch: BatchStart["mode"] | null;
  readonly generator: GeneratorPlan | null;
}

export interface CrewOptions {
  readonly config: Config;
  readonly version: string;
  readonly rules: readonly AlertRule[];
  readonly plan: CrewPlan;
  readonly store: StoreKeeper;
  readonly onDelta?: (delta: LiveDelta) => void;
  readonly onBatchChanged?: () => void;
  readonly onBatchStatus?: (status: BatchStatus) => void;
  readonly onReport?: (report: BatchReport) => void;
  readonly onFatal: (message: string, exitCode: number) => void;
  readonly clock: Clock;
  readonly log: Log;
}

export class Crew {
  readonly #options: CrewOptions;
  #generator: Supervised<ToGenerator> | null = null;
  #speed: Supervised<ToSpeed> | null = null;
  #batch: Supervised<ToBatch> | null = null;
  speedStatus: SpeedStatus = SPEED_OFF;
  /** When agents with a token of their own sent something over a connection, epoch ms by name. */
  agentsHeard: ReadonlyMap<string, number> = new Map();
  batchStatus: BatchStatus = BATCH_OFF;
  generatorStatus: GeneratorStatus = GENERATOR_OFF;
  reconciliation: ReconciliationStatus = NOT_RECONCILED;
  /** Where lines that come by HTTP go in; null where there is no speed layer. */
  readonly ingest: IngestDesk | null;

  constructor(options: CrewOptions) {
    this.#options = options;
    const { plan, config } = options;
    this.ingest = plan.speed
      ? new IngestDesk({
        post: (message, transfer) => this.#speed?.post(message, transfer),
        isDiskFull: () => this.speedStatus.state === "paused",
        clock: options.clock,
      })
      : null;
    // Before its first word: off is what never comes.
    if (plan.speed) this.speedStatus = { ...SPEED_OFF, state: "starting" };
    if (plan.generator !== null && config.feed !== null) {
      this.#startGenerator(plan.generator, config.feed);
    } else {
      if (plan.speed) this.#startSpeed(config.feed);
      if (plan.batch !== null) this.#startBatch(plan.batch);
    }
  }

  /** Null when there is no generator. */
  setGeneratorRate(rate: number): Promise<void> | null {
    if (this.generatorStatus.state !== "serving") return null;
    this.#generator?.post({ type: "set_rate", rate });
    this.generatorStatus = { ...this.generatorStatus, rate };
    return Promise.resolve();
  }

  /** A rebuild has put another store in place. */
  storeReplaced(): void {
    this.#batch?.post({ type: "store_replaced" });
  }

  /** The embedded store's thread was started again: those who use it get a new way in. */
  storeRenewed(): void {
    for (const worker of [this.#speed, this.#batch]) {
      if (worker === null) continue;
      const { access, transfer } = this.#options.store.access();
      worker.post({ type: "store_renewed", access }, transfer);
    }
  }

  /** What the upkeep worker is told: the configuration that all of this runs with. */
  upkeepStart(): { readonly start: UpkeepStart; readonly transfer: Transferable[] } {
    const { config, rules, store } = this.#options;
    const { access, transfer } = store.access();
    const { sources, configFile, demo } = config;
    const start = { ...this.#basics(), store: access, rules, sources, configFile, demo };
    return { start, transfer };
  }

  get restarts(): number {
    return [this.#generator, this.#speed, this.#batch]
      .reduce((sum, worker) => sum + (worker?.restarts ?? 0), 0);
  }

  async stop(): Promise<void> {
    this.ingest?.shut("stopping");
    await Promise.all([this.#generator?.stop(), this.#batch?.stop(), this.#speed?.stop()]);
    this.ingest?.lost();
  }

  #basics(): WorkerBasics {
    const { config, version } = this.#options;
    return { version, dataDir: config.dataDir, logFormat: config.logFormat };
  }

  /** The speed layer dials once the feed is served, the batch layer reads once files are there. */
  #startGenerator(plan: GeneratorPlan, feed: Address): void {
    const { plan: whole } = this.#options;
    let address = feed;
    this.#generator = supervise<GeneratorStart, ToGenerator, FromGenerator>({
      ...this.#supervision("generator"),
      // Started again it serves where it did, also where it was free to choose.
      start: () => ({ start: { ...this.#basics(), feed: address, ...plan } }),
      onMessage: (message) => {
        if (message.type === "status") this.generatorStatus = message.status;
        if (message.type === "feed") {
          address = message.address;
          if (whole.speed && this.#speed === null) this.#startSpeed(address);
        }
        if (message.type === "history_written" && whole.batch !== null && this.#batch === null) {
          this.#startBatch(whole.batch);
        }
      },
    });
  }

  #startSpeed(feed: Address | null): void {
    const { config, rules, store } = this.#options;
    this.#speed = supervise<SpeedStart, ToSpeed, FromSpeed>({
      ...this.#supervision("speed"),
      onFailed: () => this.ingest?.lost(),
      onFatal: (message, exitCode) => {
        this.ingest?.lost();
        this.#options.onFatal(message, exitCode);
      },
      start: () => {
        this.speedStatus = { ...this.speedStatus, state: "starting" };
        const { access, transfer } = store.access();
        const start = {
          ...this.#basics(),
          store: access,
          feed,
          listen: config.listen,
          token: config.token,
          tls: config.tls,
          keep: { compress: config.compress, retention: config.retention },
          rules,
          sources: config.sources,
          scrapes: config.scrapes,
          redfish: config.redfish,
          configFile: config.configFile,
        };
        return { start, transfer };
      },
      onMessage: (message) => {
        if (message.type === "ready") this.ingest?.open();
        if (message.type === "ingested") this.ingest?.answer(message.id, message.outcome);
        if (message.type === "delta") this.#options.onDelta?.(message.delta);
        if (message.type === "status") {
          this.speedStatus = message.status;
          this.agentsHeard = message.agentsHeard;
          store.reachable("writer", message.storeError);
        }
      },
    });
  }

  #startBatch(mode: BatchStart["mode"]): void {
    const { config, rules, store } = this.#options;
    this.#batch = supervise<BatchStart, ToBatch, FromBatch>({
      ...this.#supervision("batch"),
      // What ends by itself has failed when it fails.
      ...(mode === "watch" ? {} : { restartsMax: 0 }),
      start: () => {
        const { access, transfer } = store.access();
        const start = {
          ...this.#basics(),
          store: access,
          rules,
          sources: config.sources,
          configFile: config.configFile,
          demo: config.demo,
          mode,
        };
        return { start, transfer };
      },
      onMessage: (message) => {
        if (message.type === "status") {
          this.batchStatus = message.status;
          this.#options.onBatchStatus?.(message.status);
        }
        if (message.type === "reconciliation") this.reconciliation = message.status;
        if (message.type === "changed") this.#options.onBatchChanged?.();
        if (message.type === "report") this.#options.onReport?.(message.report);
      },
    });
  }

  #supervision<Name extends "generator" | "speed" | "batch">(name: Name) {
    const { clock, log, onFatal } = this.#options;
    return { name, clock, log, onFatal };
  }
}
