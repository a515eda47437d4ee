/**
 * The page's state as its address, so that a link opens the same view at the same time for somebody
 * else: `/?view=hosts&at=2026-11-25T03:12:00.000Z&speed=8&play=1&range=1h&metric=temp_c`. What is
 * at its default stands in no address; what can't be read is taken for the default here, and refused
 * by the server, which says what it is.
 */
import { type Metric, METRICS } from "../model/reading.ts";
import { type Cursor, cursorMs, LIVE, SPEED_MAX, SPEED_MIN } from "./cursor.ts";
import { DEFAULT_RANGE, type Range, rangeNamed } from "./ranges.ts";

/** What fills the page. */
export const VIEWS = ["overview", "hosts", "host", "charts", "alerts", "quality"] as const;
export type ViewName = (typeof VIEWS)[number];

/** The same stretch so much earlier, drawn as a ghost; null: the stretch that ends now. */
export const GHOSTS = { "1h": 3_600_000, "1d": 86_400_000, "1w": 604_800_000, now: null } as const;
export type GhostName = keyof typeof GHOSTS;

/** A second moment beside the cursor's: so much earlier, now, or one that was kept (epoch ms). */
export type Beside = GhostName | number;

/** Where the second moment is, epoch ms; null: now. */
export function besideMs(beside: Beside, atMs: number): number | null {
  if (typeof beside === "number") return beside;
  const earlierMs = GHOSTS[beside];
  return earlierMs === null ? null : atMs - earlierMs;
}

export interface ViewState {
  readonly view: ViewName;
  readonly cursor: Cursor;
  readonly speed: number;
  readonly range: Range;
  readonly metric: Metric;
  /** Only this region; null: all. */
  readonly region: string | null;
  /** Of the view `host`. */
  readonly host: string | null;
  readonly ghost: GhostName | null;
  /** What the hosts are compared with, side by side; `vs` in the address. */
  readonly beside: Beside | null;
  /** For a screen on a wall: nothing that needs hands. */
  readonly wall: boolean;
}

export const DEFAULT_VIEW: ViewState = {
  view: "overview",
  cursor: LIVE,
  speed: 1,
  range: DEFAULT_RANGE,
  metric: "cpu_load",
  region: null,
  host: null,
  ghost: null,
  beside: null,
  wall: false,
};

/** To another view; a host's region is the host's, and no filter of what comes after it. */
export function toView(state: ViewState, view: ViewName): Partial<ViewState> {
  return { view, host: null, region: state.view === "host" ? null : state.region };
}

/** The query part, `?…`, or the empty text. A replay is named by where it stands at `nowMs`. */
export function searchOf(state: ViewState, nowMs: number): string {
  const query = new URLSearchParams();
  const { cursor } = state;
  if (state.view !== "overview") query.set("view", state.view);
  if (cursor.kind !== "live") query.set("at", new Date(cursorMs(cursor, nowMs)).toISOString());
  if (cursor.kind === "replay") query.set("play", "1");
  if (state.speed !== 1) query.set("speed", String(state.speed));
  if (state.range.name !== DEFAULT_RANGE.name) query.set("range", state.range.name);
  if (state.metric !== DEFAULT_VIEW.metric) query.set("metric", state.metric);
  for (const name of ["region", "host", "ghost"] as const) {
    const value = state[name];
    if (value !== null) query.set(name, value);
  }
  const { beside } = state;
  if (beside !== null) {
    query.set("vs", typeof beside === "number" ? new Date(beside).toISOString() : beside);
  }
  if (state.wall) query.set("wall", "1");
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

/** @param nowMs the server's clock, from which a replay in the address goes on */
export function viewOf(search: string, nowMs: number): ViewState {
  const query = new URLSearchParams(search);
  const speed = Number(query.get("speed") ?? 1);
  const ghost = query.get("ghost");
  const state = {
    view: VIEWS.find((each) => each === query.get("view")) ?? DEFAULT_VIEW.view,
    speed: speed >= SPEED_MIN && speed <= SPEED_MAX ? speed : 1,
    range: rangeNamed(query.get("range")),
    metric: METRICS.find((each) => each === query.get("metric")) ?? DEFAULT_VIEW.metric,
    region: query.get("region"),
    host: query.get("host"),
    ghost: isGhost(ghost) ? ghost : null,
    beside: besideOf(query.get("vs")),
    wall: query.get("wall") === "1",
  };
  return { ...state, cursor: cursorOf(query, state.speed, nowMs) };
}

function isGhost(name: string | null): name is GhostName {
  return name !== null && Object.hasOwn(GHOSTS, name);
}

function besideOf(text: string | null): Beside | null {
  return isGhost(text) ? text : momentOf(text);
}

function cursorOf(query: URLSearchParams, speed: number, nowMs: number): Cursor {
  const atMs = momentOf(query.get("at"));
  if (atMs === null) return LIVE;
  if (query.get("play") !== "1") return { kind: "paused", atMs };
  return { kind: "replay", fromMs: atMs, sinceMs: nowMs, speed };
}

/** ISO 8601 or epoch ms. */
function momentOf(text: string | null): number | null {
  if (text === null || text === "") return null;
  const atMs = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isFinite(atMs) && Math.abs(atMs) < 8e15 ? atMs : null;
}
