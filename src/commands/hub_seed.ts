/**
 * Keeps the hub in line with what the hot store knows: all of it once the store is there, and the
 * number of rows by region after the batch layer loaded something.
 *
 * Rows counted in the store and readings counted live overlap: a reading is live first and stored a
 * moment later. So a count is exact only if nothing was pending while it was taken; until one such
 * moment it is taken again now and then, and not at all while something is pending.
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

export class HubSeed {
  readonly #options: HubSeedOptions;
  #exact = true;
  #busy = false;

  constructor(options: HubSeedOptions) {
    this.#options = options;
  }

  /** The store is there. */
  async ready(): Promise<void> {
    await this.#attempt("start the live picture from the hot store", async (database) => {
      this.#options.hub.seed(await queryLiveSeed(database, LIMITS.hostsMax));
      this.#exact = false;
    });
  }

  /** The batch layer loaded or replaced rows: its hosts and newest readings are news too. */
  async batchChanged(): Promise<void> {
    await this.#attempt("read what the batch layer loaded", async (database) => {
      const { openAlerts: _live, ...stored } = await queryLiveSeed(database, LIMITS.hostsMax);
      this.#options.hub.applyBatch(stored);
      this.#exact = false;
    });
  }

  /** The rows were counted elsewhere meanwhile. */
  recount(): void {
    this.#exact = false;
  }

  /** Called twice a second or so. */
  async tick(): Promise<void> {
    const before = this.#options.speed();
    if (this.#exact || this.#busy || before.pending_lines > 0) return;
    this.#busy = true;
    await this.#attempt("count the rows", async (database) => {
      const rowsByRegion = await countRowsByRegion(database);
      const after = this.#options.speed();
      const quiet = after.pending_lines === 0 && before.received_lines === after.received_lines;
      if (!quiet) return;
      this.#options.hub.applyBatch({ rowsByRegion });
      this.#exact = true;
    });
    this.#busy = false;
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
