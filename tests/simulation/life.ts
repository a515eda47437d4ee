/** One process of the program in the world, from its start to its end, whichever way it ends. */
import { SILENT_LOG } from "../../src/log.ts";
import { DEFAULT_ALERT_RULES } from "../../src/model/alert.ts";
import type { Retention } from "../../src/config.ts";
import type { BatchStatus, SpeedStatus } from "../../src/model/status.ts";
import { SpeedLayer } from "../../src/workers/speed/layer.ts";
import type { SimulatedDisk } from "../archive/support/simulated_disk.ts";
import { BatchLife } from "./batch_life.ts";
import { type DiskFaults, diskOf } from "./disk.ts";
import type { SimulatedNetwork } from "./network.ts";
import { Process, type Schedule } from "./schedule.ts";
import type { SimulatedStore } from "./store.ts";
import { zstdOf } from "./zstd.ts";

export const DATA_DIR = "/data";

export interface LifeWorld {
  readonly schedule: Schedule;
  readonly disk: SimulatedDisk;
  readonly diskFaults: DiskFaults;
  readonly network: SimulatedNetwork;
  readonly store: SimulatedStore;
  readonly retention: Retention;
  /** `[[source]]` tables; none: the world has no history. */
  readonly historySources: readonly unknown[];
  /** Bytes of each run that the layer called archived, at most. */
  readonly archivedBytes: Map<string, number>;
}

export class Life {
  readonly #process: Process;
  readonly #layer: SpeedLayer;
  readonly #batch: BatchLife | null;
  readonly #world: LifeWorld;
  /** Why it ended by itself; null while it did not. */
  failure: unknown = null;
  hasStarted = false;
  status: SpeedStatus | null = null;

  constructor(world: LifeWorld) {
    const { schedule, network, store, disk, diskFaults } = world;
    this.#world = world;
    const process = this.#process = new Process(schedule);
    const files = diskOf(process, disk, diskFaults, schedule);
    this.#layer = new SpeedLayer({
      version: "0.0.0",
      dataDir: DATA_DIR,
      logFormat: "json",
      store: { kind: "postgres", url: "postgres://simulated" },
      feed: { hostname: "feed", port: 1 },
      listen: { hostname: "127.0.0.1", port: 9 },
      token: null,
      rules: DEFAULT_ALERT_RULES,
      keep: { compress: true, retention: world.retention },
      sources: [],
      configFile: null,
    }, {
      database: store.of(process),
      files,
      network: network.of(process),
      clock: process.clock,
      zstd: zstdOf(process, schedule),
      random: schedule.random,
      log: SILENT_LOG,
      post: (message) => {
        if (message.type === "status" && process.isAlive) this.#heard(message.status);
      },
      fail: (error) => this.#fail(error),
    });
    this.#batch = world.historySources.length === 0
      ? null
      : new BatchLife(world, process, files, "watch", (error) => this.#fail(error));
    this.#layer.start().then(() => this.hasStarted = true, (error) => this.#fail(error));
  }

  get batchStatus(): BatchStatus | null {
    return this.#batch?.status ?? null;
  }

  /** In order: whether it came to an end in time. */
  async stop(limitMs: number): Promise<boolean> {
    let isStopped = false;
    // A load that waits for the store ends with the process.
    this.#batch?.stop().catch((error) => this.#fail(error));
    this.#layer.stop().then(() => isStopped = true, (error) => this.#fail(error));
    const { schedule } = this.#world;
    const inTime = await schedule.runUntil(() => isStopped || this.failure !== null, limitMs);
    this.kill();
    return inTime;
  }

  kill(): void {
    this.#process.kill();
  }

  #heard(status: SpeedStatus): void {
    this.status = status;
    if (status.run_id === null) return;
    const { archivedBytes } = this.#world;
    const before = archivedBytes.get(status.run_id) ?? 0;
    archivedBytes.set(status.run_id, Math.max(before, status.archived_bytes));
  }

  #fail(error: unknown): void {
    if (this.#process.isAlive) this.failure ??= error;
  }
}
