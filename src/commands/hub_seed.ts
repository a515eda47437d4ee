/**
 * Keeps the hub in line with what the hot store knows: all of it once the store is there, and the
 * number of rows by region after the batch layer loaded something.
 *
 * Rows counted in the store and readings counted live overlap: a reading is live first and stored a
 * moment later. So a count is exact only if nothing was pending while it was taken, which what the
 * speed layer says afterwards tells; until then it is taken again now and then, and not at all while
 * something is pending.
 */
import { LIMITS } from "../limits.ts";
import type { Hub } from "../live/hub.ts";
import type { Log } from "../log.ts";
import type { SpeedStatus } from "../model/status.ts";
import type { Database } from "../store/database.ts";
import { queryLiveSeed } from "../store/queries/live_seed.ts";
import { countRowsByRegion } from "../store/queries/regions.ts";

export interface HubSeedOptions {
  readonly hub: Hub;
  readonly database: () => Database | null;
  readonly speed: () => SpeedStatus;
  readonly log: Log;
}

/** Of two words of the speed layer after a count, the later one was surely said after it. */
const WORDS_AFTER = 2;

/** Rows of a moment at which nothing seemed to be pending. */
interface Counted {
  readonly rowsByRegion: Readonly<Record<string, number>>;
  readonly before: SpeedStatus;
  /** What the speed layer said last, and how often it spoke since the count. */
  speed: SpeedStatus;
  words: number;
}

export class HubSeed {
  readonly #options: HubSeedOptions;
  #counted: Counted | null = null;
  #exact = true;
  #busy = false;
  #recounts = 0;

  constructor(options: HubSeedOptions) {
    this.#options = options;
  }

  /** The store is there. */
  async ready(): Promise<void> {
    await this.#attempt("start the live picture from the hot store", async (database) => {
      this.#options.hub.seed(await queryLiveSeed(database, LIMITS.hostsMax));
      this.recount();
    });
  }

  /** The batch layer loaded or replaced rows: its hosts and newest readings are news too. */
  async batchChanged(): Promise<void> {
    await this.#attempt("read what the batch layer loaded", async (database) => {
      const { openAlerts: _live, ...stored } = await queryLiveSeed(database, LIMITS.hostsMax);
      this.#options.hub.applyBatch(stored);
      this.recount();
    });
  }

  /** The store's rows are others: what was counted before says nothing. */
  recount(): void {
    this.#exact = false;
    this.#counted = null;
    this.#recounts++;
  }

  /** Called some times a second. */
  async tick(): Promise<void> {
    const speed = this.#options.speed();
    if (this.#counted !== null) this.#judge(this.#counted, speed);
    if (this.#exact || this.#busy || this.#counted !== null || speed.pending_lines > 0) return;
    this.#busy = true;
    await this.#attempt("count the rows", async (database) => {
      const recounts = this.#recounts;
      const rowsByRegion = await countRowsByRegion(database);
      if (recounts !== this.#recounts) return;
      this.#counted = { rowsByRegion, before: speed, speed: this.#options.speed(), words: 0 };
    });
    this.#busy = false;
  }

  #judge(counted: Counted, speed: SpeedStatus): void {
    if (speed !== counted.speed) counted.words++;
    counted.speed = speed;
    const isQuiet = speed.pending_lines === 0 &&
      speed.received_lines === counted.before.received_lines;
    if (isQuiet && counted.words < WORDS_AFTER && speed.state !== "off") return;
    this.#counted = null;
    if (!isQuiet) return;
    this.#options.hub.applyBatch({ rowsByRegion: counted.rowsByRegion });
    this.#exact = true;
  }

  async #attempt(what: string, work: (database: Database) => Promise<void>): Promise<void> {
    const database = this.#options.database();
    if (database === null) return;
    try {
      await work(database);
    } catch (error) {
      this.#options.log.warn(`could not ${what}`, { reason: (error as Error).message });
    }
  }
}
