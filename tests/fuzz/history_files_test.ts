/** History files of every format, damaged: items, or a refusal that names the file; then the mapping. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { parseDeclarations } from "../../src/mapping/declaration.ts";
import { DeclarationError } from "../../src/mapping/declaration_check.ts";
import type { SourceItem } from "../../src/model/record.ts";
import { DamagedFileError } from "../../src/sources/damaged_file.ts";
import { mappingOfFile } from "../../src/workers/batch/file_mapping.ts";
import { openFile } from "../../src/sources/file_source.ts";
import { mutated } from "../support/mutations.ts";

setDefaultTimeout(120_000);

const folder = await mkdtemp(join(tmpdir(), "rackwatch-fuzz-"));
afterAll(() => rmSync(folder, { recursive: true }));

const GOLDEN = join(import.meta.dir, "..", "golden");
const read = (...parts: string[]) => new Uint8Array(readFileSync(join(GOLDEN, ...parts)));
const FLEET = "generator/twenty_hosts";

const CSV = readdirSync(join(GOLDEN, "csv")).filter((name) => name.endsWith(".csv"))
  .map((name) => ["csv", read("csv", name)] as const);
const OTHERS: readonly (readonly [ending: string, bytes: Uint8Array])[] = [
  ["csv", read(FLEET, "india_lab/server_metrics.csv")],
  ["json", read(FLEET, "us_cloud/cloud_metrics.json")],
  ["json", read("files/nested_json_array/arr.json")],
  ["csv.gz", new Uint8Array(gzipSync(read(FLEET, "india_lab/server_metrics.csv")))],
  ["json.zst", new Uint8Array(zstdCompressSync(read(FLEET, "us_cloud/cloud_metrics.json")))],
];
const PARQUET = read(FLEET, "germany_hpc/cluster_metrics.parquet");
const FOOTER_BYTES = new DataView(PARQUET.buffer).getUint32(PARQUET.length - 8, true);

const [declaration] = parseDeclarations([{ name: "any", path: "any/*" }], "test");
const PATH = (ending: string) => join(folder, `file.${ending}`);

/** Nothing but the refusals that a person is told; then whatever the mapping makes of the items. */
async function load(ending: string, bytes: Uint8Array): Promise<number> {
  const path = PATH(ending);
  writeFileSync(path, bytes);
  const items: SourceItem[] = [];
  const startedMs = performance.now();
  const before = process.cpuUsage();
  try {
    const source = await openFile(path);
    for await (const list of source.items()) items.push(...list);
    const mapping = mappingOfFile(declaration!, source, items, {});
    for (const item of items) {
      if (item.kind !== "record") continue;
      const value = mapping.normalise(item, null);
      expect(["reading", "dead_letter"]).toContain(value.kind);
    }
    const { records, readings, dead_letters } = mapping.counters;
    expect(readings + dead_letters).toBe(records);
  } catch (error) {
    if (!(error instanceof DamagedFileError || error instanceof DeclarationError)) throw error;
    if (error instanceof DamagedFileError) expect(error.message).toContain(path);
  }
  const { user, system } = process.cpuUsage(before);
  const tookMs = Math.min(performance.now() - startedMs, (user + system) / 1_000);
  if (tookMs > 2_000) throw new Error(`${path} took ${Math.round(tookMs)} ms`);
  return items.length;
}

const many = (text: string, bytes = 1_000_000) => text.repeat(Math.floor(bytes / text.length));
const list = (count: number, each: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => each(index)).join(",");

const HOSTILE: readonly (readonly [what: string, ending: string, text: string])[] = [
  ["quotes", "csv", many('"')],
  ["commas", "csv", many(",")],
  ["line ends", "csv", many("\r")],
  ["a quote that never closes", "csv", `host,temp\n"${many("a,b\n")}`],
  ["4,000 columns of one name", "csv", `${list(4_000, () => "c")}\n${list(4_000, () => "1")}\n`],
  ["4,000 temperatures", "csv", `host,time,${list(4_000, (i) => `temp_${i}_c`)}\n`],
  ["a time of 900,000 digits", "csv", `host,time,temp_c\nh,${many("1", 900_000)},5\n`],
  ["a name of 900,000 brackets", "csv", `host,time,${many("[°C](", 900_000)}\n1,2,3\n`],
  ["braces", "ndjson", many("{")],
  ["records of 900 levels", "ndjson", many(`${'{"a":'.repeat(900)}1${"}".repeat(900)}\n`)],
  ["90,000 keys", "ndjson", `{${list(90_000, (i) => `"k${i}":${i}`)}}\n`],
  ["arrays that never close", "json", many("[")],
  ["an element that never ends", "json", `[{"a":"${many("x")}"}]`],
  ["a million empty elements", "json", `[${many("{},")}{}]`],
];

test.each(HOSTILE)("a file of %s is done with in time", async (_what, ending, text) => {
  await load(ending, new TextEncoder().encode(text));
});

for (const [what, seeds, numRuns] of [["CSV", CSV, 800], ["text", OTHERS, 300]] as const) {
  test(`property: damaged ${what} files are items or a refusal by name`, async () => {
    await fc.assert(
      fc.asyncProperty(mutated(seeds.map(([, bytes]) => bytes)), async ({ seed, bytes }) => {
        await load(seeds[seed]![0], bytes);
      }),
      { numRuns },
    );
  });
}

test("property: damaged Parquet files are rows or a refusal by name", async () => {
  await fc.assert(
    fc.asyncProperty(mutated([PARQUET]), async ({ bytes }) => void await load("parquet", bytes)),
    { numRuns: 300 },
  );
});

test("property: of a Parquet file whose footer alone is damaged too, however large its numbers", async () => {
  const footerAt = PARQUET.length - 8 - FOOTER_BYTES;
  const footers = mutated([PARQUET.subarray(footerAt, PARQUET.length - 8)], 3);
  await fc.assert(
    fc.asyncProperty(footers, async ({ bytes: footer }) => {
      // Its length fits, so that it is read as a footer.
      const end = new Uint8Array(8);
      new DataView(end.buffer).setUint32(0, footer.length, true);
      end.set(PARQUET.subarray(PARQUET.length - 4), 4);
      await load(
        "parquet",
        new Uint8Array(Buffer.concat([PARQUET.subarray(0, footerAt), footer, end])),
      );
    }),
    { numRuns: 800 },
  );
});
