/**
 * OTLP's metric messages by field number, under their JSON names: what a protobuf request is read
 * by. Just ExportMetricsServiceRequest and what it refers to.
 *
 * Source: opentelemetry-proto 1.x, `collector/metrics/v1`, `metrics/v1`, `common/v1`, `resource/v1`.
 */
import { protobufSchema } from "./protobuf_message.ts";

const POINT_TIMES = { 2: "fixed64 startTimeUnixNano", 3: "fixed64 timeUnixNano" };
const NUMBER = { 4: "oneof double asDouble", 6: "oneof sfixed64 asInt" };
export const OTLP_MESSAGES = protobufSchema({
  Request: { 1: "repeated ResourceMetrics resourceMetrics" },
  ResourceMetrics: {
    1: "Resource resource",
    2: "repeated ScopeMetrics scopeMetrics",
    3: "string schemaUrl",
  },
  Resource: {
    1: "repeated KeyValue attributes",
    2: "uint32 droppedAttributesCount",
    3: "repeated EntityRef entityRefs",
  },
  EntityRef: {
    1: "string schemaUrl",
    2: "string type",
    3: "repeated string idKeys",
    4: "repeated string descriptionKeys",
  },
  ScopeMetrics: { 1: "Scope scope", 2: "repeated Metric metrics", 3: "string schemaUrl" },
  Scope: {
    1: "string name",
    2: "string version",
    3: "repeated KeyValue attributes",
    4: "uint32 droppedAttributesCount",
  },
  Metric: {
    1: "string name",
    2: "string description",
    3: "string unit",
    5: "oneof Gauge gauge",
    7: "oneof Sum sum",
    9: "oneof Histogram histogram",
    10: "oneof ExponentialHistogram exponentialHistogram",
    11: "oneof Summary summary",
    12: "repeated KeyValue metadata",
  },
  Gauge: { 1: "repeated NumberDataPoint dataPoints" },
  Sum: {
    1: "repeated NumberDataPoint dataPoints",
    2: "int32 aggregationTemporality",
    3: "bool isMonotonic",
  },
  Histogram: { 1: "repeated HistogramDataPoint dataPoints", 2: "int32 aggregationTemporality" },
  ExponentialHistogram: {
    1: "repeated ExponentialHistogramDataPoint dataPoints",
    2: "int32 aggregationTemporality",
  },
  Summary: { 1: "repeated SummaryDataPoint dataPoints" },
  NumberDataPoint: {
    ...POINT_TIMES,
    ...NUMBER,
    5: "repeated Exemplar exemplars",
    7: "repeated KeyValue attributes",
    8: "uint32 flags",
  },
  HistogramDataPoint: {
    ...POINT_TIMES,
    4: "fixed64 count",
    5: "double sum",
    6: "repeated fixed64 bucketCounts",
    7: "repeated double explicitBounds",
    8: "repeated Exemplar exemplars",
    9: "repeated KeyValue attributes",
    10: "uint32 flags",
    11: "double min",
    12: "double max",
  },
  ExponentialHistogramDataPoint: {
    1: "repeated KeyValue attributes",
    ...POINT_TIMES,
    4: "fixed64 count",
    5: "double sum",
    6: "sint32 scale",
    7: "fixed64 zeroCount",
    8: "Buckets positive",
    9: "Buckets negative",
    10: "uint32 flags",
    11: "repeated Exemplar exemplars",
    12: "double min",
    13: "double max",
    14: "double zeroThreshold",
  },
  Buckets: { 1: "sint32 offset", 2: "repeated uint64 bucketCounts" },
  SummaryDataPoint: {
    ...POINT_TIMES,
    4: "fixed64 count",
    5: "double sum",
    6: "repeated Quantile quantileValues",
    7: "repeated KeyValue attributes",
    8: "uint32 flags",
  },
  Quantile: { 1: "double quantile", 2: "double value" },
  Exemplar: {
    2: "fixed64 timeUnixNano",
    3: "oneof double asDouble",
    4: "hex spanId",
    5: "hex traceId",
    6: "oneof sfixed64 asInt",
    7: "repeated KeyValue filteredAttributes",
  },
  KeyValue: { 1: "string key", 2: "AnyValue value" },
  AnyValue: {
    1: "oneof string stringValue",
    2: "oneof bool boolValue",
    3: "oneof int64 intValue",
    4: "oneof double doubleValue",
    5: "oneof ArrayValue arrayValue",
    6: "oneof KeyValueList kvlistValue",
    7: "oneof bytes bytesValue",
  },
  ArrayValue: { 1: "repeated AnyValue values" },
  KeyValueList: { 1: "repeated KeyValue values" },
});
