/**
 * Ingest, end to end: a process of its own sends the wire format as fast as it is taken; rackwatch
 * archives every line (fdatasync), normalises, rolls up, judges alerts, serves one dashboard and
 * commits to PostgreSQL. The clock runs from the first byte to the last committed row. The peer in
 * the same run is `psql \copy` of the same rows into a table of the original's shape, with an index
 * on (host_id, timestamp) and without any.
 */
import { join } from "node:path";
import { UsageError } from "../cli.ts";
import type { Log } from "../log.ts";
import type { Status } from "../model/status.ts";
import { type BenchResult, describeMachine, goalOf } from "./result.ts";
import { addressFrom, makeScratch, type Scratch, spawnSelf } from "./scratch.ts";

export interface IngestOptions {
  readonly rows: number;
  /** A PostgreSQL on which databases may be made; the benchmark needs one. */
  readonly databaseUrl: string | null;
  readonly log: Log;
}

/** A region; 5,000 hosts in all over the three regions of the fleet. */
const HOSTS_A_REGION = 1_667;

export async function benchIngest(options: IngestOptions): Promise<BenchResult> {
  if (options.databaseUrl === null) {
    throw new UsageError("bench ingest needs a PostgreSQL: set DATABASE_URL or --database-url");
  }
  const scratch = await makeScratch(options.databaseUrl);
  try {
    const ours = await ingest(options.rows, scratch, options.log);
    const file = join(scratch.directory, "rows.csv");
    await exportRows(scratch, file);
    const plain = await copy(scratch, "peer_plain", file, false);
    const indexed = await copy(scratch, "peer_indexed", file, true);
    const rate = (seconds: number) => Math.round(options.rows / seconds);
    return {
      bench: "ingest",
      machine: describeMachine(),
      figures: {
        "rows": options.rows,
        "seconds, first byte to last commit": round(ours.seconds),
        "rackwatch, rows/s": rate(ours.seconds),
        "archived, rows/s": rate(ours.archivedSeconds),
        "archive, bytes": ours.archivedBytes,
      },
      peers: {
        "psql \\copy, index (host_id, timestamp), rows/s": rate(indexed),
        "psql \\copy, no index, rows/s": rate(plain),
      },
      goals: [
        goalOf("of \\copy with the index", indexed / ours.seconds, 1.5),
        goalOf("of \\copy without an index", plain / ours.seconds, 0.7),
      ],
    };
  } finally {
    await scratch.remove();
  }
}

const round = (value: number) => Math.round(value * 1_000) / 1_000;

interface Ingested {
  readonly seconds: number;
  readonly archivedSeconds: number;
  readonly archivedBytes: number;
}

async function ingest(rows: number, scratch: Scratch, log: Log): Promise<Ingested> {
  const environment = { RACKWATCH_LOG_FORMAT: "json", DATABASE_URL: scratch.databaseUrl };
  const feed = spawnSelf([
    ...["generate", "feed", "--feed", "tcp://127.0.0.1:0", "--rate", "0"],
    ...["--rows", String(rows), "--hosts", String(HOSTS_A_REGION)],
  ], environment);
  const feedAddress = await addressFrom(feed.stderr, "listening");
  // A second feed address: the house is up and warm before the first byte is sent.
  const house = spawnSelf([
    ...["up", "--no-demo", "--no-open", "--http", "127.0.0.1:0"],
    ...["--feed", `tcp://${feedAddress}`, "--data-dir", join(scratch.directory, "data")],
  ], environment);
  try {
    const url = (await addressFrom(house.stderr, "listening: dashboard")).replace(/\/$/, "");
    const dashboard = new AbortController();
    const events = await fetch(`${url}/events?hz=1`, { signal: dashboard.signal });
    void events.body?.pipeTo(new WritableStream()).catch(() => {});
    const result = await watch(`${url}/api/status`, rows);
    dashboard.abort();
    log.info("ingested", { rows, seconds: result.seconds });
    return result;
  } finally {
    feed.kill();
    house.kill();
    await Promise.all([feed.exited, house.exited]);
  }
}

/** Polls the counters; a poll is every 50 ms, so times are right to about that. */
async function watch(statusUrl: string, rows: number): Promise<Ingested> {
  let startedMs: number | null = null;
  let archivedMs: number | null = null;
  for (;;) {
    const { layers: { speed } } = await (await fetch(statusUrl)).json() as Status;
    const nowMs = performance.now();
    if (startedMs === null && speed.received_bytes > 0) startedMs = nowMs;
    if (archivedMs === null && speed.archived_lines >= rows) archivedMs = nowMs;
    if (startedMs !== null && speed.committed_rows + speed.dead_letters >= rows) {
      return {
        seconds: (nowMs - startedMs) / 1000,
        archivedSeconds: ((archivedMs ?? nowMs) - startedMs) / 1000,
        archivedBytes: speed.archived_bytes,
      };
    }
    await Bun.sleep(50);
  }
}

/** The same rows that rackwatch just stored, as CSV. */
async function exportRows(scratch: Scratch, file: string): Promise<void> {
  await psql(
    scratch,
    `\\copy (select host_id, timestamp, temp_c, cpu_load, voltage, power_watts from server_metrics order by origin, "offset") to '${file}' csv`,
  );
}

/** Seconds that `\copy` takes into a table of the original's shape. */
async function copy(
  scratch: Scratch,
  table: string,
  file: string,
  indexed: boolean,
): Promise<number> {
  await scratch.sql.unsafe(`create table ${table} (host_id text, "timestamp" timestamp,
    temp_c double precision, cpu_load double precision, voltage double precision,
    power_watts double precision)`);
  if (indexed) await scratch.sql.unsafe(`create index on ${table} (host_id, "timestamp")`);
  await scratch.sql.unsafe("checkpoint");
  const startedMs = performance.now();
  await psql(scratch, `\\copy ${table} from '${file}' csv`);
  return (performance.now() - startedMs) / 1000;
}

async function psql(scratch: Scratch, command: string): Promise<void> {
  const child = Bun.spawn(
    ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", scratch.databaseUrl, "-c", command],
    { stdin: "ignore", stdout: "ignore", stderr: "pipe" },
  );
  const errors = await new Response(child.stderr).text();
  if (await child.exited !== 0) throw new Error(`psql could not ${command}: ${errors.trim()}`);
}
