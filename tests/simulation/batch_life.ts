/** The batch layer of one process, started anew when it breaks, as the supervisor does it. */
import { SILENT_LOG } from "../../src/log.ts";
import { DEFAULT_ALERT_RULES } from "../../src/model/alert.ts";
import type { BatchStatus } from "../../src/model/status.ts";
import type { FileSystem } from "../../src/runtime/files.ts";
import { BatchLayer } from "../../src/workers/batch/layer.ts";
import type { BatchReport, BatchStart, FromBatch } from "../../src/workers/messages.ts";
import { DATA_DIR, type LifeWorld } from "./life.ts";
import type { Process } from "./schedule.ts";

const RESTART_MS = 200;

export class BatchLife {
  status: BatchStatus | null = null;
  /** Of `once`, when all is done. */
  report: BatchReport | null = null;
  readonly #tools: Omit<ConstructorParameters<typeof BatchLayer>[1], "post">;
  #layer: BatchLayer;
  #isStopping = false;

  constructor(
    private readonly world: Pick<
      LifeWorld,
      "schedule" | "diskFaults" | "store" | "historySources"
    >,
    private readonly process: Process,
    files: FileSystem,
    private readonly mode: BatchStart["mode"],
    /** The process is to end. */
    private readonly fail: (error: unknown) => void,
  ) {
    const { clock } = process;
    this.#tools = { database: world.store.of(process), files, clock, log: SILENT_LOG };
    this.#layer = this.#begin();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#layer.stop();
  }

  #begin(): BatchLayer {
    const start = {
      version: "0.0.0",
      dataDir: DATA_DIR,
      logFormat: "json" as const,
      rules: DEFAULT_ALERT_RULES,
      sources: this.world.historySources,
      configFile: null,
      demo: false,
      mode: this.mode,
    };
    const layer = new BatchLayer(start, { ...this.#tools, post: (said) => this.#heard(said) });
    layer.start();
    layer.finished.catch((error) => this.#broke(error));
    return layer;
  }

  /** A full or failing disk may break it; anything else may not. */
  #broke(error: unknown): void {
    const { schedule, diskFaults } = this.world;
    if (!this.process.isAlive || this.#isStopping) return;
    schedule.trace(`batch broke: ${error}`);
    if (!diskFaults.wasFull && !diskFaults.hasFailed) return this.fail(error);
    this.process.clock.after(RESTART_MS, () => {
      if (!this.#isStopping) this.#layer = this.#begin();
    });
  }

  #heard(said: FromBatch): void {
    if (!this.process.isAlive) return;
    if (said.type === "status") this.status = said.status;
    if (said.type === "report") this.report = said.report;
    if (said.type === "fatal") this.fail(new Error(said.message));
  }
}
