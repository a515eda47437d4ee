/** @jsxImportSource preact */
/**
 * `/`: the dashboard, rendered with the state of the moment, so that the first paint is true with
 * and without JavaScript. The islands on it take over from the same state, handed along as JSON.
 */
import type { Hono } from "hono";
import { h } from "preact";
import { renderToString } from "preact-render-to-string";
import { type IslandName, ISLANDS } from "../islands/registry.ts";
import { type AssetUrls, assetUrls } from "../src/assets/client_assets.ts";
import { NO_ACTIONS } from "../src/browser/actions.ts";
import { ALERTS_SHOWN_MAX, alertsOf } from "../src/browser/answers.ts";
import { BoardModel } from "../src/browser/board_model.ts";
import { CHART_REGIONS_MAX, type HistorySeries } from "../src/browser/chart_columns.ts";
import { HISTOGRAM_BINS } from "../src/browser/history_loader.ts";
import type { PageState } from "../src/browser/page_state.ts";
import { type Range, rangeNamed, RANGES } from "../src/browser/ranges.ts";
import type { Alert } from "../src/model/alert.ts";
import type { Board } from "../src/model/live_event.ts";
import { delay } from "../src/runtime/clock.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import type { Database } from "../src/store/database.ts";
import { queryAlerts } from "../src/store/queries/alerts.ts";
import { queryHistogram } from "../src/store/queries/histogram.ts";
import { querySeries } from "../src/store/queries/series.ts";
import { choice, optional, readParameters } from "./parameters.ts";

export interface PageInput extends PageState {
  readonly assets: AssetUrls;
}

/** A store slower than this is left out of the first paint; the page asks it again by itself. */
const STORE_MS_MAX = 1_500;

const PAGE_SCHEMA = { range: optional(choice(RANGES.map((range) => range.name))) };

/** `GET /`, with `?range=` for a page without JavaScript and for links. */
export function mountPage(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/", async (c) => {
    const range = rangeNamed(readParameters(c.req.url, PAGE_SCHEMA).range);
    const board = context.hub.board();
    const stored = await askStore(context, board, range);
    return c.html(renderPage({
      board,
      status: context.status(),
      range: range.name,
      ...stored,
      assets: assetUrls(context.assets),
    }));
  });
}

type Stored = Pick<PageState, "series" | "histogram" | "alerts">;

/** Null for whatever the store doesn't give in time: the live board does not wait for it. */
async function askStore(context: ServerContext, board: Board, range: Range): Promise<Stored> {
  const database = context.database();
  if (database === null) return { series: null, histogram: null, alerts: null };
  const { clock, log } = context;
  const late = new AbortController();
  const tooLate = delay(clock, STORE_MS_MAX, late.signal).then(() => null);
  const inTime = async <T,>(what: string, asked: Promise<T>): Promise<T | null> => {
    const answer = asked.catch((error: unknown) => {
      log.warn("the page goes without its history", { what, reason: error });
      return null;
    });
    return await Promise.race([answer, tooLate]);
  };
  const window = { fromMs: board.serverMs - range.ms, toMs: board.serverMs };
  const histogram = { metric: "temp_c", region: null, bins: HISTOGRAM_BINS, ...window } as const;
  const [series, distribution, alerts] = await Promise.all([
    inTime("series", storedSeries(database, board, range)),
    inTime("histogram", queryHistogram(database, histogram)),
    inTime("alerts", storedAlerts(database)),
  ]);
  late.abort();
  return { series, histogram: distribution, alerts };
}

async function storedAlerts(database: Database): Promise<Alert[]> {
  return alertsOf(await queryAlerts(database, { state: null, limit: ALERTS_SHOWN_MAX }));
}

function storedSeries(database: Database, board: Board, range: Range): Promise<HistorySeries[]> {
  const names = board.regions.slice(0, CHART_REGIONS_MAX).map((each) => each.region);
  return Promise.all(names.map(async (region) => {
    const { step_ms: stepMs, ...columns } = await querySeries(database, {
      metric: "cpu_load",
      region,
      hostId: null,
      fromMs: board.serverMs - range.ms,
      toMs: board.serverMs,
      points: range.points,
    });
    return { region, stepMs, ...columns };
  }));
}

/** Where each island stands, and the class that gives it its place. */
const PLACES: readonly (readonly [IslandName, string])[] = [
  ["Banner", "wide"],
  ["FirstRun", "wide"],
  ["KeyFigures", "wide"],
  ["CpuChart", "at-chart"],
  ["AlertList", "at-alerts"],
  ["LiveFeed", "at-feed"],
  ["VolumeByRegion", "at-volume"],
  ["TemperatureHistogram", "at-histogram"],
  ["LayersPanel", "at-layers wide"],
];

/** The whole document. Pure: the same input, the same text. */
export function renderPage(input: PageInput): string {
  const { assets, ...state } = input;
  const model = new BoardModel(state);
  const island = (name: IslandName, place = "") => (
    <div data-island={name} class={place}>
      {h(ISLANDS[name], { model, actions: NO_ACTIONS })}
    </div>
  );
  const html = renderToString(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>rackwatch</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <link rel="icon" href={assets.icon} type="image/svg+xml" />
        <link rel="stylesheet" href={assets.style} />
        <script type="module" src={assets.script} />
      </head>
      <body>
        <header class="top">
          <h1 class="brand">
            <Mark />rackwatch
          </h1>
          <span class="tag">{state.status.mode === "demo" ? "Demo" : "Live"}</span>
          {island("ConnectionBadge", "top-connection")}
          {island("Controls", "top-controls")}
        </header>
        <main class="page">
          <noscript class="wide">
            <p class="no-script">
              Without JavaScript this is the state of one moment.{" "}
              <a href={`/?range=${model.range.value.name}`}>Refresh</a>
            </p>
          </noscript>
          {PLACES.map(([name, place]) => island(name, place))}
        </main>
        <Foot version={state.status.version} />
        <script
          type="application/json"
          id="page-state"
          dangerouslySetInnerHTML={{ __html: scriptJson(state) }}
        />
      </body>
    </html>,
  );
  return `<!doctype html>${html}`;
}

function Mark() {
  return (
    <svg viewBox="0 0 14 14" aria-hidden="true" focusable="false">
      <rect x="0" y="1" width="14" height="3" rx="1.2" />
      <rect class="brand-lit" x="0" y="5.5" width="14" height="3" rx="1.2" />
      <rect x="0" y="10" width="14" height="3" rx="1.2" />
    </svg>
  );
}

function Foot({ version }: { readonly version: string }) {
  return (
    <footer class="foot">
      <span>rackwatch {version}</span>
      <a href="/api/status">Status</a>
      <a href="/api/readings?format=csv&limit=10000">Readings as CSV</a>
      <a href="/api/runs">Archived runs</a>
      <a href="/metrics">Metrics</a>
    </footer>
  );
}

/** JSON that can't end the script element it stands in, nor start a comment there. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}
