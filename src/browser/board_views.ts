/** What the page says in words, derived from the board and the stream's state. Pure. */
import type { Alert } from "../model/alert.ts";
import type { Board, HostState, RegionNow } from "../model/live_event.ts";
import { sensorOfRule } from "../model/sensor.ts";
import type { SourcesSummary } from "../model/source_health.ts";
import { formatSpan, METRIC_VIEWS, plural } from "./format.ts";
import type { FeedState } from "./live_feed.ts";

/** `static`: the first paint, before (or without) any script. */
export type StreamState = FeedState | { readonly kind: "static" };

/** `past`: the cursor is not at the head. */
export type ConnectionTone = "good" | "warn" | "bad" | "quiet" | "past";

export interface ConnectionView {
  readonly tone: ConnectionTone;
  readonly label: string;
  readonly detail: string;
}

/** Live data older than this (and than three updates) is called out as stalled. */
export const STALLED_MS_MIN = 15_000;

/** Age of the newest reading; null before the first. */
export function dataAgeMs(board: Board, nowMs: number): number | null {
  return board.headMs === null ? null : Math.max(0, nowMs - board.headMs);
}

export function connectionView(
  stream: StreamState,
  board: Board,
  nowMs: number,
  intervalMs: number,
): ConnectionView {
  const age = dataAgeMs(board, nowMs);
  const data = age === null ? "no data yet" : `data ${formatSpan(age)} old`;
  switch (stream.kind) {
    case "static":
      return { tone: "quiet", label: "Snapshot", detail: data };
    case "connecting":
      return { tone: "quiet", label: "Connecting", detail: data };
    case "waiting": {
      const wait = Math.max(0, Math.ceil((stream.retryAtMs - nowMs) / 1000));
      const next = wait === 0 ? "trying now" : `next try in ${wait}\u202fs`;
      return { tone: "bad", label: "Disconnected", detail: `${data} · ${next}` };
    }
    case "asleep":
      return { tone: "quiet", label: "Asleep", detail: data };
    case "live":
      if (age === null) return { tone: "quiet", label: "Waiting", detail: data };
      return age > Math.max(STALLED_MS_MIN, 3 * intervalMs)
        ? { tone: "warn", label: "Stalled", detail: data }
        : { tone: "good", label: "Live", detail: data };
  }
}

/** Hosts by state over all regions. */
export function hostStates(regions: readonly RegionNow[]): Record<HostState, number> {
  const total = { ok: 0, warning: 0, critical: 0, stale: 0 };
  for (const { states } of regions) {
    total.ok += states.ok;
    total.warning += states.warning;
    total.critical += states.critical;
    total.stale += states.stale;
  }
  return total;
}

export interface BannerView {
  readonly state: HostState | "empty";
  readonly title: string;
  /** What else there is to say; empty where the title says it all. */
  readonly detail: string;
}

/**
 * The worst state gives the banner its face; every state that has hosts is counted. A source that is
 * silent may have hosts in any state, so nothing is well while one is.
 * @param sources null: not known of the moment that the board is of
 */
export function bannerView(board: Board, sources: SourcesSummary | null = null): BannerView {
  const view = hostsView(board);
  if (sources === null || sources.silent === 0) return view;
  const title = `${plural(sources.silent, "source")} silent`;
  if (view.state === "critical" || view.state === "warning") {
    return { ...view, detail: joined(title, view.detail) };
  }
  const names = sources.silent_names.slice(0, SILENT_NAMES_MAX);
  const named = names.join(", ") + (names.length < sources.silent ? ", …" : "");
  return { state: "warning", title, detail: joined(named, view.title, view.detail) };
}

const SILENT_NAMES_MAX = 3;

function hostsView(board: Board): BannerView {
  const states = hostStates(board.regions);
  const hosts = states.ok + states.warning + states.critical + states.stale;
  if (hosts === 0) {
    return {
      state: "empty",
      title: "No hosts yet",
      detail: "The first reading brings the first one.",
    };
  }
  const silent = states.stale > 0 ? `${plural(states.stale, "host")} silent` : "";
  const normal = `${plural(states.ok, "host")} normal`;
  if (states.critical > 0) {
    const warning = states.warning > 0 ? `${states.warning} warning` : "";
    return {
      state: "critical",
      title: `${plural(states.critical, "host")} critical`,
      detail: joined(warning, silent, normal),
    };
  }
  if (states.warning > 0) {
    return {
      state: "warning",
      title: `${plural(states.warning, "host")} in warning`,
      detail: joined(silent, normal),
    };
  }
  const forgotten = openAlerts(board);
  if (forgotten !== null) return { ...forgotten, detail: joined(silent, normal) };
  if (states.ok === 0) {
    return {
      state: "stale",
      title: hosts === 1 ? "The only host is silent" : `All ${plural(hosts, "host")} silent`,
      detail: "No reading within the last minute.",
    };
  }
  return states.stale > 0
    ? { state: "ok", title: "All reporting hosts normal", detail: joined(normal, silent) }
    : { state: "ok", title: `All ${plural(hosts, "host")} normal`, detail: "" };
}

/** Hosts may fall silent while their alerts are open: then nothing is known but that, and all is not well. */
function openAlerts({ alertsOpen: { critical, warning } }: Board) {
  if (critical > 0) {
    return { state: "critical", title: `${plural(critical, "critical alert")} open` } as const;
  }
  if (warning === 0) return null;
  return { state: "warning", title: `${plural(warning, "alert")} open` } as const;
}

function joined(...parts: string[]): string {
  return parts.filter((part) => part !== "").join(" · ");
}

/** What an alert is of: the host's metric, or one sensor. */
export function measureOf({ rule, metric }: Pick<Alert, "rule" | "metric">): string {
  return sensorOfRule(rule) ?? METRIC_VIEWS[metric].label;
}

/** Open before closed, critical before warning, the longest open first; closed ones newest first. */
export function alertOrder(a: Alert, b: Alert): number {
  const open = Number(a.closedAtMs !== null) - Number(b.closedAtMs !== null);
  if (open !== 0) return open;
  if (a.closedAtMs !== null && b.closedAtMs !== null) return b.closedAtMs - a.closedAtMs;
  const severity = Number(b.severity === "critical") - Number(a.severity === "critical");
  return severity !== 0 ? severity : a.openedAtMs - b.openedAtMs || (a.id < b.id ? -1 : 1);
}

/** The list with `alert` in its place, at most `max` long; the oldest closed ones go first. */
export function withAlert(alerts: readonly Alert[], alert: Alert, max: number): readonly Alert[] {
  return [...alerts.filter((each) => each.id !== alert.id), alert].sort(alertOrder).slice(0, max);
}
