/**
 * An OTLP metrics request, as the object of its JSON form, becomes lines of the archive: one
 * `{"resourceMetrics":[ONE]}` for each entry, as the OpenTelemetry Collector's
 * file exporter writes it. An entry too long for a line is split by scopes, metrics, data points
 * until each line fits, in bytes and in points; what stands around them is repeated in each. All of the request or nothing.
 *
 * Format: opentelemetry.io/docs/specs/otel/protocol/file-exporter.
 */
import { LIMITS } from "../limits.ts";
import { isObject } from "../model/record.ts";
import type { JsonObject } from "./protobuf_message.ts";

export type OtlpLines =
  | { readonly kind: "lines"; readonly lines: readonly string[]; readonly dataPoints: number }
  | { readonly kind: "refused"; readonly message: string };

const DATA_KINDS = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"] as const;

/** Throws `TypeError` or `RangeError` with the rule that the request does not keep. */
export function linesOfRequest(request: unknown): OtlpLines {
  if (!isObject(request)) throw new TypeError("a request is a JSON object with resourceMetrics");
  const lines: string[] = [];
  let bytes = 0;
  let dataPoints = 0;
  const add = (entry: JsonObject): void => {
    const points = pointsOf(entry);
    const partsByPoints = Math.ceil(points / LIMITS.lineRecordsMax);
    if (partsByPoints > 1) {
      for (const part of partsOf(entry, partsByPoints)) add(part);
      return;
    }
    const line = `{"resourceMetrics":[${JSON.stringify(entry)}]}`;
    const lineBytes = Buffer.byteLength(line);
    if (lineBytes >= LIMITS.lineBytesMax) {
      // A fifth of room, so that unequal parts mostly fit at once.
      const parts = Math.ceil(1.2 * lineBytes / LIMITS.lineBytesMax);
      for (const part of partsOf(entry, parts, lineBytes)) add(part);
      return;
    }
    bytes += lineBytes;
    if (bytes > LIMITS.httpBodyLinesBytesMax) {
      throw new RangeError(
        `its lines take more than ${LIMITS.httpBodyLinesBytesMax} bytes; send smaller batches`,
      );
    }
    lines.push(line);
    dataPoints += points;
  };
  for (const entry of objects(request, "resourceMetrics")) add(entry);
  return { kind: "lines", lines, dataPoints };
}

function pointsOf(entry: JsonObject): number {
  let points = 0;
  for (const scope of objects(entry, "scopeMetrics")) {
    for (const metric of objects(scope, "metrics")) {
      const kind = kindOf(metric);
      if (kind !== null) points += objects(metric[kind] as JsonObject, "dataPoints").length;
    }
  }
  return points;
}

/** The one kind of data that a metric has, or null: it has none that is known. */
function kindOf(metric: JsonObject): (typeof DATA_KINDS)[number] | null {
  let found: (typeof DATA_KINDS)[number] | null = null;
  for (const kind of DATA_KINDS) {
    const data = metric[kind];
    if (data === undefined || data === null) continue;
    if (!isObject(data)) throw new TypeError(`a metric's ${kind} must be an object`);
    if (found !== null) throw new TypeError(`a metric has either ${found} or ${kind}, not both`);
    found = kind;
  }
  return found;
}

/** The entry in about so many: by scopes, of one scope by metrics, of one metric by points. */
function partsOf(entry: JsonObject, parts: number, lineBytes = 0): JsonObject[] {
  const withScopes = (list: readonly JsonObject[]) => ({ ...entry, scopeMetrics: list });
  const scopes = objects(entry, "scopeMetrics").filter((scope) =>
    pointsOf(withScopes([scope])) > 0
  );
  if (scopes.length > 1) return split(scopes, parts).map(withScopes);
  const scope = scopes[0];
  if (scope === undefined) throw tooLong("an entry without data points", lineBytes);
  const withMetrics = (metrics: readonly JsonObject[]) => withScopes([{ ...scope, metrics }]);
  const metrics = objects(scope, "metrics").filter((metric) => pointsOf(withMetrics([metric])) > 0);
  if (metrics.length > 1) return split(metrics, parts).map(withMetrics);
  const metric = metrics[0]!;
  const kind = kindOf(metric)!;
  const data = metric[kind] as JsonObject;
  const points = objects(data, "dataPoints");
  if (points.length < 2) {
    throw tooLong("one data point, with its resource, scope and metric,", lineBytes);
  }
  return split(points, parts).map((dataPoints) =>
    withMetrics([{ ...metric, [kind]: { ...data, dataPoints } }])
  );
}

function tooLong(what: string, lineBytes: number): RangeError {
  return new RangeError(
    `${what} takes ${lineBytes} bytes; a line has less than ${LIMITS.lineBytesMax}`,
  );
}

/** Two lists or more, none empty, of a list of two or more. */
function split<Item>(list: readonly Item[], parts: number): Item[][] {
  const size = Math.max(1, Math.ceil(list.length / Math.max(2, parts)));
  const lists: Item[][] = [];
  for (let from = 0; from < list.length; from += size) lists.push(list.slice(from, from + size));
  return lists;
}

/** A list of objects; none where it is absent or null, as JSON's form of protobuf has it. */
function objects(holder: JsonObject, name: string): readonly JsonObject[] {
  const list = holder[name];
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list) || !list.every(isObject)) {
    throw new TypeError(`${name} must be an array of objects`);
  }
  return list;
}
