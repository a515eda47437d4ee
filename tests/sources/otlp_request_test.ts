/**
 * OTLP requests against another implementation, and against bodies made to do harm. `otlp_all.bin`
 * and its lines were written by opentelemetry-proto 1.45 for Python (its lines by protobuf's own
 * JSON form, enums as numbers and ids hexadecimal): every field of every kind of metric.
 */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LIMITS } from "../../src/limits.ts";
import { otlpJsonLines, otlpProtobufLines, otlpSuccess } from "../../src/sources/otlp_request.ts";

const GOLDEN = join(import.meta.dir, "..", "golden", "requests");
const BODY = new Uint8Array(readFileSync(join(GOLDEN, "otlp_all.bin")));
const LINES = readFileSync(join(GOLDEN, "otlp_all.ndjson"), "utf8").trimEnd().split("\n");

const bytesOf = (text: string) => new TextEncoder().encode(text);
const parsed = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as unknown);

function taken(result: ReturnType<typeof otlpJsonLines>) {
  if (result.kind === "refused") throw new Error(result.message);
  return result;
}

/** A length-delimited field. */
function field(number: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = [number << 3 | 2];
  let length = content.length;
  for (; length > 127; length = Math.floor(length / 128)) head.push(length & 127 | 128);
  return Buffer.concat([Uint8Array.from([...head, length]), content]);
}

/** A request with one gauge of these bytes. */
const gaugeOf = (content: Uint8Array, resource = new Uint8Array(0)) =>
  field(1, Buffer.concat([field(1, resource), field(2, field(2, field(5, content)))]));

/** So many empty data points, two bytes each. */
const emptyPoints = (count: number) => new Uint8Array(2 * count).map((_, at) => at % 2 ? 0 : 10);

const requestOf = (metrics: unknown[]) =>
  bytesOf(JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }));

describe("protobuf", () => {
  test("gives the lines that another implementation's JSON form has, field by field", () => {
    const result = taken(otlpProtobufLines(BODY));
    expect(parsed(result.lines)).toEqual(parsed(LINES));
    expect(result.dataPoints).toBe(8);
  });

  test("is as exact as JSON of the same request", () => {
    const body = bytesOf(
      `{"resourceMetrics":[${
        parsed(LINES).map((line) =>
          JSON.stringify((line as { resourceMetrics: [unknown] }).resourceMetrics[0])
        )
      }]}`,
    );
    expect(parsed(taken(otlpJsonLines(body)).lines)).toEqual(parsed(LINES));
  });

  test("a number of a point that is sent twice is the last one", () => {
    // as_double 1.0, then as_int 7.
    const point = Uint8Array.of(0x21, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0x31, 7, 0, 0, 0, 0, 0, 0, 0);
    const line = taken(otlpProtobufLines(gaugeOf(field(1, point)))).lines[0]!;
    expect(line).toContain('{"dataPoints":[{"asInt":"7"}]}');
  });

  test("fields that are not known are passed over", () => {
    const unknown = Uint8Array.of(0x98, 0x3f, 1); // field 1011, a varint
    const body = Buffer.concat([unknown, BODY]);
    expect(otlpProtobufLines(body)).toEqual(otlpProtobufLines(BODY));
  });

  test("cut anywhere but between two resources, it is refused", () => {
    const whole: number[] = [];
    for (let end = 1; end < BODY.length; end++) {
      if (otlpProtobufLines(BODY.subarray(0, end)).kind === "lines") whole.push(end);
    }
    expect(whole).toHaveLength(1);
  });

  test("a length that passes its message's end is refused, and the byte is named", () => {
    const message = Uint8Array.of(10, 2, 18, 9, 10, 0, 0, 0, 0, 0, 0, 0, 0);
    expect(otlpProtobufLines(message)).toEqual({
      kind: "refused",
      message: "Cannot read the metrics: the body is no ExportMetricsServiceRequest " +
        "(a length passes its message's end (at byte 4 of 13)).",
    });
  });

  test("a text that passes its message's end, and not the body's, is refused", () => {
    // resource_metrics of 3 bytes with a schema_url of 5, then 5 more bytes of the body.
    const body = Uint8Array.of(10, 3, 26, 5, 97, 97, 97, 97, 97, 97);
    expect(otlpProtobufLines(body)).toMatchObject({
      message: expect.stringContaining("a field passes its message's end"),
    });
  });

  test("attributes nested deeper than the limit are refused", () => {
    const nested = (depth: number) => {
      let value = new Uint8Array(0);
      for (let i = 0; i < depth; i++) value = field(5, field(1, value));
      return gaugeOf(emptyPoints(1), field(1, field(2, value)));
    };
    expect(otlpProtobufLines(nested(40)).kind).toBe("lines");
    expect(otlpProtobufLines(nested(5_000))).toMatchObject({
      message: expect.stringContaining(`nest deeper than ${LIMITS.protobufDepthMax}`),
    });
  });

  test.each([
    ["data points", gaugeOf(emptyPoints(LIMITS.httpBodyValuesMax + 1))],
    ["resources", emptyPoints(LIMITS.httpBodyValuesMax + 1)],
    // exponential_histogram, its point's positive buckets: a list in one field, a byte a value.
    [
      "packed values",
      field(
        1,
        field(2, field(2, field(10, field(1, field(8, field(2, new Uint8Array(2_100_000))))))),
      ),
    ],
  ])("more %s than the limit are refused", (_what, body) => {
    expect(otlpProtobufLines(body)).toMatchObject({
      message: expect.stringContaining(`more than ${LIMITS.httpBodyValuesMax} values`),
    });
  });

  test("lines that repeat a large resource more often than the limit are refused", () => {
    const resource = field(1, field(1, new Uint8Array(1_000_000).fill(97)));
    expect(otlpProtobufLines(gaugeOf(emptyPoints(1_900_000), resource))).toMatchObject({
      message: expect.stringContaining(`more than ${LIMITS.httpBodyLinesBytesMax} bytes`),
    });
  });
});

describe("JSON", () => {
  test("whole numbers beyond 2^53 are kept to the last digit, as texts", () => {
    const body = bytesOf(
      `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[` +
        `{"timeUnixNano": 1763692976000000001,"asInt":-9223372036854775807,"asDouble":0.1}]}}]}]}]}`,
    );
    expect(taken(otlpJsonLines(body)).lines[0]).toContain(
      `[{"timeUnixNano":"1763692976000000001","asInt":"-9223372036854775807","asDouble":0.1}]`,
    );
  });

  test("nested beyond the limit is refused, where writing it would overflow the stack", () => {
    const deep = "[".repeat(200_000) + "]".repeat(200_000);
    expect(otlpJsonLines(bytesOf(`{"resourceMetrics":[{"x":${deep}}]}`))).toMatchObject({
      message: expect.stringContaining(`nests deeper than ${LIMITS.jsonDepthMax}`),
    });
  });

  test("more values than the limit are refused before they are parsed", () => {
    const body = bytesOf(`{"resourceMetrics":[${"{},".repeat(LIMITS.httpBodyValuesMax / 2)}{}]}`);
    expect(otlpJsonLines(body)).toMatchObject({
      message: expect.stringContaining(`more than ${LIMITS.httpBodyValuesMax} values`),
    });
  });

  test("a metric of two kinds is refused: it would be counted twice", () => {
    expect(otlpJsonLines(requestOf([{ gauge: {}, sum: {} }]))).toMatchObject({
      message: expect.stringContaining("either gauge or sum"),
    });
  });

  test("a key __proto__ is a key, line breaks in texts stay within the line", () => {
    const point =
      '{"__proto__":{"a":1},"attributes":[{"key":"k","value":{"stringValue":"a\\nb"}}]}';
    const body =
      `{"resourceMetrics":\n[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[${point}]}}]}]}]}`;
    expect(taken(otlpJsonLines(bytesOf(body))).lines).toEqual([body.replace("\n", "")]);
  });

  test("an entry without data points is a line, and refused where it is too long for one", () => {
    const body = (name: string) =>
      `{"resourceMetrics":[{"schemaUrl":"${name}","scopeMetrics":[]}]}`;
    expect(otlpJsonLines(bytesOf(body("u")))).toEqual({
      kind: "lines",
      lines: [body("u")],
      dataPoints: 0,
    });
    expect(otlpJsonLines(bytesOf(body("u".repeat(LIMITS.lineBytesMax))))).toMatchObject({
      message: expect.stringContaining("an entry without data points takes"),
    });
  });

  test("what is no UTF-8 is refused", () => {
    expect(otlpJsonLines(Uint8Array.of(0x22, 0xff, 0x22)).kind).toBe("refused");
  });

  test("of many scopes and metrics, split, each point is there once, with its scope", () => {
    const scopeMetrics = Array.from({ length: 7 }, (_, scope) => ({
      scope: { name: `s${scope}`, note: "ä".repeat(50_000) },
      metrics: Array.from({ length: 5 }, (_, metric) => ({
        name: `m${metric}`,
        gauge: {
          dataPoints: Array.from(
            { length: 900 },
            (_, point) => ({ asInt: `${scope}-${metric}-${point}` }),
          ),
        },
      })),
    }));
    const { lines, dataPoints } = taken(
      otlpJsonLines(
        bytesOf(JSON.stringify({ resourceMetrics: [{ schemaUrl: "u", scopeMetrics }] })),
      ),
    );
    expect(lines.length).toBeGreaterThan(1);
    expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThan(
      LIMITS.lineBytesMax,
    );
    type Entry = { schemaUrl: string; scopeMetrics: typeof scopeMetrics };
    const entries = parsed(lines).map((line) =>
      (line as { resourceMetrics: [Entry] }).resourceMetrics[0]
    );
    expect(new Set(entries.map((entry) => entry.schemaUrl))).toEqual(new Set(["u"]));
    const points = (list: typeof scopeMetrics) =>
      list.flatMap(({ scope, metrics }) =>
        metrics.flatMap(({ name, gauge }) =>
          gauge.dataPoints.map((one) => [scope.name, name, one.asInt])
        )
      );
    expect(entries.flatMap((entry) => points(entry.scopeMetrics))).toEqual(points(scopeMetrics));
    expect(dataPoints).toBe(7 * 5 * 900);
  });

  test("of more points than a line may hold records is split", () => {
    const dataPoints = Array.from({ length: LIMITS.lineRecordsMax + 1 }, () => ({}));
    expect(taken(otlpJsonLines(requestOf([{ gauge: { dataPoints } }]))).lines).toHaveLength(2);
  });
});

describe("the answer", () => {
  const partial = { rejectedDataPoints: 3, errorMessage: "zu alt: köln" };

  test("in protobuf is that of opentelemetry-proto for Python", () => {
    expect(otlpSuccess("protobuf", partial).toHex()).toBe("0a110803120d7a7520616c743a206bc3b66c6e");
  });

  test("in JSON has its count as a text", () => {
    expect(JSON.parse(new TextDecoder().decode(otlpSuccess("json", partial)))).toEqual({
      partialSuccess: { rejectedDataPoints: "3", errorMessage: "zu alt: köln" },
    });
  });
});
