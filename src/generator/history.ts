/**
 * Writes the fleet's history files, one a region, in the format, columns and units of its profile.
 * The same seed, end, rows and hosts give the same bytes. Memory is bounded by one chunk or row
 * group whatever the number of rows; a file appears under its name when it is complete.
 */
import { join } from "node:path";
import { createFleet, type FleetRegion } from "./fleet.ts";
import { HISTORY_ROWS_MAX, historyRows } from "./history_rows.ts";
import { replaceFile } from "./history_sink.ts";
import { writeParquet } from "./parquet_writer.ts";
import { DEMO_PROFILES, type RegionProfile } from "./profiles.ts";
import { type RowsWritten, writeCsv, writeNdjson } from "./text_writer.ts";

export interface HistoryOptions {
  readonly dataDir: string;
  /** Rows a region, 1–10,000,000; 10,000 by default. */
  readonly rows?: number;
  /** Hosts a region; 20 by default. */
  readonly hosts?: number;
  /** 1 by default. */
  readonly seed?: number;
  /** Time of the newest row, epoch ms; cut to the second. */
  readonly endMs: number;
  readonly profiles?: readonly RegionProfile[];
  readonly onProgress?: (progress: HistoryProgress) => void;
  readonly signal?: AbortSignal;
}

export interface HistoryProgress {
  readonly region: string;
  readonly path: string;
  /** Rows of this file so far, and in the end. */
  readonly rows: number;
  readonly rowsTotal: number;
}

export interface HistoryFile {
  readonly region: string;
  readonly path: string;
  readonly format: RegionProfile["history"]["format"];
  readonly rows: number;
  readonly bytes: number;
}

/** Where `writeHistory` puts the files, a region each. */
export function historyFiles(
  dataDir: string,
  profiles: readonly RegionProfile[] = DEMO_PROFILES,
): string[] {
  return profiles.map((profile) => join(dataDir, profile.history.path));
}

/** End of a history where none is named: now, on the minute. */
export function defaultEndMs(nowMs: number): number {
  return Math.floor(nowMs / 60_000) * 60_000;
}

/**
 * @throws {RangeError} when rows, hosts, seed or end is out of range.
 * @throws The signal's reason when it aborts; the file under way is removed, earlier ones stay.
 */
export async function writeHistory(options: HistoryOptions): Promise<HistoryFile[]> {
  const { dataDir, rows = 10_000, hosts = 20, seed = 1, profiles } = options;
  if (!Number.isInteger(rows) || rows < 1 || rows > HISTORY_ROWS_MAX) {
    throw new RangeError(
      `Cannot write history: rows a region must be a whole number 1–${HISTORY_ROWS_MAX}, ` +
        `got ${rows}`,
    );
  }
  const endMs = wholeSecond(options.endMs);
  const files: HistoryFile[] = [];
  for (const region of createFleet({ seed, hosts, ...(profiles && { profiles }) })) {
    const path = join(dataDir, region.profile.history.path);
    files.push(await writeRegion(region, path, rows, endMs, options));
  }
  return files;
}

async function writeRegion(
  region: FleetRegion,
  path: string,
  rows: number,
  endMs: number,
  { onProgress, signal }: HistoryOptions,
): Promise<HistoryFile> {
  const { format, columns } = region.profile.history;
  const onRows: RowsWritten = (written) => {
    signal?.throwIfAborted();
    onProgress?.({ region: region.profile.region, path, rows: written, rowsTotal: rows });
  };
  signal?.throwIfAborted();
  const bytes = await replaceFile(path, async (sink) => {
    await WRITERS[format](sink, columns, historyRows(region, rows, endMs), onRows);
    return sink.bytes;
  });
  return { region: region.profile.region, path, format, rows, bytes };
}

const WRITERS = { csv: writeCsv, ndjson: writeNdjson, parquet: writeParquet } as const;

/** The years that `YYYY-MM-DD` can write, less the year that a history may span. */
function wholeSecond(endMs: number): number {
  const seconds = Math.floor(endMs / 1000);
  if (!(endMs >= Date.UTC(2001, 0, 1) && endMs < Date.UTC(2100, 0, 1))) {
    throw new RangeError(
      `Cannot write history: its end must lie in the years 2001–2099, got ${
        Number.isFinite(endMs) ? new Date(endMs).toISOString() : endMs
      }`,
    );
  }
  return seconds * 1000;
}
