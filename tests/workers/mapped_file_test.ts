import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import { parseDeclarations } from "../../src/mapping/declaration.ts";
import { readingToJson } from "../../src/model/reading.ts";
import { type MappedFileOptions, openMapped } from "../../src/workers/batch/mapped_file.ts";
import { temporaryDirectory } from "../support/rackwatch.ts";

const ROWS = 500;
const WIDE = 300;

/** Four columns that matter, and hundreds of an agent's counters, two of which are of CPUs. */
const COLUMNS: ColumnSource[] = [
  { name: "host", data: rows(() => "h1"), type: "STRING" },
  { name: "timestamp", data: rows((i) => BigInt(1763715600 + i) * 1_000_000_000n), type: "INT64" },
  { name: "temp_celsius", data: rows((i) => 40 + i % 10), type: "DOUBLE" },
  { name: "cpu_percent", data: rows((i) => i % 100), type: "DOUBLE" },
  { name: "cpu_cycles/0", data: rows((i) => i * 1e9), type: "DOUBLE" },
  { name: "cpu_migrations", data: rows((i) => i * 1e6), type: "DOUBLE" },
  ...Array.from({ length: WIDE }, (_, n): ColumnSource => ({
    name: `tcp_latency/${n}`,
    data: rows((i) => i * n / 7),
    type: "DOUBLE",
  })),
];

function rows<T>(valueOf: (index: number) => T): T[] {
  return Array.from({ length: ROWS }, (_, index) => valueOf(index));
}

async function opened(keys: string, options: MappedFileOptions = {}) {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "wide.parquet");
  const bytes = parquetWriteBuffer({ columnData: COLUMNS });
  await writeFile(path, new Uint8Array(bytes));
  const { source: tables } = Bun.TOML.parse(
    `[[source]]\nname = "wide"\npath = "wide.parquet"\n${keys}`,
  ) as { source?: unknown };
  const [declaration] = parseDeclarations(tables, "test");
  const mapped = await openMapped({ path, declaration: declaration!, parts: {} }, options);
  const items = [];
  for await (const list of mapped.source.items()) items.push(...list);
  const [first] = items;
  if (first?.kind !== "record") throw new Error("the first item is no record");
  const outcome = mapped.mappingOf(items).normalise(first, null);
  return { mapped, first, outcome, bytes: bytes.byteLength };
}

const DECLARED = `host_id = "host"
timestamp = "timestamp"
region = "R"
temp_c = "temp_celsius"
cpu_load = "cpu_percent"
voltage = false
power_watts = false`;

for (const [what, keys] of [["nothing", ""], ["all", DECLARED]] as const) {
  test(`mapped file: of hundreds of Parquet columns four are read, ${what} declared`, async () => {
    const { mapped, first, outcome, bytes } = await opened(keys);
    expect(Object.keys(first.fields).sort()).toEqual([
      "cpu_percent",
      "host",
      "temp_celsius",
      "timestamp",
    ]);
    expect(mapped.source.bytesRead()).toBeLessThan(bytes / 20);
    expect(mapped.unreadColumns).toHaveLength(WIDE + 2);
    if (outcome.kind === "dead_letter") throw new Error(outcome.detail);
    expect(readingToJson(outcome.reading)).toMatchObject({
      host_id: "h1",
      timestamp: "2025-11-21T09:00:00Z",
      temp_c: 40,
      cpu_load: 0,
    });
  });
}

test("mapped file: a whole record has all columns, under the same mapping", async () => {
  const part = await opened("");
  const whole = await opened("", { wholeRecords: true });
  expect(Object.keys(whole.first.fields)).toHaveLength(COLUMNS.length);
  expect(whole.mapped.mappingOf([]).version).toBe(part.mapped.mappingOf([]).version);
});

test("mapped file: where names do not tell, all columns are looked at", async () => {
  await expect(opened(`host_id = { path = "host" }\ntemp_c = false\ncpu_load = false`)).rejects
    .toThrow("numbers stand in");
});
