/**
 * Numbers, sizes and spans of time as the page writes them, by the viewer's `formats`. Those are the
 * same on the server and in the browser until the islands are hydrated, so that the first paint and
 * the live one agree to the character. Temperatures are °C everywhere but in what is written here.
 */
import type { Metric } from "../model/reading.ts";
import { celsiusToFahrenheit } from "../units/temperature.ts";
import { formats, PLAIN_FORMATS } from "./formats.ts";

export const NOT_MEASURED = "–";

export interface MetricView {
  readonly label: string;
  /** What stands behind the number, with its space where one belongs. */
  readonly unit: string;
  readonly digits: number;
}

export const METRIC_VIEWS: Readonly<Record<Metric, MetricView>> = {
  cpu_load: { label: "CPU load", unit: "\u202f%", digits: 1 },
  temp_c: {
    label: "Temperature",
    get unit() {
      return `\u202f°${formats.value.temperature}`;
    },
    digits: 1,
  },
  power_watts: { label: "Power", unit: "\u202fW", digits: 0 },
  voltage: { label: "Voltage", unit: "\u202fV", digits: 2 },
};

/** A value as kept in the unit that it is shown in: only °C may become °F. */
export function shownValue(metric: Metric, value: number): number {
  const isFahrenheit = metric === "temp_c" && formats.value.temperature === "F";
  return isFahrenheit ? celsiusToFahrenheit(value) : value;
}

/** The same for a difference between two values. */
export function shownDifference(metric: Metric, difference: number): number {
  const isFahrenheit = metric === "temp_c" && formats.value.temperature === "F";
  return isFahrenheit ? difference * 9 / 5 : difference;
}

/** `12,345.6` in the viewer's locale; a true minus sign; `–` for null. */
export function formatNumber(value: number | null, digits = 0): string {
  if (value === null || !Number.isFinite(value)) return NOT_MEASURED;
  const size = Math.abs(value);
  const text = writerOf(formats.value.locale)(size, digits);
  return value < 0 && Number(size.toFixed(digits)) !== 0 ? `−${text}` : text;
}

type Writer = (size: number, digits: number) => string;

const writers = new Map<string, Writer>([[PLAIN_FORMATS.locale, plainly]]);

function writerOf(locale: string): Writer {
  let writer = writers.get(locale);
  if (writer === undefined) writers.set(locale, writer = localeWriter(locale));
  return writer;
}

function plainly(size: number, digits: number): string {
  const text = size.toFixed(digits);
  const point = text.indexOf(".");
  const whole = point < 0 ? text : text.slice(0, point);
  return whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",") + (point < 0 ? "" : text.slice(point));
}

function localeWriter(locale: string): Writer {
  const byDigits: Intl.NumberFormat[] = [];
  return (size, digits) => {
    const format = byDigits[digits] ??= new Intl.NumberFormat(locale, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    return format.format(size);
  };
}

/** With the digits that it has, three at most: `0.1`, `2`, `1.5`. */
export function formatShort(value: number): string {
  const rounded = Number(value.toFixed(3));
  return formatNumber(rounded, String(rounded).split(".")[1]?.length ?? 0);
}

export function formatMetric(metric: Metric, value: number | null): string {
  if (value === null) return NOT_MEASURED;
  const view = METRIC_VIEWS[metric];
  return formatNumber(shownValue(metric, value), view.digits) + view.unit;
}

/** `°C`, `%`: for where the unit stands apart from its number. */
export function unitSign(metric: Metric): string {
  return METRIC_VIEWS[metric].unit.trimStart();
}

/** A total of watts in the unit that keeps it short: `853 W`, `12.4 kW`, `1.25 MW`. */
export function formatPower(
  watts: number | null,
): { readonly value: string; readonly unit: string } {
  if (watts === null) return { value: NOT_MEASURED, unit: "" };
  const size = Math.abs(watts);
  if (size < 10_000) return { value: formatNumber(watts), unit: "W" };
  if (size < 1_000_000) {
    return { value: formatNumber(watts / 1000, size < 100_000 ? 2 : 1), unit: "kW" };
  }
  return { value: formatNumber(watts / 1_000_000, 2), unit: "MW" };
}

/** A signed difference: `+0.4`, `−1.2`, `±0.0`. */
export function formatChange(value: number, digits: number): string {
  const text = formatNumber(value, digits);
  if (Number(value.toFixed(digits)) === 0) return `±${formatNumber(0, digits)}`;
  return value > 0 ? `+${text}` : text;
}

/** `950`, `12.3 k`, `4.56 M`: for what moves too fast to be read to the last digit. */
export function formatCompact(value: number): string {
  const size = Math.abs(value);
  if (size < 10_000) return formatNumber(value);
  if (size < 1_000_000) return `${formatNumber(value / 1000, size < 100_000 ? 1 : 0)}\u202fk`;
  if (size < 1e9) return `${formatNumber(value / 1e6, size < 1e8 ? 2 : 0)}\u202fM`;
  return `${formatNumber(value / 1e9, 2)}\u202fG`;
}

/** Events a second: `0.67`, `12.3`, `1,204`. */
export function formatRate(perSecond: number): string {
  if (perSecond === 0) return "0";
  if (perSecond < 10) return formatNumber(perSecond, 2);
  return perSecond < 100 ? formatNumber(perSecond, 1) : formatCompact(Math.round(perSecond));
}

/** `512 B`, `1.5 MB` (powers of 1000, as disks are sold). */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${formatNumber(size, unit === 0 || size >= 100 ? 0 : 1)}\u202f${units[unit]}`;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A span, two units at most: `0.4 s`, `42 s`, `3 min 05 s`, `2 h 10 min`, `4 d 3 h`. */
export function formatSpan(ms: number): string {
  const span = Math.max(0, ms);
  if (span < 9_950) return `${formatNumber(span / SECOND_MS, 1)}\u202fs`;
  if (span < MINUTE_MS) return `${formatNumber(Math.floor(span / SECOND_MS))}\u202fs`;
  if (span < HOUR_MS) return twoUnits(span, MINUTE_MS, "min", SECOND_MS, "s");
  if (span < DAY_MS) return twoUnits(span, HOUR_MS, "h", MINUTE_MS, "min");
  return twoUnits(span, DAY_MS, "d", HOUR_MS, "h");
}

function twoUnits(ms: number, big: number, bigName: string, small: number, smallName: string) {
  const smalls = Math.floor(ms / small);
  const perBig = big / small;
  const rest = smalls % perBig;
  const head = `${formatNumber(Math.floor(smalls / perBig))}\u202f${bigName}`;
  if (rest === 0) return head;
  return `${head} ${formatNumber(rest).padStart(2, formatNumber(0))}\u202f${smallName}`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}
