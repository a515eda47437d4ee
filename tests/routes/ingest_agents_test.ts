/** OTLP and remote write over HTTP: what becomes lines, and what each protocol wants as an answer. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { LIMITS } from "../../src/limits.ts";
import { refusedLines } from "../../src/model/ingest.ts";
import { otlpProtobufLines } from "../../src/sources/otlp_request.ts";
import { remoteWriteLines } from "../../src/sources/remote_write_request.ts";
import { testServer } from "./context.ts";
import { TestDoor } from "./ingest_context.ts";

const golden = (name: string) =>
  Bun.file(join(import.meta.dir, "../golden/requests", name)).bytes();
const OTLP = await golden("otlp.bin");
const REMOTE_WRITE = await golden("remote_write.bin");
const OTLP_JSON = JSON.stringify({
  resourceMetrics: [{ resource: { attributes: [] }, scopeMetrics: [] }],
});

const PROTOBUF = { "content-type": "application/x-protobuf" };
const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };
const SNAPPY = { ...PROTOBUF, "content-encoding": "snappy" };

function doorOf() {
  const door = new TestDoor();
  const { app } = testServer({ ingest: door });
  const post = (path: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
    app.request(path, { method: "POST", body: body as string, headers });
  return { door, app, post };
}

function linesOf(read: { kind: "lines"; lines: readonly string[] } | { kind: "refused" }): string {
  if (read.kind === "refused") throw new Error("not a request");
  expect(read.lines.length).toBeGreaterThan(0);
  return read.lines.map((line) => line + "\n").join("");
}

/** A google.rpc.Status as its bytes say it: field 1 a code below 128, field 2 a text. */
function readStatus(bytes: Uint8Array): { code: number; message: string } {
  expect([bytes[0], bytes[2]]).toEqual([0x08, 0x12]);
  let length = 0, at = 3;
  for (let shift = 0;; shift += 7) {
    const byte = bytes[at++]!;
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  expect(bytes.length - at).toBe(length);
  return { code: bytes[1]!, message: new TextDecoder().decode(bytes.subarray(at)) };
}

test("OTLP in protobuf is archived as lines, and answered in protobuf", async () => {
  const { door, post } = doorOf();
  const response = await post("/v1/metrics", OTLP, PROTOBUF);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/x-protobuf");
  // An ExportMetricsServiceResponse without a field.
  expect(await response.bytes()).toHaveLength(0);
  expect(door.archived).toEqual([linesOf(otlpProtobufLines(OTLP))]);
});

test("OTLP in gzip is archived decoded", async () => {
  const { door, post } = doorOf();
  const headers = { ...PROTOBUF, "content-encoding": "gzip" };
  expect((await post("/v1/metrics", gzipSync(OTLP), headers)).status).toBe(200);
  expect(door.archived).toEqual([linesOf(otlpProtobufLines(OTLP))]);
});

test("OTLP in JSON is archived as it came, and answered in JSON", async () => {
  const { door, post } = doorOf();
  const response = await post("/v1/metrics", OTLP_JSON, JSON_TYPE);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(await response.json()).toEqual({});
  expect(door.archived).toEqual([OTLP_JSON + "\n"]);
});

test("an OTLP request of no metrics archives nothing and is no error", async () => {
  const { door, post } = doorOf();
  expect((await post("/v1/metrics", "", PROTOBUF)).status).toBe(200);
  expect((await post("/v1/metrics", "{}", JSON_TYPE)).status).toBe(200);
  expect(door.archived).toEqual([]);
});

test("what is no OTLP gets 400 and a google.rpc.Status in the type of the request", async () => {
  const { door, post } = doorOf();
  const json = await post("/v1/metrics", "[]", JSON_TYPE);
  expect(json.status).toBe(400);
  expect(await json.json()).toEqual({ code: 3, message: expect.stringContaining("metrics") });
  const protobuf = await post("/v1/metrics", new Uint8Array([0xff]), PROTOBUF);
  expect(protobuf.status).toBe(400);
  expect(protobuf.headers.get("content-type")).toBe("application/x-protobuf");
  expect(readStatus(await protobuf.bytes()).code).toBe(3);
  expect(door.archived).toEqual([]);
});

test("an OTLP sender is told when to come again, in a status that it reads", async () => {
  const { door, post } = doorOf();
  door.outcome = refusedLines("too_slow", true);
  const slow = await post("/v1/metrics", OTLP, PROTOBUF);
  expect(slow.status).toBe(503);
  expect(Number(slow.headers.get("retry-after"))).toBeGreaterThan(0);
  const status = readStatus(await slow.bytes());
  expect(status.code).toBe(14);
  expect(status.message).toContain("may be archived all the same");
  door.places = 0;
  const busy = await post("/v1/metrics", OTLP_JSON, JSON_TYPE);
  expect(busy.status).toBe(429);
  expect(busy.headers.get("retry-after")).toBe("1");
  expect(await busy.json()).toMatchObject({ code: 8 });
});

for (const type of ["text/plain", "application/protobuf", ""]) {
  test(`OTLP as ${JSON.stringify(type)} gets 415`, async () => {
    const { door, post } = doorOf();
    const response = await post("/v1/metrics", OTLP, { "content-type": type });
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({ code: 12 });
    expect(door.entered).toBe(0);
  });
}

for (
  const headers of [SNAPPY, {
    ...SNAPPY,
    "content-type": PROTOBUF["content-type"] + "; proto=prometheus.WriteRequest",
  }]
) {
  test(`remote write as ${headers["content-type"]} is archived as lines and gets 204`, async () => {
    const { door, post } = doorOf();
    const response = await post("/api/v1/write", REMOTE_WRITE, headers);
    expect(response.status).toBe(204);
    expect(door.archived).toEqual([linesOf(remoteWriteLines(REMOTE_WRITE))]);
  });
}

test("what is no remote write gets 400, which its sender does not send again", async () => {
  const { door, post } = doorOf();
  expect((await post("/api/v1/write", "prose", SNAPPY)).status).toBe(400);
  expect(door.archived).toEqual([]);
});

test("remote write of version 2 gets 415, after which a sender goes back to 1.0", async () => {
  const type = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
  const response = await doorOf().post("/api/v1/write", REMOTE_WRITE, {
    ...SNAPPY,
    "content-type": type,
  });
  expect(response.status).toBe(415);
});

test("a remote write that can't be archived now gets 503 and is sent again", async () => {
  const { door, post } = doorOf();
  door.outcome = refusedLines("disk_full", false);
  const response = await post("/api/v1/write", REMOTE_WRITE, SNAPPY);
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).not.toBeNull();
});

test("snappy is remote write's own: other paths don't know it", async () => {
  const { post } = doorOf();
  expect((await post("/ingest", REMOTE_WRITE, SNAPPY)).status).toBe(415);
});

test("lines of an OTLP request are counted", async () => {
  const { app, post } = doorOf();
  await post("/v1/metrics", OTLP, PROTOBUF);
  const bytes = Buffer.byteLength(linesOf(otlpProtobufLines(OTLP)));
  const text = await (await app.request("/metrics")).text();
  expect(text).toContain(`rackwatch_ingest_bytes_total{path="/v1/metrics"} ${bytes}\n`);
});

test("a message that is too large to be read in one go gets 413", async () => {
  const { door, post } = doorOf();
  const body = OTLP_JSON + " ".repeat(LIMITS.ingestMessageBytesMax);
  const response = await post("/v1/metrics", body, JSON_TYPE);
  expect(response.status).toBe(413);
  expect(await response.json()).toMatchObject({ code: 8 });
  expect((await post("/api/v1/write", body, PROTOBUF)).status).toBe(413);
  expect(door.archived).toEqual([]);
});
