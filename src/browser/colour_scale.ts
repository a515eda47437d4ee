/**
 * A value's colour: one hue family a metric, its lightness falling (on a light ground) or rising (on
 * a dark one) evenly with the value, so that an order is seen by any eye and in greys. Mixed in
 * OKLab (https://bottosson.github.io/posts/oklab/), in which equal steps look equal.
 */
import type { Metric } from "../model/reading.ts";
import type { Limit } from "./alert_rules.ts";

export interface ColourScale {
  readonly low: number;
  readonly high: number;
  /** `#rrggbb`; values beyond the ends have the ends' colours. */
  colour(value: number): string;
  /** What is read on that colour. */
  ink(value: number): string;
}

/** From low to high. */
const LIGHT: Readonly<Record<Metric, readonly string[]>> = {
  temp_c: ["#fdf1dc", "#f7c67f", "#e97f3f", "#bb3423", "#5e1020"],
  cpu_load: ["#e9f3fb", "#a9cfee", "#529dd6", "#1a66a8", "#0a2f5c"],
  power_watts: ["#edf6e9", "#b5dcae", "#62b077", "#207b56", "#0b3f35"],
  voltage: ["#f3eff9", "#cdbfe6", "#9b85cb", "#664aa0", "#361b63"],
};
const DARK: Readonly<Record<Metric, readonly string[]>> = {
  temp_c: ["#33201a", "#74301f", "#bd5322", "#f09a43", "#ffe9a8"],
  cpu_load: ["#152838", "#1f4c75", "#3380bd", "#6fb6ec", "#d6f0ff"],
  power_watts: ["#162b23", "#1f5442", "#338a64", "#71c28d", "#dcf7d0"],
  voltage: ["#252038", "#463577", "#775db5", "#ab94e0", "#ece2ff"],
};
const INKS = { dark: "#000000", light: "#ffffff" } as const;

const STEPS = 128;

export function colourScale(
  metric: Metric,
  [low, high]: readonly [number, number],
  isDark: boolean,
): ColourScale {
  const { colours, inks } = tableOf(metric, isDark);
  const at = (value: number) => {
    const part = high > low ? (value - low) / (high - low) : 0;
    return Math.round(Math.max(0, Math.min(1, part)) * (STEPS - 1));
  };
  return {
    low,
    high,
    colour: (value) => colours[at(value)] ?? "",
    ink: (value) => inks[at(value)] ?? INKS.dark,
  };
}

interface Table {
  readonly colours: readonly string[];
  readonly inks: readonly string[];
}

const tables = new Map<string, Table>();

function tableOf(metric: Metric, isDark: boolean): Table {
  const key = `${metric} ${isDark}`;
  let table = tables.get(key);
  if (table === undefined) {
    const anchors = (isDark ? DARK : LIGHT)[metric].map(labOf);
    const labs = Array.from({ length: STEPS }, (_, step) => mixed(anchors, step / (STEPS - 1)));
    const colours = labs.map(hexOf);
    tables.set(key, table = { colours, inks: colours.map(inkOn) });
  }
  return table;
}

/**
 * What the scale goes from and to. Temperatures and loads have the same ends everywhere; power and
 * voltage those of the fleet, on round numbers so that colours stay while values move.
 */
export function scaleEnds(
  metric: Metric,
  values: Iterable<number | null>,
  limits: readonly Limit[],
): readonly [number, number] {
  const highest = Math.max(...limits.map((limit) => limit.above), -Infinity);
  if (metric === "cpu_load") return [0, 100];
  if (metric === "temp_c") return [20, Math.max(100, Math.ceil((highest + 10) / 10) * 10)];
  let low = Infinity, high = highest;
  for (const value of values) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  if (metric === "power_watts") return [0, Math.max(1, roundUp(high))];
  return [Math.floor(low), Math.max(Math.ceil(high), Math.floor(low) + 1)];
}

/** The next of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten. */
function roundUp(value: number): number {
  if (value <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8].find((each) => each * power >= value) ?? 10;
  return step * power;
}

type Lab = readonly [number, number, number];

function mixed(anchors: readonly Lab[], part: number): Lab {
  const place = part * (anchors.length - 1);
  const index = Math.min(Math.floor(place), anchors.length - 2);
  const a = anchors[index] ?? [0, 0, 0], b = anchors[index + 1] ?? a;
  const mix = (from: number, to: number) => from + (to - from) * (place - index);
  return [mix(a[0], b[0]), mix(a[1], b[1]), mix(a[2], b[2])];
}

/** Black and white contrast the same with a luminance of 0.179: √(1.05 · 0.05) − 0.05. */
function inkOn(colour: string): string {
  const [r, g, b] = linearOf(colour);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? INKS.dark : INKS.light;
}

function linearOf(hex: string): readonly [number, number, number] {
  const channel = (at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

/** OKLab of `#rrggbb`. */
export function labOf(hex: string): Lab {
  const [r, g, b] = linearOf(hex);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function hexOf([lightness, a, b]: Lab): string {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const channels = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const text = channels.map((linear) => {
    const bounded = Math.max(0, Math.min(1, linear));
    const value = bounded <= 0.0031308 ? 12.92 * bounded : 1.055 * bounded ** (1 / 2.4) - 0.055;
    return Math.round(value * 255).toString(16).padStart(2, "0");
  });
  return `#${text.join("")}`;
}
