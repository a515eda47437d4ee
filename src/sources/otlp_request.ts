/**
 * A request of OTLP/HTTP (`POST /v1/metrics`) → lines for the archive, one `ResourceMetrics` each, as
 * OTLP/JSON, which is what the Collector's file exporter writes; and the answer to it. From protobuf
 * 64-bit integers become decimal texts, as OTLP/JSON has them; buckets of distributions and exemplars
 * are not kept, for nothing here reads them. JSON is kept as it came. otlp_points.ts reads the lines.
 *
 * https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
import { LIMITS } from "../limits.ts";
import type { Fields } from "../model/record.ts";
import { isObject } from "./line_parser.ts";
import { METRICS_REQUEST, METRICS_RESPONSE } from "./protobuf_messages.ts";

export type OtlpLines =
  | { readonly kind: "lines"; readonly lines: readonly string[]; readonly dataPoints: number }
  | { readonly kind: "refused"; readonly message: string };

export function otlpJsonLines(body: Uint8Array): OtlpLines {
  let request: unknown;
  try {
    request = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    return refused(`the body is no JSON in UTF-8 (${(error as Error).message})`);
  }
  const entries = isObject(request) ? request["resourceMetrics"] ?? [] : null;
  if (!Array.isArray(entries)) {
    return refused(`the body must be {"resourceMetrics": […]}, as OTLP/JSON has it`);
  }
  return linesOf(entries);
}

export function otlpProtobufLines(body: Uint8Array): OtlpLines {
  let request: { [key: string]: unknown };
  try {
    request = METRICS_REQUEST.toObject(METRICS_REQUEST.decode(body), {
      longs: String,
      bytes: String,
      json: true,
    });
  } catch (error) {
    return refused(`the body is no ExportMetricsServiceRequest (${(error as Error).message})`);
  }
  return linesOf(request["resourceMetrics"] as unknown[] | undefined ?? []);
}

/** `ExportMetricsServiceResponse` of a request that was taken whole. */
export function otlpSuccess(form: "json" | "protobuf"): Uint8Array<ArrayBuffer> {
  return form === "json"
    ? new TextEncoder().encode("{}")
    : new Uint8Array(METRICS_RESPONSE.encode({}).finish());
}

function refused(reason: string): OtlpLines {
  return { kind: "refused", message: `Cannot read the metrics: ${reason}.` };
}

function linesOf(entries: readonly unknown[]): OtlpLines {
  const lines: string[] = [];
  let dataPoints = 0;
  for (const entry of entries) {
    if (!isObject(entry)) return refused("an entry of resourceMetrics is no object");
    const points = pointsOf(entry);
    dataPoints += points;
    const line = JSON.stringify({ resourceMetrics: [entry] });
    if (points <= LIMITS.lineRecordsMax && fits(line)) {
      lines.push(line);
      continue;
    }
    for (const metric of metricsOf(entry)) {
      const parts = splitMetric(entry, metric);
      if (parts === null) return refused("one data point is larger than a line may be");
      for (const part of parts) lines.push(part);
    }
  }
  return { kind: "lines", lines, dataPoints };
}

/** A UTF-16 unit is three bytes of UTF-8 at most. */
function fits(line: string): boolean {
  return line.length * 3 < LIMITS.lineBytesMax || Buffer.byteLength(line) < LIMITS.lineBytesMax;
}

const KINDS = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"] as const;

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function metricsOf(entry: Fields): readonly Fields[] {
  return listOf(entry["scopeMetrics"])
    .flatMap((scope) => isObject(scope) ? listOf(scope["metrics"]).filter(isObject) : []);
}

function dataOf(metric: Fields): readonly [kind: string, data: Fields] | null {
  const kind = KINDS.find((one) => isObject(metric[one]));
  return kind === undefined ? null : [kind, metric[kind] as Fields];
}

function pointsOf(entry: Fields): number {
  return metricsOf(entry)
    .reduce((sum, metric) => sum + listOf(dataOf(metric)?.[1]["dataPoints"]).length, 0);
}

/** Of a large entry: a line for so many points of a metric at a time, without the scope. */
function splitMetric(entry: Fields, metric: Fields): string[] | null {
  const found = dataOf(metric);
  if (found === null) return [];
  const [kind, data] = found;
  const write = (points: readonly unknown[]) =>
    JSON.stringify({
      resourceMetrics: [{
        resource: entry["resource"],
        scopeMetrics: [{ metrics: [{ ...metric, [kind]: { ...data, dataPoints: points } }] }],
      }],
    });
  const lines: string[] = [];
  const rest = [listOf(data["dataPoints"])];
  while (rest.length > 0) {
    const points = rest.pop()!;
    const line = points.length <= LIMITS.lineRecordsMax ? write(points) : null;
    if (line !== null && fits(line)) lines.push(line);
    else if (points.length <= 1) return null;
    else rest.push(points.slice(points.length >> 1), points.slice(0, points.length >> 1));
  }
  return lines;
}
