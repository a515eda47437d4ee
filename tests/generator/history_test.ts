import { expect, test } from "bun:test";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  defaultEndMs,
  historyFiles,
  type HistoryProgress,
  writeHistory,
} from "../../src/generator/history.ts";
import { DEMO_PROFILES } from "../../src/generator/profiles.ts";
import { withDirectory } from "./temporary_directory.ts";

const END_MS = Date.UTC(2025, 10, 21, 2, 42);

test("history files: the same seed and end give the same bytes, another seed others", async () => {
  const digests = (seed: number, hosts: number) =>
    withDirectory(async (dataDir) => {
      const files = await writeHistory({ dataDir, rows: 3000, hosts, seed, endMs: END_MS });
      return await Promise.all(
        files.map(async ({ path }) => Bun.hash(await readFile(path)).toString(16)),
      );
    });
  const first = await digests(1, 20);
  expect(await digests(1, 20)).toEqual(first);
  for (const other of [await digests(2, 20), await digests(1, 21)]) {
    other.forEach((digest, i) => expect(digest).not.toBe(first[i]!));
  }
});

test("India's history: CSV with the facts' header, local times without a zone, whole values", () =>
  withDirectory(async (dataDir) => {
    await writeHistory({ dataDir, rows: 2000, endMs: END_MS });
    const text = await readFile(join(dataDir, "india_lab/server_metrics.csv"), "utf8");
    const lines = text.split("\n");
    expect(lines[0]).toBe("server_code,timestamp_ist,temp_celsius,cpu_usage_percent");
    expect(lines.at(-1)).toBe("");
    expect(lines).toHaveLength(2002);
    const row = /^IND-SRV-([1-9]|1\d|20),\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,(\d\d),(\d\d)$/;
    for (const line of lines.slice(1, -1)) {
      const [, , celsius, percent] = row.exec(line) ?? [];
      expect(Number(celsius)).toBeWithin(35, 100);
      expect(Number(percent)).toBeWithin(10, 96);
    }
    // 02:42 UTC is 08:12 in Kolkata.
    expect(lines.at(-2)).toContain(",2025-11-21 08:12:00,");
    expect(lines.at(-3)).toContain(",2025-11-21 08:11:00,");
  }));

test("USA's history: one JSON object a line with the facts' keys, UTC, °F, fraction, volts", () =>
  withDirectory(async (dataDir) => {
    await writeHistory({ dataDir, rows: 2000, endMs: END_MS });
    const text = await readFile(join(dataDir, "us_cloud/cloud_metrics.json"), "utf8");
    const lines = text.trimEnd().split("\n");
    expect(lines).toHaveLength(2000);
    for (const line of lines) {
      const row = JSON.parse(line);
      expect(Object.keys(row)).toEqual([
        "instance_id",
        "time_utc",
        "temp_fahrenheit",
        "load_fraction",
        "voltage_v",
      ]);
      expect(row.instance_id).toMatch(/^us-cloud-([1-9]|1\d|20)$/);
      expect(row.time_utc).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(row.temp_fahrenheit).toBeWithin(95, 211);
      expect(Number.isInteger(row.temp_fahrenheit)).toBe(true);
      expect(row.load_fraction).toBeWithin(0.1, 0.9001);
      expect(row.voltage_v).toBeWithin(11.8, 12.2001);
    }
    expect(JSON.parse(lines.at(-1)!).time_utc).toBe("2025-11-21T02:42:00Z");
  }));

test("writeHistory: reports what it wrote, and leaves no temporary file", () =>
  withDirectory(async (dataDir) => {
    const progress: HistoryProgress[] = [];
    const files = await writeHistory({
      dataDir,
      rows: 500,
      endMs: END_MS,
      onProgress: (step) => progress.push(step),
    });
    expect(files.map((file) => file.path)).toEqual(historyFiles(dataDir));
    for (const file of files) {
      expect(file.rows).toBe(500);
      expect(file.bytes).toBe(Bun.file(file.path).size);
    }
    expect(progress.filter((step) => step.rows === 500)).toHaveLength(3);
    expect((await readdir(dataDir, { recursive: true })).filter((name) => name.endsWith(".tmp")))
      .toEqual([]);
  }));

test("writeHistory: an abort leaves the file that was there, and no half one", () =>
  withDirectory(async (dataDir) => {
    const [path] = historyFiles(dataDir);
    await writeHistory({ dataDir, rows: 10, endMs: END_MS });
    const before = await readFile(path!);
    const stop = new AbortController();
    const writing = writeHistory({
      dataDir,
      rows: 100_000,
      endMs: END_MS,
      signal: stop.signal,
      onProgress: () => stop.abort(new Error("enough")),
    });
    await expect(writing).rejects.toThrow("enough");
    expect(await readFile(path!)).toEqual(before);
    expect(await readdir(join(dataDir, "india_lab"))).toEqual(["server_metrics.csv"]);
  }));

test("writeHistory: a fourth region is an entry, not code", () =>
  withDirectory(async (dataDir) => {
    const brazil = {
      ...DEMO_PROFILES[0]!,
      region: "Brazil",
      zone: "America/Sao_Paulo",
      hostPrefix: "br-",
      history: {
        path: "br/rows.json",
        format: "ndjson",
        columns: [{ name: "watts", kind: "watts" }, { name: "when", kind: "local_time" }],
      },
    } as const;
    await writeHistory({ dataDir, rows: 1, endMs: END_MS, profiles: [brazil] });
    expect(await readFile(join(dataDir, "br/rows.json"), "utf8"))
      .toMatch(/^\{"watts":\d+,"when":"2025-11-20 23:42:00"\}\n$/);
  }));

test("writeHistory: refuses rows and ends it can't write, and says which it can", async () => {
  const write = (rows: number, endMs: number) => writeHistory({ dataDir: "/nowhere", rows, endMs });
  for (const rows of [0, -5, 1.5, 10_000_001]) {
    await expect(write(rows, END_MS)).rejects.toThrow(
      `must be a whole number 1–10000000, got ${rows}`,
    );
  }
  for (const endMs of [NaN, 0, Date.UTC(2100, 0, 1)]) {
    await expect(write(10, endMs)).rejects.toThrow("its end must lie in the years 2001–2099");
  }
});

test("defaultEndMs: cuts to the minute", () => {
  expect(defaultEndMs(END_MS + 59_999)).toBe(END_MS);
});
