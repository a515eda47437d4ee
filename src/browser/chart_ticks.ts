/** Where a chart's axes have their words and lines: the same for every drawing of it. Pure. */
import type { TimeWindow } from "./ranges.ts";
import type { TimeFormat } from "./times.ts";
import { zoneOffsetMs } from "./zone_offset.ts";

export interface Ticks {
  /** Ascending, within the axis. */
  readonly at: readonly number[];
  readonly step: number;
}

/** More than this can't be read on a phone. */
const INTERVALS_MAX = 6;

const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;
const STEPS_MS = [
  ...[1, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((each) => each * MINUTE_S),
  ...[1, 2, 3, 6, 12].map((each) => each * HOUR_S),
  ...[1, 2, 7, 14, 30, 90].map((each) => each * DAY_S),
].map((each) => each * 1000);

/** Round numbers: 1, 2 or 5 of a power of ten apart. */
export function valueTicks(low: number, high: number): Ticks {
  const least = (high - low) / INTERVALS_MAX;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * ([1, 2, 5].find((each) => each * power >= least) ?? 10);
  return { at: multiples(step, 0, low, high), step };
}

/** Round times of the viewer's clock, epoch ms. */
export function timeTicks({ fromMs, toMs }: TimeWindow, time: TimeFormat): Ticks {
  const least = (toMs - fromMs) / INTERVALS_MAX;
  const step = STEPS_MS.find((each) => each >= least) ?? 90 * DAY_S * 1000;
  return { at: multiples(step, zoneOffsetMs(time.zone, toMs), fromMs, toMs), step };
}

/** Digits behind the point that tell neighbours apart. */
export function tickDigits(step: number): number {
  return step < 0.1 ? 2 : step < 1 ? 1 : 0;
}

/** Every `n * step - ahead` from `low` to `high`. */
function multiples(step: number, ahead: number, low: number, high: number): number[] {
  const first = Math.ceil((low + ahead) / step - 1e-9);
  const last = Math.floor((high + ahead) / step + 1e-9);
  return Array.from(
    { length: last - first + 1 },
    (_, index) => Number(((first + index) * step - ahead).toFixed(6)),
  );
}
