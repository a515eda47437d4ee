/**
 * The protobuf messages that agents send, as far as they are read; what is not named is skipped.
 * Field numbers from opentelemetry-proto's metrics/v1/metrics.proto (release 1.5) with its
 * collector/metrics/v1, common/v1 and resource/v1, and Prometheus' prompb/remote.proto, types.proto.
 */
import protobuf, { type INamespace, type Type } from "protobufjs/light.js";

const field = (type: string, id: number) => ({ type, id });
const list = (type: string, id: number) => ({ rule: "repeated", type, id });

const POINT = {
  startTimeUnixNano: field("fixed64", 2),
  timeUnixNano: field("fixed64", 3),
};

const OTLP: INamespace = {
  nested: {
    ExportMetricsServiceRequest: { fields: { resourceMetrics: list("ResourceMetrics", 1) } },
    ExportMetricsServiceResponse: { fields: { partialSuccess: field("PartialSuccess", 1) } },
    PartialSuccess: {
      fields: { rejectedDataPoints: field("int64", 1), errorMessage: field("string", 2) },
    },
    ResourceMetrics: {
      fields: { resource: field("Resource", 1), scopeMetrics: list("ScopeMetrics", 2) },
    },
    Resource: { fields: { attributes: list("KeyValue", 1) } },
    ScopeMetrics: { fields: { scope: field("Scope", 1), metrics: list("Metric", 2) } },
    Scope: { fields: { name: field("string", 1), version: field("string", 2) } },
    KeyValue: { fields: { key: field("string", 1), value: field("AnyValue", 2) } },
    AnyValue: {
      oneofs: {
        value: {
          oneof: [
            "stringValue",
            "boolValue",
            "intValue",
            "doubleValue",
            "arrayValue",
            "kvlistValue",
            "bytesValue",
          ],
        },
      },
      fields: {
        stringValue: field("string", 1),
        boolValue: field("bool", 2),
        intValue: field("int64", 3),
        doubleValue: field("double", 4),
        arrayValue: field("ArrayValue", 5),
        kvlistValue: field("KeyValueList", 6),
        bytesValue: field("bytes", 7),
      },
    },
    ArrayValue: { fields: { values: list("AnyValue", 1) } },
    KeyValueList: { fields: { values: list("KeyValue", 1) } },
    Metric: {
      oneofs: {
        data: { oneof: ["gauge", "sum", "histogram", "exponentialHistogram", "summary"] },
      },
      fields: {
        name: field("string", 1),
        description: field("string", 2),
        unit: field("string", 3),
        gauge: field("Gauge", 5),
        sum: field("Sum", 7),
        histogram: field("Histogram", 9),
        exponentialHistogram: field("Histogram", 10),
        summary: field("Histogram", 11),
      },
    },
    Gauge: { fields: { dataPoints: list("NumberDataPoint", 1) } },
    Sum: {
      fields: {
        dataPoints: list("NumberDataPoint", 1),
        aggregationTemporality: field("int32", 2),
        isMonotonic: field("bool", 3),
      },
    },
    /** Of all distributions alike: how many points, when and of what; not the buckets. */
    Histogram: { fields: { dataPoints: list("DistributionPoint", 1) } },
    DistributionPoint: { fields: { ...POINT, count: field("fixed64", 4) } },
    NumberDataPoint: {
      oneofs: { value: { oneof: ["asDouble", "asInt"] } },
      fields: {
        ...POINT,
        attributes: list("KeyValue", 7),
        asDouble: field("double", 4),
        asInt: field("sfixed64", 6),
      },
    },
  },
};

const REMOTE_WRITE: INamespace = {
  nested: {
    WriteRequest: { fields: { timeseries: list("TimeSeries", 1) } },
    TimeSeries: { fields: { labels: list("Label", 1), samples: list("Sample", 2) } },
    Label: { fields: { name: field("string", 1), value: field("string", 2) } },
    // A double, read as its bits: which NaN it is matters, and JavaScript keeps only that it is one.
    Sample: { fields: { value: field("fixed64", 1), timestamp: field("int64", 2) } },
  },
};

const otlp = protobuf.Root.fromJSON(OTLP);

export const METRICS_REQUEST: Type = otlp.lookupType("ExportMetricsServiceRequest");
export const METRICS_RESPONSE: Type = otlp.lookupType("ExportMetricsServiceResponse");
export const WRITE_REQUEST: Type = protobuf.Root.fromJSON(REMOTE_WRITE).lookupType("WriteRequest");
