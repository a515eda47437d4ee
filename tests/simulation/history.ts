/** The history of a world: half of them have none. What writes it, and what is asked at the end. */
import type { BatchStatus } from "../../src/model/status.ts";
import { BatchLife } from "./batch_life.ts";
import { type DiskFaults, diskOf } from "./disk.ts";
import { findHistoryFaults } from "./history_checks.ts";
import { HistoryFile, historySources } from "./history_files.ts";
import { DATA_DIR, type LifeWorld } from "./life.ts";
import { Process } from "./schedule.ts";

const DIRECTORY = `${DATA_DIR}/history`;

export class History {
  /** `[[source]]` tables. */
  readonly sources: readonly unknown[];
  /** The last one of the calm life. */
  status: BatchStatus | null = null;
  readonly #files: HistoryFile[] = [];

  constructor(
    private readonly world: Omit<LifeWorld, "historySources">,
    private readonly faultsFound: string[],
  ) {
    const { schedule, disk } = world;
    for (let count = schedule.chance(0.5) ? schedule.between(1, 3) : 0; count > 0; count--) {
      const copied = schedule.chance(0.2) ? this.#files[0] ?? null : null;
      const name = `h${count}`;
      this.#files.push(new HistoryFile(schedule, disk, DIRECTORY, name, faultsFound, copied));
    }
    this.sources = historySources(this.#files);
  }

  async begin(): Promise<void> {
    await this.world.disk.makeDirectory(DIRECTORY);
    await this.world.disk.syncDirectory(DATA_DIR);
  }

  /** What was begun is written to its end, and nothing new. */
  calm(): void {
    for (const file of this.#files) file.isCalm = true;
  }

  get isWritten(): boolean {
    return this.#files.every((file) => file.expected !== null && file.isWhole);
  }

  async end(faults: DiskFaults): Promise<void> {
    if (this.#files.length === 0) return;
    await this.#onceMore(faults);
    const { disk, store } = this.world;
    const ended = { disk, store: store.history, files: this.#files, status: this.status };
    this.faultsFound.push(...await findHistoryFaults(ended));
  }

  /** Asked once more, the same files load nothing; one that can't be read is refused again. */
  async #onceMore(faults: DiskFaults): Promise<void> {
    const { schedule, disk, store } = this.world;
    const world = { schedule, diskFaults: faults, store, historySources: this.sources };
    const process = new Process(schedule);
    const files = diskOf(process, disk, faults, schedule);
    const begun = store.history.begun;
    const fail = (error: unknown) => this.faultsFound.push(`once: ${error}`);
    const once = new BatchLife(world, process, files, "once", fail);
    await schedule.runUntil(() => once.report !== null, 60_000);
    process.kill();
    const refused = this.#files.filter((file) => file.isRefused).length;
    const states = once.report?.files.map((file) => file.state) ?? [];
    const known = states.filter((state) => state === "known").length;
    const loads = store.history.begun - begun;
    if (known !== this.#files.length - refused || loads !== refused) {
      this.faultsFound.push(`once: files are ${states.join()}, ${loads} were loaded`);
    }
  }
}
