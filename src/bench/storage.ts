/**
 * Storage: what a reading of the simulated fleet costs on disk. Every host reports every ten
 * seconds. The archive once it is sealed, beside the raw NDJSON; the hot store with all its indexes
 * and rollups, beside a plain table of the original's shape with its index.
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { archivedAsCsv } from "./archived_rows.ts";
import { backfill } from "./backfill.ts";
import { makeStore, startHouse, until, verifyScratch } from "./house.ts";
import { type BenchOptions, peerServer } from "./options.ts";
import { copyRows } from "./psql.ts";
import { atMost, type BenchResult, describeMachine } from "./result.ts";
import { makeDatabase, makeScratch, type ScratchDatabase } from "./scratch.ts";
import { rounded } from "./statistics.ts";

const ROWS = 10_000_000;
const HOSTS = 5_000;
const REPORT_EVERY_MS = 10_000;
const ARCHIVE_BYTES = 10;
const OF_PLAIN_TABLE = 0.6;

export async function benchStorage(options: BenchOptions): Promise<BenchResult> {
  const server = peerServer("storage", options);
  const rows = options.rows ?? ROWS;
  const hosts = options.hosts ?? HOSTS;
  const scratch = await makeScratch(server);
  const peer = await makeDatabase(server);
  try {
    await makeStore(scratch);
    const house = await startHouse(scratch, null);
    const endMs = Date.now();
    const startMs = endMs - rows / hosts * REPORT_EVERY_MS;
    await backfill(house, { rows, hosts, startMs, endMs }).finally(() => house.stop());
    const rawBytes = await archiveBytes(scratch.dataDir, /\.ndjson$/);
    await seal(scratch);
    const sealedBytes = await archiveBytes(scratch.dataDir, /./);
    const goal = await verifyScratch(scratch);
    const hotBytes = await storeBytes(scratch.databaseUrl!);
    const file = join(scratch.directory, "rows.csv");
    await archivedAsCsv(scratch.dataDir, file);
    await copyRows(peer, "peer_indexed", file, true);
    const plainBytes = await tableBytes(peer, "peer_indexed");
    const perReading = (bytes: number) => rounded(bytes / rows, 2);
    return {
      bench: "storage",
      machine: describeMachine(),
      figures: {
        "readings": rows,
        "hosts": hosts,
        "sealed archive, bytes a reading": perReading(sealedBytes),
        "hot store, bytes a reading": perReading(hotBytes),
      },
      peers: {
        "raw NDJSON, bytes a reading": perReading(rawBytes),
        "plain table with index (host_id, timestamp), bytes a reading": perReading(plainBytes),
      },
      goals: [
        atMost("sealed archive a reading", sealedBytes / rows, ARCHIVE_BYTES, " bytes"),
        atMost("hot store of the plain table", hotBytes / plainBytes, OF_PLAIN_TABLE),
        goal,
      ],
      notes: [`raw NDJSON is ${rounded(rawBytes / sealedBytes, 1)} times the sealed archive`],
    };
  } finally {
    await peer.remove();
    await scratch.remove();
  }
}

/** A start later the closed run is compressed in the background: until nothing plain is left. */
async function seal(scratch: Parameters<typeof startHouse>[0]): Promise<void> {
  const house = await startHouse(scratch, null);
  // The house's own run has an open part; it is empty.
  await until(() => archiveBytes(scratch.dataDir, /\.ndjson$/), (bytes) => bytes === 0);
  await house.stop();
}

/** Of the live runs' files with such a name. */
async function archiveBytes(dataDir: string, name: RegExp): Promise<number> {
  const directory = join(dataDir, "live_data");
  const files = await readdir(directory, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    files.filter((file) => file.isFile() && name.test(file.name))
      // One that has just been replaced by its compressed form.
      .map((file) => stat(join(file.parentPath, file.name)).then(({ size }) => size, () => 0)),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Everything in the schema: readings, rollups, dictionaries, their indexes and TOAST. */
async function storeBytes(databaseUrl: string): Promise<number> {
  const sql = new Bun.SQL(databaseUrl, { max: 1 });
  const [row] = await sql.unsafe(
    `select sum(pg_total_relation_size(c.oid))::float8 as bytes
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'rackwatch' and c.relkind in ('r', 'm')`,
  ) as { readonly bytes: number }[];
  await sql.close();
  return row!.bytes;
}

async function tableBytes({ sql }: ScratchDatabase, table: string): Promise<number> {
  const [row] = await sql.unsafe(
    `select pg_total_relation_size('${table}')::float8 as bytes`,
  ) as { readonly bytes: number }[];
  return row!.bytes;
}
