/** `/api/timeline`: the recorded span as volume and alerts, checked. */
import { ApiError, type Ask, field, moment } from "./ask.ts";
import type { TimeWindow } from "./timeline_window.ts";

export interface Timeline {
  /** The oldest and the newest stored reading; null while there is none. */
  readonly firstMs: number | null;
  readonly headMs: number | null;
  readonly stepMs: number;
  /** Bucket starts, epoch ms, and readings in each. */
  readonly t: readonly number[];
  readonly count: readonly number[];
  /** Alerts opened in each bucket. */
  readonly warning: readonly number[];
  readonly critical: readonly number[];
}

/** @param window null: the whole recorded span */
export async function askTimeline(
  { get }: Ask,
  window: TimeWindow | null,
  points: number,
): Promise<Timeline> {
  const span = window === null
    ? {}
    : { from: Math.floor(window.fromMs), to: Math.ceil(window.toMs) };
  return timelineOf(await get("/api/timeline", { ...span, points }));
}

export function timelineOf(body: unknown): Timeline {
  const numbers = (holder: unknown, name: string): number[] => {
    const list = field(holder, name);
    if (!Array.isArray(list)) throw new ApiError(200, `The timeline has no list ${name}.`);
    return list.map((each) => typeof each === "number" ? each : 0);
  };
  const alerts = field(body, "alerts");
  const t = field(body, "t");
  return {
    firstMs: moment(field(body, "first")),
    headMs: moment(field(body, "head")),
    stepMs: Number(field(body, "step_ms")),
    t: Array.isArray(t) ? t.map((each) => moment(each) ?? 0) : [],
    count: numbers(body, "count"),
    warning: numbers(alerts, "warning"),
    critical: numbers(alerts, "critical"),
  };
}
