/**
 * Requests to the server, and what all of its answers have in common: errors in its own words, times
 * and alerts.
 */
import type { Alert } from "../model/alert.ts";
import type { Metric } from "../model/reading.ts";

export const ALERTS_SHOWN_MAX = 100;

/** A range of time, epoch ms. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The server's refusal; `message` is for the viewer. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** `get` and `post` over `fetch`. @throws {ApiError} where the server refuses. */
export function requests(fetch: Fetch) {
  const get = async (path: string, query: Record<string, string | number>) => {
    const text = new URLSearchParams(
      Object.entries(query).map(([name, value]) => [name, String(value)]),
    );
    return await answer(await fetch(`${path}?${text}`));
  };
  const post = async (path: string, body: unknown) => {
    await answer(
      await fetch(path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    );
  };
  return { get, post };
}

async function answer(response: Response): Promise<unknown> {
  const text = await response.text();
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    if (response.ok) throw new ApiError(response.status, "The server's answer is not JSON.");
  }
  if (response.ok) return body;
  const said = field(field(body, "error"), "message");
  throw new ApiError(
    response.status,
    typeof said === "string" ? said : `The server answered ${response.status}.`,
  );
}

/** A part of an answer; undefined where it is none. */
export function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** Epoch ms from epoch ms or ISO text; null for anything else. */
export function moment(value: unknown): number | null {
  if (typeof value === "number") return value;
  const atMs = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isNaN(atMs) ? null : atMs;
}

export function alertsOf(body: unknown): Alert[] {
  const list = Array.isArray(body) ? body : field(body, "alerts");
  if (!Array.isArray(list)) throw new ApiError(200, "The answer holds no list of alerts.");
  return list.map(alertOf).filter((alert) => alert !== null);
}

/** Reads the contract's names (host, opened, …) as well as the model's own. */
export function alertOf(raw: unknown): Alert | null {
  const pick = (...names: string[]) => {
    for (const name of names) {
      const value = field(raw, name);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  const text = (...names: string[]) => String(pick(...names) ?? "");
  const number = (...names: string[]) => Number(pick(...names) ?? 0);
  const openedAtMs = moment(pick("openedAtMs", "opened_at", "opened"));
  if (text("id") === "" || openedAtMs === null) return null;
  const severity = text("severity") === "critical" ? "critical" : "warning";
  const note = pick("acknowledgedNote", "acknowledged_note");
  const closedBy = pick("closedBy", "closed_by");
  return {
    id: text("id"),
    rule: text("rule"),
    metric: text("metric") as Metric,
    hostId: text("hostId", "host_id", "host"),
    region: text("region"),
    severity,
    peakSeverity: text("peakSeverity", "peak_severity") === "critical" ? "critical" : severity,
    value: number("value"),
    peakValue: number("peakValue", "peak_value", "value"),
    limit: number("limit"),
    openedAtMs,
    updatedAtMs: moment(pick("updatedAtMs", "updated_at", "updated")) ?? openedAtMs,
    closedAtMs: moment(pick("closedAtMs", "closed_at", "closed")),
    closedBy: closedBy === "cleared" || closedBy === "data_ended" ? closedBy : null,
    acknowledgedAtMs: moment(pick("acknowledgedAtMs", "acknowledged_at", "acknowledged")),
    acknowledgedNote: typeof note === "string" ? note : null,
  };
}
