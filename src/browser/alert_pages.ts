/** The list of alerts: what is asked for, page by page, and how its rows are put together. Pure. */
import type { Alert, Severity } from "../model/alert.ts";
import { alertsOf } from "./alert_answers.ts";
import type { Ask } from "./ask.ts";
import { compareNames } from "./regions.ts";

/** Null, or empty text: of any. */
export interface AlertFilter {
  readonly state: "open" | "closed" | null;
  readonly severity: Severity | null;
  readonly region: string | null;
  readonly rule: string | null;
  /** Part of a host's name. */
  readonly host: string;
}

export const EVERY_ALERT: AlertFilter = {
  state: null,
  severity: null,
  region: null,
  rule: null,
  host: "",
};

export const ALERTS_A_PAGE = 500;
/** What the server takes as a note. */
export const NOTE_CHARS_MAX = 500;

export interface AlertPage {
  readonly alerts: readonly Alert[];
  /** False: there are no older ones. */
  readonly hasMore: boolean;
}

/** @param after null: from the beginning; `atMs` null: now */
export async function askAlertPage(
  ask: Ask,
  { state, severity, region, rule, host }: AlertFilter,
  atMs: number | null,
  after: Alert | null,
): Promise<AlertPage> {
  const wanted = {
    state,
    severity,
    region,
    rule,
    host: host.trim() === "" ? null : host.trim(),
    at: atMs,
    after: after === null ? null : placeOf(after),
  };
  const given = Object.entries(wanted).filter((entry): entry is [string, string | number] =>
    entry[1] !== null
  );
  const query = { ...Object.fromEntries(given), limit: ALERTS_A_PAGE };
  const alerts = alertsOf(await ask.get("/api/alerts", query));
  return { alerts, hasMore: alerts.length === ALERTS_A_PAGE };
}

/** Where the server goes on after this one. */
function placeOf({ closedAtMs, openedAtMs, id }: Alert): string {
  return `${closedAtMs === null ? "open" : "closed"},${openedAtMs},${id}`;
}

/** Each alert once; where both have it, as the newer list has it. */
export function joined(newer: readonly Alert[], older: readonly Alert[]): readonly Alert[] {
  const known = new Set(newer.map((alert) => alert.id));
  return [...newer, ...older.filter((alert) => !known.has(alert.id))];
}

export const ALERT_SORTS = {
  open: "Open first, then newest",
  newest: "Newest first",
  oldest: "Oldest first",
  worst: "Worst first",
  longest: "Longest first",
  host: "By host",
} as const;
export type AlertSort = keyof typeof ALERT_SORTS;

/** `nowMs`: where the cursor stands; how long an open one lasts is counted to there. */
export function inOrder(
  alerts: readonly Alert[],
  sort: AlertSort,
  nowMs: number,
): readonly Alert[] {
  const newest = (a: Alert, b: Alert) =>
    b.openedAtMs - a.openedAtMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  const orders: Readonly<Record<AlertSort, (a: Alert, b: Alert) => number>> = {
    open: (a, b) => Number(a.closedAtMs !== null) - Number(b.closedAtMs !== null),
    newest,
    oldest: (a, b) => newest(b, a),
    worst: (a, b) => rank(b) - rank(a),
    longest: (a, b) => lastedMs(b, nowMs) - lastedMs(a, nowMs),
    host: (a, b) => compareNames(a.hostId, b.hostId) || compareNames(a.region, b.region),
  };
  return alerts.toSorted((a, b) => orders[sort](a, b) || newest(a, b));
}

function rank({ peakSeverity, closedAtMs }: Alert): number {
  return (peakSeverity === "critical" ? 2 : 0) + (closedAtMs === null ? 1 : 0);
}

/** From its opening to its closing, or to where the cursor stands. */
export function lastedMs({ openedAtMs, closedAtMs }: Alert, nowMs: number): number {
  return Math.max(0, (closedAtMs ?? nowMs) - openedAtMs);
}

/** How an alert ended, as a verb: its value fell, or its history file ended. */
export function endVerb({ closedBy }: Alert): string {
  return closedBy === "data_ended" ? "its data ended" : "cleared";
}
