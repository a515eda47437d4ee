/** The spans of time the charts can show, and how finely the history behind them is asked for. */

export interface Range {
  /** In the address (`/?range=1h`) and in the viewer's kept preferences. */
  readonly name: string;
  readonly label: string;
  readonly ms: number;
  /** Points asked of `/api/series`: chosen so that the step falls on a rollup tier's multiple. */
  readonly points: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export const RANGES: readonly Range[] = [
  { name: "5m", label: "5 min", ms: 5 * MINUTE_MS, points: 30 }, // 10 s
  { name: "15m", label: "15 min", ms: 15 * MINUTE_MS, points: 90 }, // 10 s
  { name: "1h", label: "1 h", ms: HOUR_MS, points: 360 }, // 10 s
  { name: "6h", label: "6 h", ms: 6 * HOUR_MS, points: 360 }, // 1 min
  { name: "24h", label: "24 h", ms: 24 * HOUR_MS, points: 288 }, // 5 min
  { name: "7d", label: "7 days", ms: 168 * HOUR_MS, points: 336 }, // 30 min
];

export const DEFAULT_RANGE: Range = RANGES[0] ??
  { name: "5m", label: "5 min", ms: 300_000, points: 30 };

/** The range of that name; the default one for any other text. */
export function rangeNamed(name: string | null | undefined): Range {
  return RANGES.find((range) => range.name === name) ?? DEFAULT_RANGE;
}

/** Seconds between updates that the refresh control offers. 0.1 s = 10 Hz, the hub's fastest. */
export const REFRESH_SECONDS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100] as const;
export const DEFAULT_REFRESH_SECONDS = 1;

/** Lines a second that the generator control offers; 0 = as fast as clients read. */
export const GENERATOR_RATES = [
  0.1,
  0.5,
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  1000,
  2000,
  5000,
  10_000,
  50_000,
  0,
] as const;
