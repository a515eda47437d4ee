import { afterAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { LIMITS } from "../../src/limits.ts";
import type { SourceItem } from "../../src/model/record.ts";
import { DamagedFileError } from "../../src/sources/damaged_file.ts";
import { detectFormat } from "../../src/sources/file_format.ts";
import {
  digestFile,
  type FileSourceOptions,
  listFiles,
  openFile,
} from "../../src/sources/file_source.ts";
import { ZstdFrames } from "../../src/sources/zstd_frames.ts";
import { readNdjson } from "../../src/sources/ndjson_file.ts";

const folder = await mkdtemp(join(tmpdir(), "rackwatch-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

function put(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function read(path: string, options?: FileSourceOptions) {
  const source = await openFile(path, options);
  const items: SourceItem[] = [];
  const lists: number[] = [];
  for await (const list of source.items()) {
    items.push(...list);
    lists.push(list.length);
  }
  return { source, items, lists };
}

const CONTENTS: [name: string, content: string, format: string][] = [
  ["rows.csv", "a,b\n1,2\n", "csv"],
  ["rows.txt", "2021-10-05 15:00,5\n", "csv"],
  ["lines.json", '{"a":1}\n{"a":2}\n', "ndjson"],
  ["one_line.json", '{"a":1}', "ndjson"],
  ["damaged_lines.json", '{"a":1]\n{"a":2}\n', "ndjson"],
  ["damaged_lines.ndjson", 'garbage\n{"a":2}\n', "ndjson"],
  ["array.json", '\ufeff \n[{"a":1}]', "json"],
  ["array.ndjson", '[{"a":1}]\n[{"a":2}]\n', "ndjson"],
  ["arrays.json", '[{"a":1}]\n[{"a":2}]\n', "ndjson"],
  ["pretty.json", '{\n  "a": 1\n}\n', "json"],
  ["pretty_array.json", '[\n{"a": 1}\n]\n', "json"],
  ["half.parquet", "PAR1", "parquet"],
  ["not.parquet", "a,b\n1,2\n", "parquet"],
  ["empty.csv", "", "csv"],
  ["empty.ndjson", "", "ndjson"],
];
for (const [name, content, format] of CONTENTS) {
  test(`detectFormat takes ${name} for ${format}`, async () => {
    expect(await detectFormat(put(name, content))).toBe(format as "csv");
  });
}

test("openFile refuses line protocol, which is no table, and says who takes it", async () => {
  const line = "cpu,cpu=cpu-total,host=web-1 usage_idle=97.5 1763692976000000000\n";
  const path = put("telegraf.out", `# a comment\n${line}${line}`);
  await expect(openFile(path)).rejects.toThrow("send them to --listen or POST /api/v2/write");
  // What is called a table is one.
  expect(await detectFormat(put("odd.csv", line))).toBe("csv");
});

test("openFile reads each text format, compressed or not", async () => {
  for (const [name, content] of [["t.csv", "a\n1\n2\n"], ["t.json", '{"a":"1"}\n{"a":"2"}\n']]) {
    const bytes = Buffer.from(content ?? "");
    const paths = [
      put(`${name}`, bytes),
      put(
        `${name}.gz`,
        Buffer.concat([gzipSync(bytes.subarray(0, 3)), gzipSync(bytes.subarray(3))]),
      ),
      put(
        `${name}.zst`,
        Buffer.concat([
          zstdCompressSync(bytes.subarray(0, 3)),
          zstdCompressSync(bytes.subarray(3)),
        ]),
      ),
    ];
    for (const path of paths) {
      const { items, source } = await read(path);
      expect(items.map((item) => item.kind === "record" && item.fields["a"])).toEqual(["1", "2"]);
      expect(source.bytesRead()).toBe(source.bytesTotal);
    }
  }
});

test("openFile tells a CSV file's columns once it was begun", async () => {
  const { source } = await read(put("columns.csv", "host,temp\na,1\n"));
  expect(source.columns).toEqual(["host", "temp"]);
});

test("openFile hands items on in lists of bounded length", async () => {
  const { items, lists } = await read(put("many.csv", "a\n" + "1\n".repeat(30_000)));
  expect(items).toHaveLength(30_000);
  expect(Math.max(...lists)).toBeLessThanOrEqual(LIMITS.fileItemsPerChunkMax);
});

test("openFile reads the same file twice", async () => {
  const source = await openFile(put("twice.csv", "a\n1\n"));
  for (let time = 0; time < 2; time++) {
    let items = 0;
    for await (const list of source.items()) items += list.length;
    expect(items).toBe(1);
  }
});

test("openFile refuses a truncated compressed file as damaged", async () => {
  const text = Array.from({ length: 5_000 }, (_, i) => `${i},${(i * 7919) % 10_007}\n`).join("");
  for (
    const [name, bytes] of [["c.gz", gzipSync(text)], ["c.zst", zstdCompressSync(text)]] as const
  ) {
    const path = put(name, bytes.subarray(0, bytes.length - 20));
    const outcome = openFile(path, { format: "csv" }).then(async (source) => {
      for await (const _ of source.items());
    });
    await expect(outcome).rejects.toThrow(DamagedFileError);
  }
});

test("ZstdFrames knows a whole stream from any cut of it, wherever chunks end", () => {
  const text = (size: number) => Buffer.from(Array.from({ length: size }, (_, i) => (i * i) % 251));
  const skippable = Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);
  const checksum = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
  const stream = Buffer.concat([
    zstdCompressSync(text(10)),
    skippable,
    zstdCompressSync(text(300_000), checksum),
    zstdCompressSync(Buffer.alloc(500_000)),
  ]);
  const ends = new Set<number>();
  const frames = new ZstdFrames();
  stream.forEach((byte, at) => {
    frames.push(Uint8Array.of(byte));
    if (frames.whole) ends.add(at + 1);
  });
  expect(ends.size).toBe(4);
  expect(ends.has(stream.length)).toBe(true);
  for (const size of [3, 1_000, stream.length]) {
    const sliced = new ZstdFrames();
    for (let at = 0; at < stream.length; at += size) sliced.push(stream.subarray(at, at + size));
    expect(sliced.whole).toBe(true);
  }
});

test("openFile refuses a bomb at its limit, and memory stays flat", async () => {
  const member = gzipSync(Buffer.alloc(1_048_576, "x"));
  const path = put("bomb.ndjson.gz", Buffer.concat(Array.from({ length: 100 }, () => member)));
  const before = process.memoryUsage.rss();
  await expect(read(path, { format: "ndjson" })).rejects.toThrow("it decompresses to more than");
  expect(process.memoryUsage.rss() - before).toBeLessThan(150_000_000);
});

test("openFile names the file that is not there, and the folder that is no file", async () => {
  await expect(openFile(join(folder, "none.csv"))).rejects.toThrow(/Cannot read .*none\.csv/);
  await expect(openFile(folder)).rejects.toThrow("it is not a file");
});

test("digestFile gives the SHA-256 of the bytes on disk, compressed or not", async () => {
  const bytes = gzipSync("a,b\n1,2\n");
  const path = put("digest.csv.gz", bytes);
  const digest = createHash("sha256").update(bytes).digest("hex");
  expect(await digestFile(path)).toMatchObject({ digest, bytes: bytes.length });
});

test("listFiles lists paths and globs, each file once, sorted", async () => {
  mkdirSync(join(folder, "list/deep"), { recursive: true });
  for (const name of ["b.csv", "a.csv", "c.json", "deep/d.csv", ".hidden.csv"]) {
    put(`list/${name}`, "");
  }
  const base = join(folder, "list");
  const names = async (...patterns: string[]) =>
    (await listFiles(patterns, base)).map((path) => path.slice(base.length + 1));
  expect(await names("*.csv", "a.csv", "none.csv")).toEqual(["a.csv", "b.csv"]);
  expect(await names("**/*.{csv,json}")).toEqual(["a.csv", "b.csv", "c.json", "deep/d.csv"]);
  expect(await names(join(base, "dee*", "*"))).toEqual(["deep/d.csv"]);
  expect(await names("nowhere/*.csv")).toEqual([]);
});

async function* sliced(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test("property: readNdjson gives every line its offset in the file, cut lines before it or not", async () => {
  const line = fc.integer({ min: 0, max: 60 }).map((size) => `{"a":"${"é".repeat(size)}"}`);
  await fc.assert(
    fc.asyncProperty(
      fc.array(line),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 15, max: 80 }),
      async (lines, chunkBytes, lineBytesMax) => {
        const bytes = Buffer.from(lines.join("\n"));
        const items: SourceItem[] = [];
        for await (const list of readNdjson(sliced(bytes, chunkBytes), lineBytesMax)) {
          items.push(...list);
        }
        let offset = 0;
        const expected = lines.map((text) => {
          const at = offset;
          const size = Buffer.byteLength(text);
          offset += size + 1;
          return [at, size < lineBytesMax ? "record" : "dead_letter"];
        });
        expect<unknown[]>(items.map((item) => [item.offset, item.kind])).toEqual(expected);
      },
    ),
    { numRuns: 300 },
  );
});
