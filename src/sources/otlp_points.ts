/**
 * OTLP/JSON → one flat record a data point, so that columns name what they mean:
 *
 * ```
 * { protocol: "otlp", name: "hw.temperature", unit: "Cel", kind: "gauge",
 *   "resource.host.name": "web-1", "attributes.hw.id": "cpu0",
 *   timestamp: "1763692976000000000", value: 61.5 }
 * ```
 *
 * `kind` is `gauge`, `sum` (with `temporality` 1 delta, 2 cumulative, `monotonic`, and
 * `start_timestamp`), `histogram`, `exponentialHistogram` or `summary`; the last three have no single
 * value, theirs is null. Format:
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding and opentelemetry-proto's
 * metrics.proto. Null where it is not of that form.
 */
import { LIMITS } from "../limits.ts";
import { type Fields, isObject } from "../model/record.ts";

const KINDS = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"] as const;

export function otlpPoints(resourceMetrics: readonly unknown[]): Fields[] | "too_large" | null {
  const points = new Points();
  for (const entry of resourceMetrics) {
    if (!isObject(entry)) return null;
    const ofResource: Columns = {};
    if (isObject(entry["resource"])) {
      addAttributes(ofResource, "resource.", entry["resource"]["attributes"]);
    }
    for (const scope of listOf(entry["scopeMetrics"])) {
      if (!isObject(scope)) return null;
      for (const metric of listOf(scope["metrics"])) {
        if (!isObject(metric) || !addPoints(metric, ofResource, points)) return null;
        if (points.isTooLarge) return "too_large";
      }
    }
  }
  return points.fields;
}

/** Flat records, as long as they are not too much, each with its resource's attributes written out. */
class Points {
  readonly fields: Fields[] = [];
  #bytesLeft: number = LIMITS.lineRecordsBytesMax;

  get isTooLarge(): boolean {
    return this.#bytesLeft < 0;
  }

  add(fields: Fields, chars: number): void {
    this.#bytesLeft -= chars;
    if (!this.isTooLarge) this.fields.push(fields);
  }
}

/** Names have a prefix, or are ours: none is one that objects have by nature. */
type Columns = Record<string, unknown>;

/** False where the metric is not of the form. */
function addPoints(metric: Fields, ofResource: Columns, points: Points): boolean {
  const kind = KINDS.find((one) => isObject(metric[one]));
  if (kind === undefined) return true;
  const data = metric[kind] as Fields;
  const isSum = kind === "sum";
  const ofMetric: Columns = {
    protocol: "otlp",
    name: metric["name"] ?? null,
    unit: metric["unit"] ?? null,
    kind,
    ...(isSum && {
      temporality: data["aggregationTemporality"] ?? null,
      monotonic: data["isMonotonic"] ?? false,
    }),
    ...ofResource,
  };
  const charsOfMetric = charsOf(ofMetric);
  for (const point of listOf(data["dataPoints"])) {
    if (!isObject(point)) return false;
    if (points.isTooLarge) return true;
    const fields = { ...ofMetric };
    const chars = charsOfMetric + addAttributes(fields, "attributes.", point["attributes"]);
    if (isSum) fields["start_timestamp"] = point["startTimeUnixNano"] ?? null;
    fields["timestamp"] = point["timeUnixNano"] ?? null;
    fields["value"] = point["asDouble"] ?? point["asInt"] ?? null;
    points.add(fields, chars);
  }
  return true;
}

/** Gives about how many characters they take as a text. */
function addAttributes(columns: Columns, prefix: string, list: unknown): number {
  let chars = 0;
  for (const one of listOf(list)) {
    if (!isObject(one) || typeof one["key"] !== "string") continue;
    const name = prefix + one["key"];
    const value = plainValue(one["value"]);
    columns[name] = value;
    chars += charsOfPair(name, value);
  }
  return chars;
}

/** An `AnyValue`: what it holds; of lists and maps the whole, as it came. */
function plainValue(value: unknown): unknown {
  if (!isObject(value)) return null;
  return value["stringValue"] ?? value["intValue"] ?? value["doubleValue"] ?? value["boolValue"] ??
    value;
}

/** Quotes, a colon, a comma; a number or a truth. */
const CHARS_A_PAIR = 16;

/** About what they take as a text. */
function charsOf(columns: Columns): number {
  let chars = 0;
  for (const name in columns) chars += charsOfPair(name, columns[name]);
  return chars;
}

function charsOfPair(name: string, value: unknown): number {
  const chars = CHARS_A_PAIR + name.length;
  if (typeof value === "string") return chars + value.length;
  return typeof value === "object" && value !== null ? chars + JSON.stringify(value).length : chars;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
