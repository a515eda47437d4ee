/**
 * The live picture of `serve`, which has no speed layer of its own: the readings that another
 * process committed since the last look, folded as if they had just come.
 */
import { LIMITS } from "../limits.ts";
import { LiveFold } from "../live/fold.ts";
import type { Hub } from "../live/hub.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Database } from "../store/database.ts";
import { queryReadings } from "../store/queries/readings.ts";

/** A look further back than this, or at more rows, is the charts' business and not the feed's. */
const ROWS_MAX = 20_000;

export class StorePoll {
  readonly #hub: Hub;
  readonly #clock: Clock;
  readonly #fold: LiveFold;
  #seenMs: number;
  #busy = false;

  constructor(hub: Hub, clock: Clock) {
    this.#hub = hub;
    this.#clock = clock;
    this.#fold = new LiveFold(clock.nowMs());
    this.#seenMs = clock.nowMs();
  }

  /** Readings are known again by their time: one older than the newest seen is not news here. */
  async look(database: Database): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const nowMs = this.#clock.nowMs();
      const pages = queryReadings(database, {
        region: null,
        hostId: null,
        fromMs: this.#seenMs + 1,
        toMs: nowMs + LIMITS.futureAfterMs,
        limit: ROWS_MAX,
        order: "asc",
      });
      for await (const page of pages) {
        for (const { timestamp, ...reading } of page) {
          const atMs = Date.parse(timestamp);
          this.#fold.add({ ...reading, atMs, flags: 0, offset: 0 });
          this.#seenMs = Math.max(this.#seenMs, atMs);
        }
      }
      const delta = this.#fold.take(nowMs);
      if (delta !== null) this.#hub.apply(delta);
    } finally {
      this.#busy = false;
    }
  }
}
