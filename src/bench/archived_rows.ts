/**
 * The rows of live runs as peers take them, read from the archive's own bytes: the same rows for
 * every peer, whatever store rackwatch itself has. Plain parts and zstd ones.
 */
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createZstdDecompress } from "node:zlib";

export interface WireRow {
  readonly host_id: string;
  readonly timestamp: string;
  readonly temp_c: number;
  readonly cpu_load: number;
  readonly voltage: number;
  readonly power_watts: number;
}

export async function* archivedRows(dataDir: string): AsyncGenerator<WireRow> {
  const runs = join(dataDir, "live_data");
  for (const run of (await readdir(runs)).sort()) {
    const parts = (await readdir(join(runs, run))).filter((name) =>
      /^part-\d+\.ndjson(\.zst)?$/.test(name)
    );
    for (const part of parts.sort()) {
      const bytes = createReadStream(join(runs, run, part));
      const input = part.endsWith(".zst") ? bytes.pipe(createZstdDecompress()) : bytes;
      for await (const line of createInterface({ input, crlfDelay: Infinity })) {
        if (line !== "") yield JSON.parse(line) as WireRow;
      }
    }
  }
}

/** In the original's shape and order of columns; what is not measured is empty. */
export async function archivedAsCsv(dataDir: string, file: string): Promise<void> {
  await writeRows(
    dataDir,
    file,
    (row) =>
      `${row.host_id},${row.timestamp},${row.temp_c},${row.cpu_load},${row.voltage || ""},${
        row.power_watts || ""
      }\n`,
  );
}

/** A file of all rows, each as `text` writes it. */
export async function writeRows(
  dataDir: string,
  file: string,
  text: (row: WireRow) => string,
): Promise<void> {
  const sink = Bun.file(file).writer({ highWaterMark: 1_048_576 });
  for await (const row of archivedRows(dataDir)) sink.write(text(row));
  await sink.end();
}
