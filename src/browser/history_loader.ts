/**
 * Asks the server for what the stream does not bring: the history behind the charts, the
 * distribution, the list of alerts, and the whole state where the cursor is in the past. Decides
 * when: on a new choice of the viewer, as a replay goes on, when the stream began anew, when the
 * batch layer loaded something, and now and then. One request of a kind at a time; the newest wish
 * wins; a failure keeps what is shown and says so. A server that says when to come again is not asked
 * before; one that is only busy is no failure.
 */
import { batch, signal } from "@preact/signals";
import { ALERTS_SHOWN_MAX } from "./alert_answers.ts";
import type { ViewName } from "./address.ts";
import type { BoardApi } from "./api.ts";
import { isBusy, reasonOf, retryMsOf } from "./ask.ts";
import type { Asked, BoardModel } from "./board_model.ts";
import { hostStates } from "./board_views.ts";
import { chartRegions } from "./chart_columns.ts";
import type { Cursor } from "./cursor.ts";

const SERIES_EVERY_MS = 60_000;
const HISTOGRAM_EVERY_MS = 10_000;
const ALERTS_EVERY_MS = 60_000;
const SILENT_EVERY_MS = 10_000;
/** While a replay runs; never more often than the viewer wants updates. */
const REPLAY_EVERY_MS = 500;
const REPLAY_CHARTS_EVERY_MS = 1_000;
/** After readings came late, which may be in points that are drawn already; they come in crowds. */
const LATE_MS_MIN = 10_000;
/** After a failure, and while the batch layer is loading: not at once again. */
const AGAIN_MS = 5_000;
export const HISTOGRAM_BINS = 30;

interface Task {
  readonly run: () => Promise<void>;
  /** While live; and while a replay runs. What does not move is asked for once. */
  readonly everyMs: number;
  readonly replayEveryMs: number;
  readonly report: (asked: Asked) => void;
  dueAtMs: number;
  /** The server said so, whatever is wished meanwhile. */
  notBeforeMs: number;
  running: boolean;
  /** Wanted again while it ran. */
  again: boolean;
}

/** What decides whether something has to be asked anew. */
interface Present {
  readonly snapshots: number;
  readonly rowsLoaded: number;
  readonly lateRows: number;
  readonly wish: string;
  readonly mode: Cursor["kind"];
  /** Other views ask for what they show themselves. */
  readonly view: ViewName;
  readonly refreshMs: number;
  readonly regions: number;
  readonly alertsMissing: number;
  readonly silent: number;
  readonly storeReady: boolean;
}

export class HistoryLoader {
  readonly #model: BoardModel;
  readonly #api: BoardApi;
  readonly #tasks: {
    readonly series: Task;
    readonly histogram: Task;
    readonly alerts: Task;
    readonly silent: Task;
    readonly past: Task;
  };
  #seen: Present;
  /** Of the newest tick. */
  #localMs = 0;

  constructor(model: BoardModel, api: BoardApi) {
    this.#model = model;
    this.#api = api;
    const unheard = signal<Asked>({ state: "ready", message: "" });
    const task = (
      run: () => Promise<void>,
      everyMs: number,
      asked = unheard,
      replayEveryMs = everyMs,
    ): Task => ({
      run,
      everyMs,
      replayEveryMs,
      report: (value) => asked.value = value,
      dueAtMs: 0,
      notBeforeMs: 0,
      running: false,
      again: false,
    });
    this.#tasks = {
      series: task(
        () => this.#loadSeries(),
        SERIES_EVERY_MS,
        model.history,
        REPLAY_CHARTS_EVERY_MS,
      ),
      histogram: task(
        () => this.#loadHistogram(),
        HISTOGRAM_EVERY_MS,
        model.distribution,
        REPLAY_CHARTS_EVERY_MS,
      ),
      alerts: task(() => this.#loadAlerts(), ALERTS_EVERY_MS),
      silent: task(
        () => this.#loadSilent(),
        SILENT_EVERY_MS,
        model.silence,
        REPLAY_CHARTS_EVERY_MS,
      ),
      past: task(() => this.#loadPast(), Infinity, model.recall, REPLAY_EVERY_MS),
    };
    this.#seen = this.#present();
    // An alert that opened a moment before the first paint was not in the store yet.
    if (this.#seen.alertsMissing !== 0) this.#tasks.alerts.dueAtMs = 1;
    // What the store could not give to the first paint is asked for as soon as it may.
    const { shown, metric } = model;
    // The viewer's own choice of before, which the server did not know.
    if (shown.value.metric !== metric.value) this.#tasks.series.dueAtMs = 1;
    const isPastMissing = !model.isLive.value && model.past.value === null;
    if (
      model.history.value.state === "failed" || model.histogram.value === null || isPastMissing
    ) {
      for (const each of Object.values(this.#tasks)) each.dueAtMs = 1;
    }
  }

  /** Call a few times a second while the page is seen; starts what is due, and returns at once. */
  tick(localMs: number): void {
    const before = this.#seen, now = this.#present();
    this.#localMs = localMs;
    this.#seen = now;
    this.#notice(before, now, localMs);
    for (const task of this.#wanted(now)) {
      const everyMs = this.#everyMs(task, now);
      if (task.dueAtMs === 0) task.dueAtMs = localMs + everyMs;
      // A store that says it is away would only refuse.
      const isDue = localMs >= Math.max(task.dueAtMs, task.notBeforeMs);
      if (now.storeReady && isDue) this.#start(task, localMs, everyMs);
    }
  }

  /** What has changed since the last look, and what has to be asked anew for it. */
  #notice(before: Present, now: Present, localMs: number): void {
    const { series, histogram, alerts, silent, past } = this.#tasks;
    if (now.wish !== before.wish) {
      batch(() => {
        series.report({ state: "loading", message: "" });
        histogram.report({ state: "loading", message: "" });
        silent.report({ state: "loading", message: "" });
        past.report({ state: now.mode === "live" ? "ready" : "loading", message: "" });
      });
      this.#want([series, histogram, silent, past], localMs, 0);
    }
    if (now.regions !== before.regions) this.#want([series], localMs, 0);
    // The first snapshot follows the first paint at once: what that brought is still true.
    if (now.snapshots > Math.max(1, before.snapshots)) {
      this.#want([series, histogram, alerts], localMs, 0);
    }
    if (now.rowsLoaded !== before.rowsLoaded) {
      this.#want([series, histogram, alerts, past], localMs, AGAIN_MS);
    }
    if (now.lateRows !== before.lateRows) this.#want([series], localMs, this.#lateMs());
    if (now.alertsMissing !== 0) this.#want([alerts], localMs, AGAIN_MS);
    if (now.storeReady && !before.storeReady) {
      this.#want([series, histogram, alerts, past], localMs, 0);
    }
    if (now.silent !== before.silent) this.#want([silent], localMs, 0);
  }

  #wanted(now: Present): readonly Task[] {
    const { series, histogram, alerts, silent, past } = this.#tasks;
    return [
      now.mode === "live" ? alerts : past,
      ...(now.view === "overview" ? [series, histogram] : []),
      ...(now.silent === 0 ? [] : [silent]),
    ];
  }

  /** A chart whose points are far apart shows no sooner what came late. */
  #lateMs(): number {
    const { fromMs, toMs } = this.#window();
    const stepMs = (toMs - fromMs) / this.#model.range.value.points;
    return Math.min(SERIES_EVERY_MS, Math.max(LATE_MS_MIN, stepMs));
  }

  #everyMs(task: Task, { mode, refreshMs }: Present): number {
    if (mode === "live") return task.everyMs;
    return mode === "paused" ? Infinity : Math.max(task.replayEveryMs, refreshMs);
  }

  #present(): Present {
    const { snapshots, status, range, metric, board, bannerOpen } = this.#model;
    const { cursor, region, view } = this.#model.chosen.value;
    const open = this.#model.liveBoard.value.alertsOpen;
    const listed = this.#model.liveAlerts.value.filter((each) => each.closedAtMs === null).length;
    return {
      snapshots: snapshots.value,
      rowsLoaded: status.value.layers.batch.rows_loaded,
      lateRows: status.value.layers.speed.late_rows,
      wish: JSON.stringify([range.value.name, metric.value, cursor, region, view]),
      mode: cursor.kind,
      view,
      refreshMs: this.#model.refreshSeconds.value * 1000,
      regions: board.value.regions.length,
      // Alerts the board counts and the list does not have, or the other way round.
      alertsMissing: Math.min(open.warning + open.critical, ALERTS_SHOWN_MAX) - listed,
      // Their names are only asked for while somebody looks.
      storeReady: status.value.store.state === "ready",
      silent: bannerOpen.value ? hostStates(board.value.regions).stale : 0,
    };
  }

  #want(tasks: readonly Task[], localMs: number, withinMs: number): void {
    for (const task of tasks) {
      if (task.running) task.again = true;
      task.dueAtMs = Math.min(task.dueAtMs || Infinity, localMs + withinMs);
    }
  }

  #start(task: Task, localMs: number, everyMs: number): void {
    if (task.running) return;
    task.running = true;
    task.again = false;
    task.dueAtMs = localMs + everyMs;
    task.run().then(() => {
      if (!task.again) task.report({ state: "ready", message: "" });
    }, (error: unknown) => {
      task.notBeforeMs = this.#localMs + retryMsOf(error, 0);
      task.dueAtMs = this.#localMs + retryMsOf(error, AGAIN_MS);
      if (!isBusy(error)) task.report({ state: "failed", message: reasonOf(error) });
      else if (!task.again) task.report({ state: "loading", message: "" });
    }).finally(() => {
      task.running = false;
      if (task.again) task.dueAtMs = Math.min(task.dueAtMs, localMs);
    });
  }

  #window() {
    const toMs = this.#model.nowMs.value;
    return { fromMs: toMs - this.#model.range.value.ms, toMs };
  }

  async #loadPast(): Promise<void> {
    if (this.#model.isLive.value) return;
    const atMs = Math.floor(this.#model.nowMs.value);
    const [board, alerts] = await Promise.all([this.#api.board(atMs), this.#api.alertsAt(atMs)]);
    if (!this.#model.isLive.value) this.#model.setPast({ board, alerts });
  }

  async #loadSeries(): Promise<void> {
    const { board, range, metric, isLive } = this.#model;
    const wish = { range: range.value, metric: metric.value };
    const wasLive = isLive.value;
    const window = this.#window();
    const all = board.value.regions.map((each) => each.region);
    const names = chartRegions(all, this.#model.chosen.value.region);
    const series = await Promise.all(
      names.map((region) => this.#api.series(wish.metric, region, window, wish.range.points)),
    );
    // The viewer chose something else meanwhile: that is on its way.
    const isWanted = wish.range.name === range.value.name && wish.metric === metric.value;
    if (isWanted && wasLive === isLive.value) {
      this.#model.setHistory(series, wish);
    }
  }

  async #loadHistogram(): Promise<void> {
    const range = this.#model.range.value;
    const histogram = await this.#api.histogram("temp_c", this.#window(), HISTOGRAM_BINS);
    if (range.name === this.#model.range.value.name) this.#model.histogram.value = histogram;
  }

  async #loadSilent(): Promise<void> {
    const { isLive, nowMs, silentHosts } = this.#model;
    silentHosts.value = await this.#api.silentHosts(isLive.value ? null : Math.floor(nowMs.value));
  }

  async #loadAlerts(): Promise<void> {
    this.#model.setAlerts(await this.#api.alerts());
  }
}
