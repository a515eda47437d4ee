/**
 * Remote write requests against another implementation, and bodies made to do harm.
 * `remote_write_all.bin`: prometheus.WriteRequest by Python's protobuf, packed by Rust's snap.
 */
import { describe, expect, test } from "bun:test";
import { snappyCompress } from "hysnappy";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LIMITS } from "../../src/limits.ts";
import { remoteWriteLines } from "../../src/sources/remote_write_request.ts";

const BODY = new Uint8Array(
  readFileSync(join(import.meta.dir, "..", "golden", "requests", "remote_write_all.bin")),
);

function field(number: number, content: Uint8Array): Uint8Array {
  const head = [number << 3 | 2];
  let length = content.length;
  for (; length > 127; length = Math.floor(length / 128)) head.push(length & 127 | 128);
  return Buffer.concat([Uint8Array.from([...head, length]), content]);
}
const label = (name: string, value: string) =>
  field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))]));
const emptySamples = (count: number) => new Uint8Array(2 * count).map((_, at) => at % 2 ? 0 : 18);
const packed = (...series: Uint8Array[]) =>
  new Uint8Array(snappyCompress(Buffer.concat(series.map((one) => field(1, one)))));

describe("a request of another implementation", () => {
  const result = remoteWriteLines(BODY);

  test("is a line a series, its labels in the order sent, 64 bits to the last digit", () => {
    expect(result).toMatchObject({
      kind: "lines",
      lines: [
        '{"labels":{"__name__":"node_hwmon_temp_celsius","instance":"h:9100",' +
        '"chip":"platform_coretemp_0","sensor":"temp1"},' +
        '"samples":[[1700000000123,54.5],[1700000015123,-0.25]]}',
        '{"labels":{"__name__":"odd","2":"zwei","1":"ein\\ns","__proto__":"p"},' +
        '"samples":[[1,null],[2,"+Inf"],[-3,"-Inf"],[0,0],[9007199254740993,1e+300]]}',
        '{"labels":{"__name__":"gone"},"samples":[[6,0]]}',
        '{"labels":{"__name__":"ex"},"samples":[[7,2]]}',
      ],
    });
  });

  test("counts what it has, and what is left out", () => {
    expect(result).toMatchObject({ series: 5, samples: 9, stale: 1, histograms: 1 });
  });

  test("cut anywhere is refused", () => {
    for (let end = 0; end < BODY.length; end++) {
      expect(remoteWriteLines(BODY.subarray(0, end)).kind).toBe("refused");
    }
  });
});

test("a series longer than a line goes on in the next ones, under the same labels", () => {
  const samples = 25_000;
  const result = remoteWriteLines(packed(
    Buffer.concat([label("__name__", "x".repeat(1_000_000)), emptySamples(samples)]),
  ));
  if (result.kind === "refused") throw new Error(result.message);
  expect(Math.max(...result.lines.map((line) => line.length))).toBeLessThan(LIMITS.lineBytesMax);
  const parts = result.lines.map((line) =>
    JSON.parse(line) as { labels: object; samples: unknown[] }
  );
  expect(new Set(parts.map((part) => JSON.stringify(part.labels))).size).toBe(1);
  expect(parts.flatMap((part) => part.samples)).toHaveLength(samples);
});

test.each([
  ["more values than the limit", emptySamples(LIMITS.httpBodyValuesMax), "values"],
  [
    "labels longer than a line",
    Buffer.concat([label("a", "x".repeat(LIMITS.lineBytesMax)), emptySamples(1)]),
    "the labels of a series",
  ],
])("%s are refused", (_what, series, rule) => {
  expect(remoteWriteLines(packed(series))).toMatchObject({
    kind: "refused",
    message: expect.stringContaining(rule),
  });
});

test("a label that passes its series' end, and not the request's, is refused", () => {
  // timeseries of 5 bytes with a label of 3 with a name of 5, then more of the request.
  const message = Uint8Array.of(10, 5, 10, 3, 10, 5, 97, 97, 97, 97, 97);
  expect(remoteWriteLines(new Uint8Array(snappyCompress(message)))).toMatchObject({
    message: expect.stringContaining("a field passes its message's end"),
  });
});

test("a line has no more samples than a line may have records", () => {
  const result = remoteWriteLines(packed(emptySamples(LIMITS.lineRecordsMax + 1)));
  if (result.kind === "refused") throw new Error(result.message);
  expect(result.lines.map((line) => (JSON.parse(line) as { samples: unknown[] }).samples.length))
    .toEqual([LIMITS.lineRecordsMax, 1]);
});

test("what is left in the decompressor's memory of a request is not in the next one", () => {
  remoteWriteLines(packed(Buffer.concat([label("secret", "s"), emptySamples(1)])));
  // Says 40 bytes and has 5.
  expect(remoteWriteLines(Uint8Array.of(40, 16, 10, 3, 10, 1, 97))).toMatchObject({
    kind: "refused",
  });
});
