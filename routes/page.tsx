/** @jsxImportSource preact */
/**
 * `/`: the dashboard, rendered with the state of the moment, so that the first paint is true with
 * and without JavaScript. The islands on it take over from the same state, handed along as JSON.
 */
import type { Hono } from "hono";
import { renderToString } from "preact-render-to-string";
import { Placed } from "../islands/placed.tsx";
import type { IslandName } from "../islands/registry.ts";
import { type AssetUrls, assetUrls } from "../src/assets/client_assets.ts";
import { NO_ACTIONS } from "../src/browser/actions.ts";
import { BoardModel } from "../src/browser/board_model.ts";
import type { PageState } from "../src/browser/page_state.ts";
import { searchOf, viewOf } from "../src/browser/address.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import type { HeavyWork } from "../src/server/heavy_work.ts";
import { askStore } from "./page_history.ts";
import { PAGE_SCHEMA } from "./page_parameters.ts";
import { readParameters } from "./parameters.ts";

export interface PageInput extends PageState {
  readonly assets: AssetUrls;
}

/** `GET /`: the state of now, or of the moment that the address names. */
export function mountPage(
  app: Hono<ServerEnv>,
  context: ServerContext,
  heavy: HeavyWork,
): void {
  app.get("/", async (c) => {
    readParameters(c.req.url, PAGE_SCHEMA);
    const board = context.hub.board();
    const state = viewOf(new URL(c.req.url).search, board.serverMs);
    const stored = await askStore(context, board, state, { ...heavy, gone: c.req.raw.signal });
    return c.html(renderPage({
      board,
      status: context.status(),
      search: searchOf(state, board.serverMs),
      ...stored,
      assets: assetUrls(context.assets),
    }));
  });
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
  ["ViewHost", "wide"],
];

/** The whole document. Pure: the same input, the same text. */
export function renderPage(input: PageInput): string {
  const { assets, ...state } = input;
  const model = new BoardModel(state);
  const island = (name: IslandName, place = "") => (
    <div data-island={name} class={place}>
      <Placed name={name} model={model} actions={NO_ACTIONS} />
    </div>
  );
  const html = renderToString(
    <html
      lang="en"
      data-view={model.view.value}
      data-worker={assets.stream}
      data-views={assets.viewsStyle}
      data-wall={model.chosen.value.wall ? "" : undefined}
    >
      <head>
        <meta charset="utf-8" />
        <title>rackwatch</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <link rel="icon" href={assets.icon} type="image/svg+xml" />
        <script src={assets.theme} />
        <link rel="stylesheet" href={assets.style} />
        {model.view.value !== "overview" && <link rel="stylesheet" href={assets.viewsStyle} />}
        <script type="module" src={assets.script} />
      </head>
      <body>
        <header class="top">
          <h1 class="brand">
            <Mark />rackwatch
          </h1>
          <span class="tag">{state.status.mode === "demo" ? "Demo" : "Live"}</span>
          {island("ViewTabs", "top-views")}
          {island("ConnectionBadge", "top-connection")}
          {island("Controls", "top-controls")}
        </header>
        <main class="page">
          <noscript class="wide">
            <p class="no-script">
              Without JavaScript this is the state of one moment.{" "}
              <a href={`/${state.search}`}>Refresh</a>
            </p>
          </noscript>
          {PLACES.map(([name, place]) => island(name, place))}
        </main>
        <Foot version={state.status.version} />
        {island("TimeBar", "bottom")}
        {island("Dialogs")}
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
