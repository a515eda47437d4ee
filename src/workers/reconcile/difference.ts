/** Where what a bucket should hold and what the store says it holds part, in words. Pure. */
import { type Metric, METRICS } from "../../model/reading.ts";
import { isoUtc } from "../../model/iso_time.ts";
import type { RollupDelta } from "../../model/rollup.ts";

type Content = Pick<RollupDelta, "readings" | "metrics" | "temperatureHistogram">;
type Place = Pick<RollupDelta, "stepS" | "bucketMs" | "region" | "hostId">;

/** One bucket that differs, and the first of its values that does. */
export interface Difference {
  /** A region, or `region/host`. */
  readonly series: string;
  readonly stepS: number;
  readonly bucketMs: number;
  readonly field: string;
  /** What it should be; null: nothing. */
  readonly expected: number | null;
  /** Who says so: the archive, or of a coarser tier the one below it. */
  readonly by: string;
  /** What the store's rollup says; null: nothing. */
  readonly store: number | null;
}

/** Null where both are the same, to the bit. `stored` null: there is no such row. */
export function differenceOf(
  place: Place,
  should: Content,
  by: string,
  stored: Content | null,
): Difference | null {
  const found = firstField(should, stored);
  if (found === null) return null;
  const { stepS, bucketMs, region, hostId } = place;
  const series = hostId === null ? region : `${region}/${hostId}`;
  const [field, expected, store] = found;
  return { series, stepS, bucketMs, field, expected, by, store };
}

export function describeDifference(runId: string, difference: Difference): string {
  const { series, stepS, bucketMs, field, expected, by, store } = difference;
  return `${runId}: ${series}, ${stepS} s from ${isoUtc(bucketMs)}: ${field} is ` +
    `${expected ?? "none"} by ${by}, ${store ?? "none"} in the hot store`;
}

type Found = readonly [field: string, expected: number | null, store: number | null];

function firstField(expected: Content, stored: Content | null): Found | null {
  const readings = stored?.readings ?? null;
  if (expected.readings !== readings) return ["readings", expected.readings, readings];
  for (const metric of METRICS) {
    const found = firstOfMetric(metric, expected, stored!);
    if (found !== null) return found;
  }
  const bins = new Set([
    ...expected.temperatureHistogram.keys(),
    ...stored!.temperatureHistogram.keys(),
  ]);
  for (const bin of bins) {
    const cold = expected.temperatureHistogram.get(bin) ?? 0;
    const hot = stored!.temperatureHistogram.get(bin) ?? 0;
    if (cold !== hot) return [`count at ${bin} °C`, cold, hot];
  }
  return null;
}

const VALUES = ["count", "sumMicro", "min", "max"] as const;
const WORDS = { count: "count", sumMicro: "sum in millionths", min: "min", max: "max" } as const;

function firstOfMetric(metric: Metric, expected: Content, stored: Content): Found | null {
  const cold = expected.metrics[metric];
  const hot = stored.metrics[metric];
  for (const value of VALUES) {
    const a = cold?.[value] ?? null;
    const b = hot?.[value] ?? null;
    if (a !== b) return [`${metric} ${WORDS[value]}`, a, b];
  }
  return null;
}
