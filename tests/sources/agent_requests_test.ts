/**
 * Bodies of OTLP/HTTP and remote write → lines. The golden bodies were written by other programs:
 * opentelemetry-proto for Python, and a snappy of its own around bytes set by hand.
 */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { snappyCompress, snappyUncompress } from "hysnappy";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LIMITS } from "../../src/limits.ts";
import { otlpJsonLines, otlpProtobufLines, otlpSuccess } from "../../src/sources/otlp_request.ts";
import { remoteWriteLines } from "../../src/sources/remote_write_request.ts";

const GOLDEN = join(import.meta.dir, "..", "golden", "requests");
const golden = (name: string) => new Uint8Array(readFileSync(join(GOLDEN, name)));
const bytesOf = (text: string) => new TextEncoder().encode(text);

function linesOf<T extends { kind: string }>(result: T): unknown[] {
  if (!("lines" in result)) throw new Error(JSON.stringify(result));
  return (result.lines as string[]).map((line) => JSON.parse(line));
}

describe("OTLP in protobuf", () => {
  const result = otlpProtobufLines(golden("otlp.bin"));
  const metrics = (linesOf(result)[0] as {
    resourceMetrics: [{ resource: unknown; scopeMetrics: [{ metrics: unknown[] }] }];
  }).resourceMetrics[0];

  test("is a line a resource, with its attributes as OTLP/JSON has them", () => {
    expect(result).toMatchObject({ kind: "lines", dataPoints: 6 });
    expect(metrics.resource).toEqual({
      attributes: [
        { key: "host.name", value: { stringValue: "otel-1" } },
        { key: "cloud.region", value: { stringValue: "eu-west" } },
        { key: "n", value: { intValue: "42" } },
        { key: "b", value: { boolValue: true } },
      ],
    });
  });

  test("keeps times to the nanosecond and whole numbers as texts", () => {
    const [temperature, power, requests] = metrics.scopeMetrics[0].metrics;
    expect(temperature).toEqual({
      name: "hw.temperature",
      unit: "Cel",
      gauge: {
        dataPoints: [{
          timeUnixNano: "1763692976000000001",
          attributes: [
            { key: "hw.id", value: { stringValue: "cpu0" } },
            { key: "hw.sensor_location", value: { stringValue: "cpu0" } },
          ],
          asDouble: 64.5,
        }],
      },
    });
    expect(power).toMatchObject({ gauge: { dataPoints: [{ asInt: "310" }] } });
    expect(requests).toMatchObject({
      sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ asInt: "-7" }] },
    });
  });

  test("keeps of a distribution that it was there", () => {
    expect(metrics.scopeMetrics[0].metrics.slice(3)).toMatchObject([
      { name: "latency", histogram: { dataPoints: [{ count: "3" }] } },
      { name: "summary", summary: { dataPoints: [{ count: "2" }] } },
      { name: "exp", exponentialHistogram: { dataPoints: [{ count: "2" }] } },
    ]);
  });

  test("that is none is refused with a reason", () => {
    expect(otlpProtobufLines(bytesOf("not protobuf"))).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("no ExportMetricsServiceRequest"),
    });
  });

  test("of nothing is no line", () => {
    expect(otlpProtobufLines(new Uint8Array(0))).toEqual({
      kind: "lines",
      lines: [],
      dataPoints: 0,
    });
  });

  test("is answered with an empty message", () => {
    expect([...otlpSuccess("protobuf")]).toEqual([]);
    expect(new TextDecoder().decode(otlpSuccess("json"))).toBe("{}");
  });
});

describe("OTLP in JSON", () => {
  test("is kept as it came, on a line a resource", () => {
    const entry = (host: string) => ({
      resource: { attributes: [{ key: "host.name", value: { stringValue: host } }], extra: 1 },
      scopeMetrics: [{ metrics: [{ name: "x", gauge: { dataPoints: [{ asDouble: 1 }] } }] }],
    });
    const body = JSON.stringify({ resourceMetrics: [entry("a"), entry("b")] }, null, 2);
    const result = otlpJsonLines(bytesOf(body));
    expect(result).toMatchObject({ dataPoints: 2 });
    expect(linesOf(result)).toEqual([
      { resourceMetrics: [entry("a")] },
      { resourceMetrics: [entry("b")] },
    ]);
  });

  test.each(["[]", "1", '{"resourceMetrics":1}', '{"resourceMetrics":[1]}', "{"])(
    "%s is refused",
    (body) => expect(otlpJsonLines(bytesOf(body)).kind).toBe("refused"),
  );

  test("too large for a line is several, and no point is lost or doubled", () => {
    const points = Array.from(
      { length: 25_000 },
      (_, i) => ({ asInt: String(i), note: "x".repeat(60) }),
    );
    const body = JSON.stringify({
      resourceMetrics: [{
        resource: { attributes: [] },
        scopeMetrics: [{ metrics: [{ name: "big", unit: "W", gauge: { dataPoints: points } }] }],
      }],
    });
    const lines = linesOf(otlpJsonLines(bytesOf(body))) as {
      resourceMetrics: [{
        scopeMetrics: [{ metrics: [{ unit: string; gauge: { dataPoints: { asInt: string }[] } }] }];
      }];
    }[];
    const parts = lines.map((line) => line.resourceMetrics[0].scopeMetrics[0].metrics[0]);
    expect(parts.flatMap((part) => part.gauge.dataPoints.map((one) => Number(one.asInt))))
      .toEqual(points.map((_, i) => i));
    expect(lines.every((line) => JSON.stringify(line).length < LIMITS.lineBytesMax)).toBe(true);
    expect(new Set(parts.map((part) => part.unit))).toEqual(new Set(["W"]));
  });

  test("with a point larger than a line is refused", () => {
    const point = { asInt: "1", note: "x".repeat(LIMITS.lineBytesMax) };
    const metrics = [{ name: "m", gauge: { dataPoints: [point] } }];
    const body = JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
    expect(otlpJsonLines(bytesOf(body))).toMatchObject({ kind: "refused" });
  });
});

describe("remote write", () => {
  test("is a line a series; stale markers are left out and counted, other NaN are null", () => {
    const result = remoteWriteLines(golden("remote_write.bin"));
    expect(result).toMatchObject({ kind: "lines", series: 2, samples: 4, stale: 1 });
    const [temperature, other] = (result as unknown as { lines: string[] }).lines;
    expect(JSON.parse(temperature!)).toEqual({
      labels: {
        __name__: "node_hwmon_temp_celsius",
        chip: "platform_coretemp_0",
        instance: "h:9100",
        sensor: "temp1",
      },
      samples: [[1763692976000, 52.5], [1763692991000, 53]],
    });
    expect(other).toBe(
      '{"labels":{"__name__":"x","__proto__":"p"},"samples":[[1,null],[-5,"+Inf"]]}',
    );
  });

  test("that says it is larger than the limit is refused before it is decompressed", () => {
    const size = LIMITS.httpBodyBytesMax + 1;
    const varint = Array.from(
      { length: 5 },
      (_, i) => size / 2 ** (7 * i) & 0x7f | (i < 4 ? 0x80 : 0),
    );
    expect(remoteWriteLines(new Uint8Array([...varint, 0]))).toMatchObject({
      kind: "refused",
      message: expect.stringContaining(`${size} bytes`),
    });
  });

  test.each([["empty", []], ["without an end", [0x80]], ["no snappy", [5, 1, 2]]])(
    "%s is refused",
    (_name, bytes) => expect(remoteWriteLines(new Uint8Array(bytes)).kind).toBe("refused"),
  );
});

test("property: whatever bytes come, they are lines of JSON or a refusal, and nothing throws", () => {
  const all = golden("otlp_all.bin");
  const write = golden("remote_write_all.bin");
  const seeds = [
    ["otlp", all],
    ["write", write],
    // Two bytes of varint: the message within 128 … 16,383 bytes.
    ["message", snappyUncompress(write, (write[0]! & 127) + write[1]! * 128)],
    ["json", bytesOf(JSON.stringify(linesOf(otlpProtobufLines(all))[0]))],
  ] as const;
  const changes = fc.array(fc.tuple(fc.nat(5_000), fc.nat(255)), { minLength: 1, maxLength: 5 });
  const read = {
    otlp: otlpProtobufLines,
    write: remoteWriteLines,
    message: (body: Uint8Array) => remoteWriteLines(new Uint8Array(snappyCompress(body))),
    json: otlpJsonLines,
  };
  fc.assert(
    fc.property(fc.constantFrom(...seeds), changes, fc.nat(), ([form, seed], edits, cut) => {
      const body = Uint8Array.from(cut % 4 === 0 ? seed.subarray(0, 1 + cut % seed.length) : seed);
      for (const [at, byte] of edits) body[at % body.length] = byte;
      const result = read[form](body);
      if (result.kind === "refused") return;
      for (const line of result.lines) {
        expect(line).not.toContain("\n");
        JSON.parse(line);
      }
    }),
    { numRuns: 1_000 },
  );
});
