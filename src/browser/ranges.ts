/** The spans of time the page can show, and how finely the history behind them is asked for. */

/** A stretch of time, epoch ms. */
export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Range {
  /** In the address (`/?range=1h`): a quick range's name, else the span in seconds (`5400s`). */
  readonly name: string;
  readonly label: string;
  readonly ms: number;
  /** Points asked of `/api/series`: chosen so that the step falls on a rollup tier's multiple. */
  readonly points: number;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const RANGES: readonly Range[] = [
  { name: "5m", label: "5 min", ms: 5 * MINUTE_MS, points: 30 }, // 10 s
  { name: "15m", label: "15 min", ms: 15 * MINUTE_MS, points: 90 }, // 10 s
  { name: "1h", label: "1 h", ms: HOUR_MS, points: 360 }, // 10 s
  { name: "6h", label: "6 h", ms: 6 * HOUR_MS, points: 360 }, // 1 min
  { name: "24h", label: "24 h", ms: DAY_MS, points: 288 }, // 5 min
  { name: "7d", label: "7 days", ms: 7 * DAY_MS, points: 336 }, // 30 min
  { name: "30d", label: "30 days", ms: 30 * DAY_MS, points: 360 }, // 2 h
];

export const DEFAULT_RANGE: Range = RANGES[0] ??
  { name: "5m", label: "5 min", ms: 300_000, points: 30 };

/** What can be zoomed to. */
export const SPAN_MS_MIN = 30 * SECOND_MS;
export const SPAN_MS_MAX = 400 * DAY_MS;
const POINTS_MAX = 360;
const STEPS_S = [1, 2, 5, 10, 60, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400, 604_800] as const;

/** The range of that name; the default one for any other text. */
export function rangeNamed(name: string | null | undefined): Range {
  const quick = RANGES.find((range) => range.name === name);
  if (quick !== undefined) return quick;
  const seconds = /^(\d{1,9})s$/.exec(name ?? "")?.[1];
  return seconds === undefined ? DEFAULT_RANGE : rangeOf(Number(seconds) * SECOND_MS);
}

/** The range of that span, to a second; a quick one where it is one. */
export function rangeOf(spanMs: number): Range {
  const wholeMs = Math.round(spanMs / SECOND_MS) * SECOND_MS;
  const ms = Math.min(SPAN_MS_MAX, Math.max(SPAN_MS_MIN, wholeMs));
  const quick = RANGES.find((range) => range.ms === ms);
  if (quick !== undefined) return quick;
  const stepS = STEPS_S.find((each) => ms / (each * SECOND_MS) <= POINTS_MAX) ?? 604_800;
  const seconds = ms / SECOND_MS;
  const points = Math.max(1, Math.ceil(seconds / stepS));
  return { name: `${seconds}s`, label: spanLabel(ms), ms, points };
}

function spanLabel(ms: number): string {
  const [unitMs, unit] = ms < 2 * MINUTE_MS
    ? [SECOND_MS, "s"] as const
    : ms < 2 * HOUR_MS
    ? [MINUTE_MS, "min"] as const
    : ms < 2 * DAY_MS
    ? [HOUR_MS, "h"] as const
    : [DAY_MS, "days"] as const;
  return `${Number((ms / unitMs).toFixed(1))} ${unit}`;
}

/** Seconds between updates that the refresh control offers. 0.1 s = 10 Hz, the hub's fastest. */
export const REFRESH_SECONDS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100] as const;
export const DEFAULT_REFRESH_SECONDS = 1;

/** Lines a second that the generator control offers; 0 = as fast as clients read. */
export const GENERATOR_RATES = [
  ...[0.1, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 0],
] as const;
