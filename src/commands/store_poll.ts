/**
 * The live picture of `serve`, which has no speed layer of its own: the readings that another
 * process committed since the last look, folded as if they had just come, and the alerts that
 * opened, changed or closed meanwhile.
 */
import { LIMITS } from "../limits.ts";
import { LiveFold } from "../live/fold.ts";
import type { Hub } from "../live/hub.ts";
import type { Alert, AlertChange } from "../model/alert.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Database } from "../store/database.ts";
import { alertsById, loadOpenAlerts } from "../store/queries/alerts.ts";
import { liveEnds, queryLiveNews } from "../store/queries/live_news.ts";

/** Rows read in one look; what is more comes with the next ones. */
const ROWS_MAX = 20_000;
/** What came in late or from a history file is no live news, and counts none the less. */
const RECOUNT_MS = 30_000;
/** Parts whose ends are remembered: far more than the live window can hold. */
const PARTS_MAX = 1_000;

/** What the live picture starts from, see `hub_seed.ts`. */
export interface PollSeed {
  ready(): Promise<void>;
  recount(): void;
}

export class StorePoll {
  readonly #hub: Hub;
  readonly #seed: PollSeed;
  readonly #clock: Clock;
  readonly #fold: LiveFold;
  #seen: Map<number, number> | null = null;
  #open = new Map<string, Alert>();
  #countedMs = -Infinity;
  #busy = false;

  constructor(hub: Hub, seed: PollSeed, clock: Clock) {
    this.#hub = hub;
    this.#seed = seed;
    this.#clock = clock;
    this.#fold = new LiveFold(clock.nowMs());
  }

  /** The first look finds out where the store stands, and lets the seed show what is there. */
  async look(database: Database): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const fromMs = this.#clock.nowMs() - LIMITS.liveWindowMs;
      if (this.#seen === null) {
        this.#open = byId(await loadOpenAlerts(database));
        this.#seen = await liveEnds(database, fromMs);
        await this.#seed.ready();
        return;
      }
      this.#recount();
      await this.#readings(database, this.#seen, fromMs);
      this.#fold.addAlerts(await this.#alerts(database));
      const delta = this.#fold.take(this.#clock.nowMs());
      if (delta !== null) this.#hub.apply(delta);
    } finally {
      this.#busy = false;
    }
  }

  #recount(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#countedMs < RECOUNT_MS) return;
    this.#countedMs = nowMs;
    this.#seed.recount();
  }

  async #readings(database: Database, seen: Map<number, number>, fromMs: number): Promise<void> {
    for (const news of await queryLiveNews(database, { fromMs, seen, limit: ROWS_MAX })) {
      this.#fold.add(news);
      seen.set(news.originKey, news.offset);
    }
    // Keys rise from part to part: the lowest is the oldest.
    while (seen.size > PARTS_MAX) seen.delete(Math.min(...seen.keys()));
  }

  async #alerts(database: Database): Promise<AlertChange[]> {
    const before = this.#open;
    const open = byId(await loadOpenAlerts(database));
    const gone = [...before.keys()].filter((id) => !open.has(id));
    const closed = gone.length === 0 ? [] : await alertsById(database, gone);
    this.#open = open;
    return [
      ...closed.map((alert): AlertChange => ({ kind: "closed", alert })),
      ...[...open.values()].flatMap((alert) => changeOf(before.get(alert.id), alert)),
    ];
  }
}

function byId(alerts: readonly Alert[]): Map<string, Alert> {
  return new Map(alerts.map((alert) => [alert.id, alert]));
}

function changeOf(before: Alert | undefined, alert: Alert): AlertChange[] {
  if (before === undefined) return [{ kind: "opened", alert }];
  if (before.severity === alert.severity) return [];
  return [{ kind: alert.severity === "critical" ? "escalated" : "lowered", alert }];
}
