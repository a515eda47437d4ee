/**
 * The page's state as signals: what the stream and the server said last, and what the viewer chose.
 * Knows nothing of the DOM, timers or the network; those call its actions. One model a page, the
 * same on the server (which renders it once) and in the browser (which keeps it going).
 */
import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Alert } from "../model/alert.ts";
import type { Board, LiveEvent } from "../model/live_event.ts";
import type { Metric } from "../model/reading.ts";
import type { Status } from "../model/status.ts";
import { Announcer } from "./announcement.ts";
import { ALERTS_SHOWN_MAX } from "./alert_answers.ts";
import type { SilentHosts } from "./api.ts";
import {
  alertOrder,
  type ConnectionView,
  connectionView,
  type StreamState,
  withAlert,
} from "./board_views.ts";
import { ChartColumns, type HistorySeries } from "./chart_columns.ts";
import type { Histogram, PageState, Past } from "./page_state.ts";
import { cursorMs, settled } from "./cursor.ts";
import { type ViewName, viewOf, type ViewState } from "./address.ts";
import { DEFAULT_TASTE, type Taste } from "./preferences.ts";
import { DEFAULT_REFRESH_SECONDS, type Range } from "./ranges.ts";
import { compareNames, type RegionLook, regionLooks } from "./regions.ts";
import { type TimeFormat, timeFormat } from "./times.ts";

/** How something that was asked of the server stands. */
export interface Asked {
  readonly state: "ready" | "loading" | "failed";
  readonly message: string;
}

export interface Shown {
  readonly range: Range;
  readonly metric: Metric;
}

export type DialogName = "keys" | "palette" | "preferences" | "range";

const READY: Asked = { state: "ready", message: "" };

export class BoardModel {
  /** Where the viewer stands: view, cursor, range, measure, … See `change`. */
  readonly chosen: Signal<ViewState>;
  readonly view: ReadonlySignal<ViewName>;
  readonly range: ReadonlySignal<Range>;
  readonly metric: ReadonlySignal<Metric>;
  readonly isLive: ReadonlySignal<boolean>;

  /** The state of the world at the cursor; until the store has told it, what was known before. */
  readonly board: ReadonlySignal<Board>;
  readonly alerts: ReadonlySignal<readonly Alert[]>;
  /** What the stream said last, whatever the cursor. */
  readonly liveBoard: Signal<Board>;
  readonly liveAlerts: Signal<readonly Alert[]>;
  /** What the store said of the cursor's place. */
  readonly past: Signal<Past | null>;

  readonly status: Signal<Status>;
  readonly histogram: Signal<Histogram | null>;
  readonly stream = signal<StreamState>({ kind: "static" });
  /** The server's clock as far as it is known here, epoch ms; moves with `tick`. */
  readonly serverNowMs: Signal<number>;
  /** The cursor's place: the server's clock while live. Ages are told by it. */
  readonly nowMs: ReadonlySignal<number>;
  /** Where charts end. */
  readonly chartToMs: ReadonlySignal<number>;
  readonly time: Signal<TimeFormat> = signal(timeFormat("UTC"));

  /** What the chart's history is of, until the chosen one has come. */
  readonly shown: Signal<Shown>;
  readonly refreshSeconds = signal<number>(DEFAULT_REFRESH_SECONDS);
  readonly firstRunClosed = signal(false);
  readonly taste = signal<Taste>(DEFAULT_TASTE);
  /** What stands over the page. */
  readonly dialog = signal<DialogName | null>(null);
  /** The newest answer to a key or a command; shown for a while. */
  readonly notice = signal("");
  /** The region that the viewer points at; its spread is drawn, the others step back. */
  readonly emphasis = signal<string | null>(null);

  /** Rises when the chart has something new to draw; the columns themselves are no signal. */
  readonly chartVersion = signal(0);
  readonly #liveColumns = new ChartColumns();
  readonly #pastColumns = new ChartColumns();
  readonly history = signal<Asked>(READY);
  readonly distribution = signal<Asked>(READY);
  /** How the state at the cursor stands, where that is in the past. */
  readonly recall = signal<Asked>(READY);
  readonly generator = signal<Asked>(READY);
  /** The banner is open: the names of silent hosts are wanted. */
  readonly bannerOpen = signal(false);
  readonly silence = signal<Asked>(READY);
  readonly silentHosts = signal<SilentHosts | null>(null);
  /** What a screen reader is told; replaced at most every few seconds, see `tick`. */
  readonly announcement = signal("");
  /** Snapshots received: one more means that the stream began anew. */
  readonly snapshots = signal(0);

  readonly looks: ReadonlySignal<ReadonlyMap<string, RegionLook>>;
  readonly connection: ReadonlySignal<ConnectionView>;

  #clockOffsetMs = 0;
  readonly #announcer = new Announcer();
  #names = "";
  #looks: ReadonlyMap<string, RegionLook> = new Map();

  constructor(state: PageState) {
    this.chosen = signal(viewOf(state.search, state.board.serverMs));
    this.view = computed(() => this.chosen.value.view);
    this.range = computed(() => this.chosen.value.range);
    this.metric = computed(() => this.chosen.value.metric);
    this.isLive = computed(() => this.chosen.value.cursor.kind === "live");
    this.serverNowMs = signal(state.board.serverMs);
    this.nowMs = computed(() => cursorMs(this.chosen.value.cursor, this.serverNowMs.value));
    this.liveBoard = signal(inOrder(state.board));
    this.liveAlerts = signal(listed(state.alerts ?? []));
    this.past = signal(state.past === null ? null : pastInOrder(state.past));
    if (!this.isLive.value && state.past === null) {
      this.recall.value = { state: "failed", message: "The store could not be asked yet." };
    }
    this.board = computed(() =>
      this.isLive.value ? this.liveBoard.value : this.past.value?.board ?? this.liveBoard.value
    );
    this.alerts = computed(() =>
      this.isLive.value ? this.liveAlerts.value : this.past.value?.alerts ?? this.liveAlerts.value
    );
    this.chartToMs = computed(() =>
      this.isLive.value ? this.liveBoard.value.serverMs : this.nowMs.value
    );
    this.status = signal(state.status);
    this.histogram = signal(state.histogram);
    this.shown = signal({ range: this.range.value, metric: this.metric.value });
    this.columns.setHistory(state.series ?? []);
    if (state.series === null) {
      const message = state.status.store.state === "starting"
        ? "the store is starting, it follows."
        : "the store could not be asked.";
      this.history.value = { state: "failed", message };
    }
    this.looks = computed(() => this.#looksOf(this.liveBoard.value, this.board.value));
    this.connection = computed(() =>
      connectionView(
        this.stream.value,
        this.liveBoard.value,
        this.serverNowMs.value,
        this.refreshSeconds.value * 1000,
      )
    );
  }

  /** The columns of where the cursor is. */
  get columns(): ChartColumns {
    return this.isLive.peek() ? this.#liveColumns : this.#pastColumns;
  }

  /** The viewer chose something else; all the rest of the page follows from it. */
  change(part: Partial<ViewState>): void {
    const before = this.chosen.peek();
    batch(() => {
      this.chosen.value = { ...before, ...part };
      // What was known of another visit to the past is not how it is at this place.
      if (before.cursor.kind === "live" && !this.isLive.value) this.past.value = null;
      this.chartVersion.value++;
    });
  }

  /** One event of the stream; `localMs` is this browser's clock. */
  apply(event: LiveEvent, localMs: number): void {
    batch(() => {
      switch (event.type) {
        case "snapshot":
          this.status.value = event.data.status;
          this.#liveColumns.clearSeconds();
          this.snapshots.value++;
          this.#frame(event.data, localMs);
          break;
        case "frame":
          this.#frame(event.data, localMs);
          break;
        case "status":
          this.status.value = event.data;
          break;
        case "alert":
          this.liveAlerts.value = withAlert(
            this.liveAlerts.value,
            event.data.alert,
            ALERTS_SHOWN_MAX,
          );
          this.#announcer.add(event.data);
          break;
      }
    });
  }

  #frame(frame: Extract<LiveEvent, { type: "frame" }>["data"], localMs: number): void {
    this.#clockOffsetMs = frame.board.serverMs - localMs;
    this.liveBoard.value = inOrder(frame.board);
    this.serverNowMs.value = frame.board.serverMs;
    this.#liveColumns.addSeconds(frame.seconds, frame.board.serverMs);
    this.chartVersion.value++;
  }

  /** Time goes on: ages grow although nothing came. Says what a screen reader has to hear. */
  tick(localMs: number): void {
    batch(() => {
      this.serverNowMs.value = localMs + this.#clockOffsetMs;
      const cursor = settled(this.chosen.value.cursor, this.serverNowMs.value);
      if (cursor !== this.chosen.value.cursor) this.change({ cursor });
      const sentence = this.#announcer.take(localMs);
      if (sentence !== null) this.announcement.value = sentence;
    });
  }

  /** The first paint is of the server's clock: this browser's may go wrong by any span. */
  synchronise(localMs: number): void {
    this.#clockOffsetMs = this.liveBoard.peek().serverMs - localMs;
  }

  /** The server's clock at this browser's `localMs`. */
  serverMs(localMs: number): number {
    return localMs + this.#clockOffsetMs;
  }

  setStream(state: StreamState, localMs: number): void {
    batch(() => {
      this.stream.value = state.kind === "waiting"
        ? { ...state, retryAtMs: this.serverMs(state.retryAtMs) }
        : state;
      this.serverNowMs.value = this.serverMs(localMs);
    });
  }

  setHistory(series: readonly HistorySeries[], shown: Shown): void {
    batch(() => {
      this.shown.value = shown;
      this.columns.setHistory(series);
      this.history.value = READY;
      this.chartVersion.value++;
    });
  }

  setAlerts(alerts: readonly Alert[]): void {
    this.liveAlerts.value = listed(alerts);
  }

  setPast(past: Past): void {
    this.past.value = pastInOrder(past);
    this.chartVersion.value++;
  }

  /** The server took the acknowledgement; the list shows it before it is asked for again. */
  acknowledged(alertId: string, atMs: number, note?: string): void {
    const seen = (alerts: readonly Alert[]) =>
      alerts.map((alert) => alert.id === alertId ? asAcknowledged(alert, atMs, note) : alert);
    this.liveAlerts.value = seen(this.liveAlerts.value);
    const past = this.past.value;
    if (past !== null) this.past.value = { ...past, alerts: seen(past.alerts) };
  }

  /** The same map as long as the names are the same, so that nothing is redrawn for it. */
  #looksOf(...boards: readonly Board[]): ReadonlyMap<string, RegionLook> {
    const names = boards.flatMap((board) => board.regions.map((each) => each.region));
    const key = JSON.stringify(names);
    if (key !== this.#names) {
      this.#names = key;
      this.#looks = regionLooks(names);
    }
    return this.#looks;
  }
}

/** The first time counts; a note takes the place of the one before. */
export function asAcknowledged(alert: Alert, atMs: number, note?: string): Alert {
  return {
    ...alert,
    acknowledgedAtMs: alert.acknowledgedAtMs ?? atMs,
    acknowledgedNote: note === undefined ? alert.acknowledgedNote : note || null,
  };
}

function listed(alerts: readonly Alert[]): readonly Alert[] {
  return [...alerts].sort(alertOrder).slice(0, ALERTS_SHOWN_MAX);
}

function pastInOrder({ board, alerts }: Past): Past {
  return { board: inOrder(board), alerts: listed(alerts) };
}

/** Regions by name everywhere: a place on the page means the same from one frame to the next. */
function inOrder(board: Board): Board {
  return {
    ...board,
    regions: board.regions.toSorted((a, b) => compareNames(a.region, b.region)),
  };
}
