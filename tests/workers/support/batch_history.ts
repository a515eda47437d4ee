/** History for the batch layer's tests, and what it left behind: rows, rollups, archived runs. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isoUtc } from "../../../src/model/iso_time.ts";
import type { Database, Row } from "../../../src/store/database.ts";

export const END_MS = Date.UTC(2025, 10, 21, 12);

export async function one(database: Database, text: string): Promise<Row> {
  return (await database.query(text))[0]!;
}

export function rowCount(database: Database): Promise<Row> {
  return one(
    database,
    `select (select count(*) from server_metrics) as rows,
      (select coalesce(sum(readings), 0)::bigint from rackwatch.rollups
        where step_s = 86400 and host_key = 0) as rolled_up`,
  );
}

export async function batchRuns(dataDir: string) {
  const directory = join(dataDir, "batch_data");
  const runs = (await readdir(directory)).sort();
  return await Promise.all(runs.map(async (run) => {
    const path = join(directory, run);
    const lines = async (name: string) =>
      (await readFile(join(path, name), "utf8")).split("\n").slice(0, -1)
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    return {
      manifest: JSON.parse(await readFile(join(path, "manifest.json"), "utf8")),
      readings: await lines("readings-000000.ndjson"),
      deadLetters: await lines("dead_letters.ndjson"),
    };
  }));
}

/** A CSV of India's, a row a second. */
export function indiaCsv(rows: number, firstTemp = 40): string {
  const lines = Array.from({ length: rows }, (_, index) => {
    const at = isoUtc(END_MS + index * 1000).slice(0, 19).replace("T", " ");
    return `IND-SRV-${index % 3},${at},${firstTemp + index % 10},${10 + index % 80}`;
  });
  return ["server_code,timestamp_ist,temp_celsius,cpu_usage_percent", ...lines]
    .map((line) => line + "\n").join("");
}
