/** Bodies of every path that takes lines, damaged: taken whole or refused, never an error of ours. */
import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { snappyCompress, snappyUncompress } from "hysnappy";
import { LIMITS } from "../../src/limits.ts";
import { otlpProtobufLines } from "../../src/sources/otlp_request.ts";
import { testServer } from "../routes/context.ts";
import { TestDoor } from "../routes/ingest_context.ts";
import { mutated } from "../support/mutations.ts";
import { walk } from "./live_lines.ts";

setDefaultTimeout(60_000);

const golden = (name: string) =>
  new Uint8Array(readFileSync(join(import.meta.dir, "..", "golden", "requests", name)));
const bytesOf = (text: string) => new TextEncoder().encode(text);

const NDJSON = bytesOf(
  '{"host_id":"us-1","timestamp":"2026-11-28 11:00:00","temp_c":5}\r\n\n[{"a":1},{"b":"ä"}]\n',
);
const POINTS = bytesOf(
  'cpu,host=w\\ 1 usage_idle=9.5,s="a \\"b" 1763692976000000000\n# note\nm f=1i\n',
);
const OTLP = golden("otlp_all.bin");
const OTLP_LINES = otlpProtobufLines(OTLP);
const OTLP_JSON = bytesOf(OTLP_LINES.kind === "lines" ? OTLP_LINES.lines[0]! : "");
const WRITE = golden("remote_write_all.bin");
// Two bytes of varint: the message within 128 … 16,383 bytes.
const MESSAGE = snappyUncompress(WRITE, (WRITE[0]! & 127) + WRITE[1]! * 128);

const PROTOBUF = { "content-type": "application/x-protobuf" };
const CASES: readonly {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly seed: Uint8Array;
  /** After the damage: so that it is not the compression that is damaged. */
  readonly pack?: (bytes: Uint8Array) => Uint8Array;
}[] = [
  { path: "/ingest", headers: {}, seed: NDJSON },
  { path: "/write", headers: {}, seed: POINTS },
  { path: "/api/v2/write?org=o&bucket=b&precision=ms", headers: {}, seed: POINTS },
  { path: "/v1/metrics", headers: PROTOBUF, seed: OTLP },
  { path: "/v1/metrics", headers: { "content-type": "application/json" }, seed: OTLP_JSON },
  { path: "/api/v1/write", headers: { ...PROTOBUF, "content-encoding": "snappy" }, seed: WRITE },
  {
    path: "/api/v1/write",
    headers: { ...PROTOBUF, "content-encoding": "snappy" },
    seed: MESSAGE,
    pack: (bytes) => new Uint8Array(snappyCompress(bytes)),
  },
  ...([["gzip", gzipSync], ["deflate", deflateSync], ["zstd", zstdCompressSync]] as const).flatMap(
    ([encoding, pack]) => [
      {
        path: "/ingest",
        headers: { "content-encoding": encoding },
        seed: new Uint8Array(pack(NDJSON)),
      },
      {
        path: "/ingest",
        headers: { "content-encoding": encoding },
        seed: NDJSON,
        pack: (bytes: Uint8Array) => new Uint8Array(pack(bytes)),
      },
    ],
  ),
];

test("property: a damaged body is lines on the disk or a refusal in 4xx, never in 5xx", async () => {
  const damaged = mutated(CASES.map(({ seed }) => seed), 5);
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(damaged, async ({ seed, bytes }) => {
      const { path, headers, pack = (same: Uint8Array) => same } = CASES[seed]!;
      const door = new TestDoor();
      const { app } = testServer({ ingest: door });
      const body = pack(bytes) as unknown as string;
      const response = await app.request(path, { method: "POST", body, headers });
      expect(response.status === 200 || response.status === 204 || response.status < 500).toBe(
        true,
      );
      if (response.status >= 400) expect((await response.bytes()).length).toBeGreaterThan(0);
      expect(door.entered).toBe(door.left);
      if (response.status >= 300) expect(door.archived).toEqual([]);
      else taken++;
      for (const lines of door.archived) {
        expect(lines.endsWith("\n")).toBe(true);
        const longest = Math.max(...lines.split("\n").map((line) => Buffer.byteLength(line)));
        expect(longest).toBeLessThan(LIMITS.lineBytesMax);
        // And what is archived is read back, whatever it is.
        walk([bytesOf(lines)]);
      }
    }),
    { numRuns: 1_500 },
  );
  expect(taken).toBeGreaterThan(100);
});

test("property: a first line of any kind is a greeting, a line or a refusal", async () => {
  const { mayGreet, readGreeting } = await import("../../src/sources/socket_greeting.ts");
  const greetings = [
    '{"token":"abc"}',
    '{"ack":true,"stream":"agent-7"}',
    '{"token":"a","ack":true}',
  ]
    .map(bytesOf);
  fc.assert(
    fc.property(mutated(greetings), fc.boolean(), ({ bytes }, asks) => {
      const greeting = readGreeting(bytes, asks ? (given) => given === "abc" : null);
      expect(["line", "welcome", "refused"]).toContain(greeting.kind);
      expect(typeof mayGreet(bytes)).toBe("boolean");
      if (greeting.kind === "refused") expect(greeting.message.length).toBeLessThan(400);
    }),
    { numRuns: 3_000 },
  );
});
