/**
 * The page's state as signals: what the stream and the server said last, and what the viewer chose.
 * Knows nothing of the DOM, timers or the network; those call its actions. One model a page, the
 * same on the server (which renders it once) and in the browser (which keeps it going).
 */
import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Alert, AlertChange } from "../model/alert.ts";
import type { Board, LiveEvent } from "../model/live_event.ts";
import type { Metric } from "../model/reading.ts";
import type { Status } from "../model/status.ts";
import { ALERTS_SHOWN_MAX } from "./answers.ts";
import type { SilentHosts } from "./api.ts";
import {
  alertOrder,
  type ConnectionView,
  connectionView,
  type StreamState,
  withAlert,
} from "./board_views.ts";
import { ChartColumns, type HistorySeries } from "./chart_columns.ts";
import { formatMetric, METRIC_VIEWS } from "./format.ts";
import type { Histogram, PageState } from "./page_state.ts";
import { DEFAULT_REFRESH_SECONDS, type Range, rangeNamed } from "./ranges.ts";
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

const READY: Asked = { state: "ready", message: "" };

export class BoardModel {
  readonly board: Signal<Board>;
  readonly status: Signal<Status>;
  readonly alerts: Signal<readonly Alert[]>;
  readonly histogram: Signal<Histogram | null>;
  readonly stream = signal<StreamState>({ kind: "static" });
  /** The server's clock as far as it is known here, epoch ms; moves with `tick`. */
  readonly nowMs: Signal<number>;
  readonly time: Signal<TimeFormat> = signal(timeFormat("UTC"));

  /** What the viewer chose … */
  readonly range: Signal<Range>;
  readonly metric = signal<Metric>("cpu_load");
  /** … and what the chart's history is of, until the chosen one has come. */
  readonly shown: Signal<Shown>;
  readonly refreshSeconds = signal<number>(DEFAULT_REFRESH_SECONDS);
  readonly paused = signal(false);
  readonly firstRunClosed = signal(false);
  /** The region that the viewer points at; its spread is drawn, the others step back. */
  readonly emphasis = signal<string | null>(null);

  /** Rises when the chart has something new to draw; the columns themselves are no signal. */
  readonly chartVersion = signal(0);
  readonly columns = new ChartColumns();
  readonly history = signal<Asked>(READY);
  readonly distribution = signal<Asked>(READY);
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
  #unsaid: AlertChange[] = [];
  #saidAtMs = -Infinity;
  #names = "";
  #looks: ReadonlyMap<string, RegionLook> = new Map();

  constructor(state: PageState) {
    this.board = signal(inOrder(state.board));
    this.status = signal(state.status);
    this.alerts = signal([...(state.alerts ?? [])].sort(alertOrder).slice(0, ALERTS_SHOWN_MAX));
    this.histogram = signal(state.histogram);
    this.nowMs = signal(state.board.serverMs);
    this.range = signal(rangeNamed(state.range));
    this.shown = signal({ range: this.range.value, metric: this.metric.value });
    this.columns.setHistory(state.series ?? []);
    if (state.series === null) {
      const message = state.status.store.state === "starting"
        ? "the store is starting, it follows."
        : "the store could not be asked.";
      this.history.value = { state: "failed", message };
    }
    this.looks = computed(() => this.#looksOf(this.board.value));
    this.connection = computed(() =>
      connectionView(
        this.stream.value,
        this.board.value,
        this.nowMs.value,
        this.refreshSeconds.value * 1000,
      )
    );
  }

  /** One event of the stream; `localMs` is this browser's clock. */
  apply(event: LiveEvent, localMs: number): void {
    batch(() => {
      switch (event.type) {
        case "snapshot":
          this.status.value = event.data.status;
          this.columns.clearSeconds();
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
          this.alerts.value = withAlert(this.alerts.value, event.data.alert, ALERTS_SHOWN_MAX);
          if (event.data.kind === "opened" || event.data.kind === "escalated") {
            this.#unsaid.push(event.data);
          }
          break;
      }
    });
  }

  #frame(frame: Extract<LiveEvent, { type: "frame" }>["data"], localMs: number): void {
    this.#clockOffsetMs = frame.board.serverMs - localMs;
    this.board.value = inOrder(frame.board);
    this.nowMs.value = frame.board.serverMs;
    this.columns.addSeconds(frame.seconds, frame.board.serverMs);
    this.chartVersion.value++;
  }

  /** Time goes on: ages grow although nothing came. Says what a screen reader has to hear. */
  tick(localMs: number): void {
    batch(() => {
      this.nowMs.value = localMs + this.#clockOffsetMs;
      if (this.#unsaid.length > 0 && localMs - this.#saidAtMs >= ANNOUNCE_EVERY_MS) {
        this.announcement.value = announcementOf(this.#unsaid);
        this.#unsaid = [];
        this.#saidAtMs = localMs;
      }
    });
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
      this.nowMs.value = this.serverMs(localMs);
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
    this.alerts.value = [...alerts].sort(alertOrder).slice(0, ALERTS_SHOWN_MAX);
  }

  /** The server took the acknowledgement; the list shows it before it is asked for again. */
  acknowledged(alertId: string, atMs: number): void {
    this.alerts.value = this.alerts.value.map((alert) =>
      alert.id === alertId ? { ...alert, acknowledgedAtMs: atMs } : alert
    );
  }

  /** The same map as long as the names are the same, so that nothing is redrawn for it. */
  #looksOf(board: Board): ReadonlyMap<string, RegionLook> {
    const names = board.regions.map((each) => each.region);
    const key = JSON.stringify(names);
    if (key !== this.#names) {
      this.#names = key;
      this.#looks = regionLooks(names);
    }
    return this.#looks;
  }
}

/** Regions by name everywhere: a place on the page means the same from one frame to the next. */
function inOrder(board: Board): Board {
  return {
    ...board,
    regions: board.regions.toSorted((a, b) => compareNames(a.region, b.region)),
  };
}

const ANNOUNCE_EVERY_MS = 5_000;

/** One sentence for however many alerts: the worst is named, the rest counted. */
export function announcementOf(changes: readonly AlertChange[]): string {
  const [worst] = changes.map((change) => change.alert).sort(alertOrder);
  if (worst === undefined) return "";
  const more = changes.length > 1 ? ` And ${changes.length - 1} more.` : "";
  const metric = METRIC_VIEWS[worst.metric].label.toLowerCase();
  return `${worst.severity === "critical" ? "Critical" : "Warning"}: ${worst.hostId} in ` +
    `${worst.region}, ${metric} ${formatMetric(worst.metric, worst.value)}.${more}`;
}
