import { expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { historyFiles, writeHistory } from "../../src/generator/history.ts";
import { DEMO_PROFILES } from "../../src/generator/profiles.ts";
import { withDirectory } from "./temporary_directory.ts";

const END_MS = Date.UTC(2025, 10, 21, 2, 42);
const GERMANY = DEMO_PROFILES.filter((profile) => profile.history.format === "parquet");

/** The German history's bytes, as hyparquet wants them. */
function parquetBytes(rows: number): Promise<ArrayBuffer> {
  return withDirectory(async (dataDir) => {
    await writeHistory({ dataDir, rows, endMs: END_MS, profiles: GERMANY });
    const bytes = await readFile(historyFiles(dataDir, GERMANY)[0]!);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  });
}

test("Germany's history: Parquet with a string and three int64 columns, all Snappy", async () => {
  const metadata = parquetMetadata(await parquetBytes(300));
  expect(metadata.num_rows).toBe(300n);
  expect(
    metadata.schema.slice(1).map(({ name, type, converted_type }) => [name, type, converted_type]),
  ).toEqual([
    ["node_name", "BYTE_ARRAY", "UTF8"],
    ["epoch_time", "INT64", undefined],
    ["temp_kelvin", "INT64", undefined],
    ["power_watts", "INT64", undefined],
  ]);
  const columns = metadata.row_groups.flatMap((group) => group.columns);
  expect(new Set(columns.map((column) => column.meta_data?.codec))).toEqual(new Set(["SNAPPY"]));
});

test("Germany's history: reads back in order, in the facts' ranges", async () => {
  const rows = await parquetReadObjects({ file: await parquetBytes(1500) });
  expect(rows).toHaveLength(1500);
  rows.forEach((row, i) => {
    expect(row["node_name"]).toMatch(/^DE-HPC-([1-9]|1\d|20)$/);
    expect(row["epoch_time"]).toBe(BigInt(END_MS / 1000 - (1499 - i) * 60));
    expect(Number(row["temp_kelvin"])).toBeWithin(308, 373);
    expect(Number(row["power_watts"])).toBeWithin(400, 1201);
  });
});

test("Germany's history: more than 100,000 rows are several row groups, and all there", async () => {
  const bytes = await parquetBytes(200_001);
  const metadata = parquetMetadata(bytes);
  expect(metadata.row_groups.map((group) => Number(group.num_rows))).toEqual([100_000, 100_000, 1]);
  const rows = await parquetReadObjects({ file: bytes, columns: ["epoch_time"] });
  rows.forEach((row, i) => {
    if (row["epoch_time"] !== BigInt(END_MS / 1000 - (200_000 - i) * 60)) {
      throw new Error(`row ${i} has epoch_time ${row["epoch_time"]}`);
    }
  });
});

test("Parquet: a column that is neither text nor a whole number is refused by name", () => {
  const volts = {
    ...GERMANY[0]!,
    history: { ...GERMANY[0]!.history, columns: [{ name: "u", kind: "volts" }] },
  } as const;
  return withDirectory(async (dataDir) => {
    const writing = writeHistory({ dataDir, rows: 1, endMs: END_MS, profiles: [volts] });
    await expect(writing).rejects.toThrow("Cannot write column u to Parquet");
  });
});
