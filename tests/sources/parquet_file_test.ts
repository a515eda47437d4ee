import { afterAll, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import type { RawRecord } from "../../src/model/record.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { DamagedFileError } from "../../src/sources/damaged_file.ts";
import { openParquet, type ParquetOptions } from "../../src/sources/parquet_file.ts";

const folder = await mkdtemp(join(tmpdir(), "rackwatch-parquet-"));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function put(bytes: Uint8Array): string {
  const path = join(folder, `${files++}.parquet`);
  writeFileSync(path, bytes);
  return path;
}

function written(columnData: ColumnSource[], rowGroupSize = 1_000): Uint8Array {
  return new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize }));
}

/** A history as a cluster writes it: dictionary and plain pages, three row groups. */
function history(rows = 2_500): Uint8Array {
  const each = <T>(make: (i: number) => T) => Array.from({ length: rows }, (_, i) => make(i));
  return written([
    { name: "node_name", data: each((i) => `DE-HPC-${i % 50}`), type: "STRING" },
    { name: "epoch_time", data: each((i) => BigInt(1_763_000_000 + i)), type: "INT64" },
    { name: "temp_kelvin", data: each((i) => 308 + (i % 50)), type: "INT32" },
    { name: "power_watts", data: each((i) => i % 7 === 0 ? null : i / 3), type: "DOUBLE" },
  ]);
}

async function read(path: string, options?: ParquetOptions) {
  const file = await openParquet(path, options);
  const records: RawRecord[] = [];
  for await (const list of file.items()) records.push(...list as RawRecord[]);
  return { file, records };
}

const fieldsOf = async (columns: ColumnSource[], options?: ParquetOptions) =>
  (await read(put(written(columns)), options)).records.map((record) => record.fields);

test("openParquet reads rows of all row groups in order, by row number", async () => {
  const { file, records } = await read(put(history()));
  expect(file.rowsTotal).toBe(2_500);
  expect(file.columns).toEqual(["node_name", "epoch_time", "temp_kelvin", "power_watts"]);
  expect(records.map((record) => record.offset)).toEqual([...Array(2_500).keys()]);
  expect(records[2_499]).toEqual({
    kind: "record",
    offset: 2_499,
    fields: {
      node_name: "DE-HPC-49",
      epoch_time: 1_763_002_499,
      temp_kelvin: 357,
      power_watts: null,
    },
    raw: null,
  });
  expect(records[2_498]?.fields["power_watts"]).toBe(2_498 / 3);
  expect(file.bytesRead()).toBeGreaterThan(0);
  expect(file.bytesRead()).toBeLessThanOrEqual(file.bytesTotal);
});

test("openParquet gives whole numbers as numbers while they are safe, else as bigint", async () => {
  const nanos = 1_768_956_638_000_716_606n;
  expect(await fieldsOf([{ name: "t", data: [1n, nanos], type: "INT64" }])).toEqual([
    { t: 1 },
    { t: nanos },
  ]);
});

test("openParquet gives a float32 its shortest decimal", async () => {
  const data = [11.9, 67.3, -0.1, 1e-7, 16_777_216, NaN].map(Math.fround);
  const rows = await fieldsOf([{ name: "v", data, type: "FLOAT" }]);
  expect(rows.map((row) => row["v"])).toEqual([11.9, 67.3, -0.1, 1e-7, 16_777_216, NaN]);
});

test("openParquet gives timestamps as dates, and as text where they have no zone", async () => {
  const at = new Date("2025-11-21T02:42:56.000Z");
  expect(await fieldsOf([{ name: "t", data: [at, null], type: "TIMESTAMP" }])).toEqual([
    { t: at },
    { t: null },
  ]);
  const schema = [
    { name: "root", num_children: 1 },
    {
      name: "t",
      type: "INT64" as const,
      repetition_type: "REQUIRED" as const,
      logical_type: { type: "TIMESTAMP" as const, isAdjustedToUTC: false, unit: "MILLIS" as const },
      converted_type: "TIMESTAMP_MILLIS" as const,
    },
  ];
  const local = parquetWriteBuffer({ columnData: [{ name: "t", data: [at] }], schema });
  const { records } = await read(put(new Uint8Array(local)));
  expect(records[0]?.fields).toEqual({ t: "2025-11-21 02:42:56" });
});

test("openParquet gives nested values as JSON values", async () => {
  const rows = await fieldsOf([{ name: "v", data: [{ a: [1, null], b: "x" }], type: "JSON" }]);
  expect(rows).toEqual([{ v: { a: [1, null], b: "x" } }]);
});

test("openParquet decodes only the columns asked for, and all where the file has none of them", async () => {
  const columns: ColumnSource[] = [
    { name: "a", data: [1], type: "INT32" },
    { name: "b", data: [2], type: "INT32" },
  ];
  expect(await fieldsOf(columns, { columns: ["b", "c"] })).toEqual([{ b: 2 }]);
  expect(await fieldsOf(columns, { columns: ["c"] })).toEqual([{ a: 1, b: 2 }]);
});

test("openParquet reads a file without rows", async () => {
  expect(await fieldsOf([{ name: "a", data: [], type: "INT32" }])).toEqual([]);
});

/** Reads to the end; what was thrown, or null. */
async function failure(path: string): Promise<unknown> {
  try {
    await read(path);
    return null;
  } catch (error) {
    return error;
  }
}

test("openParquet refuses a file cut at any length as damaged, naming it", async () => {
  const whole = history(300);
  for (let length = 0; length < whole.length; length += 97) {
    const path = put(whole.subarray(0, length));
    const error = await failure(path);
    expect(error).toBeInstanceOf(DamagedFileError);
    expect(String(error)).toContain(path);
  }
});

test("openParquet survives any flipped byte: right rows' count, or refused as damaged", async () => {
  const whole = history(300);
  const random = seededRandom(7);
  let refused = 0;
  for (let round = 0; round < 400; round++) {
    const bytes = whole.slice();
    const at = Math.floor(random.next() * bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 + Math.floor(random.next() * 255));
    const error = await failure(put(bytes));
    if (error === null) continue;
    refused++;
    expect(error).toBeInstanceOf(DamagedFileError);
  }
  expect(refused).toBeGreaterThan(40);
});

test("openParquet refuses what is no Parquet file at all", async () => {
  const error = await failure(put(new TextEncoder().encode("host,temp\na,1\nb,2\n")));
  expect(String(error)).toContain("it does not end as a Parquet file does");
});

test("openParquet reads unsigned integers as such, and decimals to their scale", async () => {
  const required = { repetition_type: "REQUIRED" } as const;
  const unsigned = (bitWidth: number) => ({ type: "INTEGER", bitWidth, isSigned: false }) as const;
  const bytes = parquetWriteBuffer({
    schema: [
      { name: "root", num_children: 6 },
      { name: "null64", type: "INT64", logical_type: unsigned(64), repetition_type: "OPTIONAL" },
      { ...required, name: "u64", type: "INT64", logical_type: unsigned(64) },
      { ...required, name: "u64_old", type: "INT64", converted_type: "UINT_64" },
      { ...required, name: "u32", type: "INT32", logical_type: unsigned(32) },
      {
        ...required,
        name: "d32",
        type: "INT32",
        converted_type: "DECIMAL",
        scale: 2,
        precision: 9,
      },
      {
        ...required,
        name: "d64",
        type: "INT64",
        converted_type: "DECIMAL",
        scale: 3,
        precision: 18,
      },
    ],
    columnData: [
      { name: "null64", data: [2n ** 64n - 1n, null] },
      { name: "u64", data: [2n ** 64n - 1n, 1763715600123456789n] },
      { name: "u64_old", data: [2n ** 64n - 1n, 5n] },
      { name: "u32", data: [2 ** 32 - 1, 5] },
      { name: "d32", data: [-12.34, 4.35] },
      { name: "d64", data: [-1234.567, 0.435] },
    ],
  });
  const { records } = await read(put(new Uint8Array(bytes)));
  expect(records.map(({ fields }) => fields)).toEqual([
    {
      null64: 2n ** 64n - 1n,
      u64: 2n ** 64n - 1n,
      u64_old: 2n ** 64n - 1n,
      u32: 2 ** 32 - 1,
      d32: -12.34,
      d64: -1234.567,
    },
    { null64: null, u64: 1763715600123456789n, u64_old: 5, u32: 5, d32: 4.35, d64: 0.435 },
  ]);
});
