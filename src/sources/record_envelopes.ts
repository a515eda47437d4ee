/**
 * One JSON object that holds many records, as agents batch them → the records. Told by its keys:
 *
 * ```
 * {"metrics":[{"name","tags","fields","timestamp"},…]}     Telegraf's JSON, batched
 * {"labels":{…},"samples":[[ms, value],…]}                 a series of Prometheus remote write
 * {"resourceMetrics":[…]}                                  OTLP/JSON (otlp_points.ts)
 * ```
 *
 * Formats: https://docs.influxdata.com/telegraf/v1/data_formats/output/json/,
 * https://prometheus.io/docs/specs/prw/remote_write_spec/. Gives the fields no meaning.
 */
import { LIMITS } from "../limits.ts";
import { type Fields, isObject } from "../model/record.ts";
import { otlpPoints } from "./otlp_points.ts";

/** Its records would take more than `LIMITS.lineRecordsBytesMax`, as they share what they repeat. */
export const TOO_LARGE = "too_large";

/**
 * The records within, maybe none; null where the object is a record itself. An envelope has no other
 * keys: what has is somebody's record, whatever it calls its parts.
 */
export function recordsWithin(fields: Fields): Fields[] | typeof TOO_LARGE | null {
  for (const key in fields) if (!ENVELOPE_KEYS.has(key)) return null;
  const { metrics, resourceMetrics, labels, samples } = fields;
  if (Array.isArray(resourceMetrics)) return otlpPoints(resourceMetrics);
  if (Array.isArray(metrics)) return metrics.every(isTelegrafMetric) ? metrics : null;
  if (!isObject(labels) || !Array.isArray(samples)) return null;
  if (!samples.every(isSample)) return null;
  // So few times a whole line can't be too much.
  const mayBeLarge = samples.length > LIMITS.lineRecordsBytesMax / LIMITS.lineBytesMax;
  return mayBeLarge && samples.length * JSON.stringify(labels).length > LIMITS.lineRecordsBytesMax
    ? TOO_LARGE
    : samples.map(([timestamp, value]) => ({ labels, timestamp, value }));
}

const ENVELOPE_KEYS: ReadonlySet<string> = new Set([
  "metrics",
  "resourceMetrics",
  "labels",
  "samples",
]);

function isTelegrafMetric(value: unknown): value is Fields {
  return isObject(value) && typeof value["name"] === "string" && isObject(value["fields"]);
}

function isSample(value: unknown): value is [unknown, unknown] {
  return Array.isArray(value) && value.length === 2;
}
