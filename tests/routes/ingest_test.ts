import { expect, test } from "bun:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { LIMITS } from "../../src/limits.ts";
import { type IngestRefusal, refusedLines } from "../../src/model/ingest.ts";
import { errorCode, testServer } from "./context.ts";
import { TestDoor } from "./ingest_context.ts";

const LINE = '{"host_id":"us-cloud-1","timestamp":"2025-11-21T02:42:56Z","temp_c":50}';
const POINT = "cpu,host=web-1 usage_idle=97.5 1763692976000000000";

function doorOf() {
  const door = new TestDoor();
  const { app } = testServer({ ingest: door });
  const post = (path: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
    app.request(path, { method: "POST", body: body as string, headers });
  return { door, app, post };
}

async function message(response: Response): Promise<string> {
  const { error } = await response.json() as { error: string | { message: string } };
  return typeof error === "string" ? error : error.message;
}

test("NDJSON is archived as it came, and the answer counts its lines", async () => {
  const { door, post } = doorOf();
  const body = `${LINE}\r\n\n[{"a":1},{"b":2}]\n  {"note":"ä"}\n`;
  const response = await post("/ingest", body);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ archived_lines: 3 });
  expect(door.archived).toEqual([body]);
  expect(door.left).toBe(1);
});

test("a last line without its LF gets one", async () => {
  const { door, post } = doorOf();
  await post("/ingest", `${LINE}\n${LINE}`);
  expect(door.archived).toEqual([`${LINE}\n${LINE}\n`]);
});

for (const body of ["", "\n", " \r\n\n"]) {
  test(`a body of ${JSON.stringify(body)} archives nothing and is no error`, async () => {
    const { door, post } = doorOf();
    expect(await (await post("/ingest", body)).json()).toEqual({ archived_lines: 0 });
    expect((await post("/write", body)).status).toBe(204);
    expect(door.archived).toEqual([]);
  });
}

const long = (bytes: number) => `{"a":"${"x".repeat(bytes - 8)}"}`;

const BAD_LINES: readonly (readonly [what: string, body: string | Uint8Array, said: string])[] = [
  ["no JSON", `${LINE}\n\n{"a":\n`, "line 3: it is no JSON"],
  ["a JSON number", `17\n`, "line 1: a line is a JSON object or array, got 17"],
  ["null", `${LINE}\nnull`, "line 2: a line is a JSON object or array, got null"],
  ["one byte too long", `${LINE}\n${long(LIMITS.lineBytesMax)}\n`, "line 2: a line has at most"],
  [
    "too long by two-byte characters",
    `{"a":"${"ä".repeat(LIMITS.lineBytesMax / 2)}"}`,
    "line 1: a line has at most",
  ],
  ["no UTF-8", Buffer.from(`${LINE}\n{"a":"\xff"}\n`, "latin1"), "line 2: it is not UTF-8"],
];

for (const [what, body, said] of BAD_LINES) {
  test(`a line that is ${what} gets 400 with its number, and nothing is archived`, async () => {
    const { door, post } = doorOf();
    const response = await post("/ingest", body);
    expect(response.status).toBe(400);
    expect(await message(response)).toContain(said);
    expect(door.archived).toEqual([]);
    expect(door.left).toBe(1);
  });
}

test("a line of the largest length is taken", async () => {
  const { door, post } = doorOf();
  expect((await post("/ingest", long(LIMITS.lineBytesMax - 1))).status).toBe(200);
  expect(door.archived[0]).toHaveLength(LIMITS.lineBytesMax);
});

test("the number of a bad line is right far into a body", async () => {
  const { post } = doorOf();
  const response = await post("/ingest", `${LINE}\n`.repeat(20_000) + "bad\n");
  expect(await message(response)).toContain("line 20001: ");
});

for (const path of ["/write", "/api/v2/write"]) {
  test(`${path} archives line protocol as it came, less its comments, and answers 204`, async () => {
    const { door, post } = doorOf();
    const body = `# a comment\n${POINT}\nm,a=b\\ c v="x y",n=1i\n`;
    const query = "db=d&rp=&u=x&p=y&consistency=one&org=o&orgID=1&bucket=b&precision=ns";
    const response = await post(`${path}?${query}`, body);
    expect(response.status).toBe(204);
    expect(await response.text()).toBe("");
    expect(door.archived).toEqual([body.replace("# a comment", "")]);
  });

  test(`${path} refuses what is plainly no line protocol, for clients of both versions`, async () => {
    const { door, post } = doorOf();
    const response = await post(path, `${POINT}\n${LINE}\n`);
    expect(response.status).toBe(400);
    const body = await response.json() as Record<string, string>;
    expect(body["error"]).toContain("unable to parse line 2: ");
    expect(body).toMatchObject({ code: "invalid", message: body["error"] });
    expect(door.archived).toEqual([]);
  });

  for (const precision of ["h", "m", "seconds"]) {
    test(`${path} refuses the precision ${precision}, which numbers alone don't tell`, async () => {
      const { door, post } = doorOf();
      const response = await post(`${path}?precision=${precision}`, POINT);
      expect(response.status).toBe(400);
      expect(await message(response)).toContain(`got "${precision}"`);
      expect(door.entered).toBe(0);
    });
  }
}

test("an unknown parameter is refused", async () => {
  expect((await doorOf().post("/ingest?x=1", LINE)).status).toBe(400);
  expect((await doorOf().post("/write?x=1", POINT)).status).toBe(400);
});

const CODED: readonly (readonly [string, (text: string) => Uint8Array])[] = [
  ["gzip", gzipSync],
  ["zstd", zstdCompressSync],
];

for (const [encoding, encode] of CODED) {
  test(`a body in ${encoding} is archived decoded`, async () => {
    const { door, post } = doorOf();
    const headers = { "content-encoding": encoding };
    const response = await post("/ingest", encode(`${LINE}\n`), headers);
    expect(await response.json()).toEqual({ archived_lines: 1 });
    expect(door.archived).toEqual([`${LINE}\n`]);
  });
}

test("a body that is not what its encoding says gets 400", async () => {
  const response = await doorOf().post("/ingest", LINE, { "content-encoding": "gzip" });
  expect(response.status).toBe(400);
});

test("an encoding that nobody knows gets 415", async () => {
  const response = await doorOf().post("/ingest", LINE, { "content-encoding": "rot13" });
  expect(response.status).toBe(415);
});

test("a body that is too large once decoded gets 413, and nothing is archived", async () => {
  const { door, post } = doorOf();
  const bomb = gzipSync(Buffer.alloc(LIMITS.httpBodyBytesMax + 1));
  const response = await post("/ingest", bomb, {
    "content-encoding": "gzip",
  });
  expect(response.status).toBe(413);
  expect(door.archived).toEqual([]);
});

test("a body that is too large as it comes gets 413, whether it says its length or not", async () => {
  const piece = new Uint8Array(1_048_576);
  let pieces = 0;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      pieces++;
      controller.enqueue(piece);
    },
  });
  const { app, door } = doorOf();
  const request = new Request("http://127.0.0.1:8080/ingest", { method: "POST", body });
  expect((await app.fetch(request)).status).toBe(413);
  expect(pieces).toBeLessThan(40);
  const headers = { "content-length": String(LIMITS.httpBodyBytesMax + 1) };
  expect((await app.request("/ingest", { method: "POST", headers, body: "x" })).status).toBe(413);
  expect(door.left).toBe(2);
});

test("where too many requests are under way, one more gets 429 and when to come again", async () => {
  const { door, post } = doorOf();
  door.places = 0;
  const response = await post("/ingest", LINE);
  expect(response.status).toBe(429);
  expect(response.headers.get("retry-after")).toBe("1");
  expect(await errorCode(response)).toBe("too_busy");
});

test("where requests hold too many bytes, one more gets 429 and its place is free", async () => {
  const { door, post } = doorOf();
  door.heldBytesMax = 10;
  expect((await post("/write", POINT)).status).toBe(429);
  expect(door.left).toBe(1);
});

const REFUSALS: readonly IngestRefusal[] = [
  "starting",
  "stopping",
  "disk_full",
  "failed",
  "too_slow",
];

for (const reason of REFUSALS) {
  test(`lines refused as ${reason} get 503, when to come again, and whether they may stand`, async () => {
    const { door, post } = doorOf();
    door.outcome = refusedLines(reason, true);
    const response = await post("/ingest", LINE);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    const { error } = await response.json() as { error: { code: string; message: string } };
    expect(error.code).toBe(reason);
    expect(error.message).toContain("may be archived all the same");
    door.outcome = refusedLines(reason, false);
    expect(await message(await post("/write", POINT))).toContain("Nothing was archived");
  });
}

test("while the door is closed no body is read", async () => {
  const { door, post } = doorOf();
  door.closed = "disk_full";
  expect((await post("/ingest", LINE)).status).toBe(503);
  expect(door.entered).toBe(0);
});

test("without a speed layer the answer is 503 and says why", async () => {
  const { app } = testServer();
  const response = await app.request("/ingest", { method: "POST", body: LINE });
  expect(response.status).toBe(503);
  expect(await errorCode(response)).toBe("not_the_writer");
  expect((await app.request("/health")).status).toBe(503);
});

test("InfluxDB's clients find a server that takes writes", async () => {
  const { app, door } = doorOf();
  for (const method of ["GET", "HEAD"]) {
    const ping = await app.request("/ping", { method });
    expect(ping.status).toBe(204);
    expect(ping.headers.get("x-influxdb-version")).toMatch(/^1\.8/);
  }
  const health = await app.request("/health");
  expect(health.status).toBe(200);
  expect(await health.json()).toMatchObject({ name: "rackwatch", status: "pass" });
  door.closed = "starting";
  const failing = await app.request("/health");
  expect(failing.status).toBe(503);
  expect(await failing.json()).toMatchObject({ status: "fail" });
});

test("requests, lines, bytes and refusals are counted by path and reason", async () => {
  const { app, post } = doorOf();
  await post("/ingest", `${LINE}\n${LINE}\n`);
  await post("/write", POINT);
  await post("/write", "prose");
  const text = await (await app.request("/metrics")).text();
  expect(text).toContain('rackwatch_ingest_requests_total{path="/ingest"} 1\n');
  expect(text).toContain('rackwatch_ingest_lines_total{path="/ingest"} 2\n');
  expect(text).toContain(
    `rackwatch_ingest_bytes_total{path="/ingest"} ${2 * (LINE.length + 1)}\n`,
  );
  expect(text).toContain('rackwatch_ingest_lines_total{path="/write"} 1\n');
  expect(text).toContain('rackwatch_ingest_refused_total{path="/write",reason="invalid_line"} 1\n');
});
