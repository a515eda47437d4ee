/**
 * Ingest, end to end: a process of its own sends the wire format as fast as it is taken; rackwatch
 * archives every line (fdatasync), normalises, rolls up, judges alerts, serves one dashboard and
 * commits to its store. The clock runs from the first byte to the last committed row. The peers in
 * the same run get the same rows: `psql \copy` into a table of the original's shape, with an index
 * on (host_id, timestamp) and without any, and what else is installed (`peers/`). Median of runs.
 */
import { join } from "node:path";
import { archivedAsCsv } from "./archived_rows.ts";
import { type House, makeStore, startFeed, startHouse, until, verifyScratch } from "./house.ts";
import { type BenchOptions, peerServer, storeServer } from "./options.ts";
import { findPeers, type Peers } from "./peers/present.ts";
import { SPARK } from "./peers/spark.ts";
import { copyRows } from "./psql.ts";
import {
  atLeast,
  type BenchGoal,
  type BenchResult,
  describeMachine,
  verifyGoal,
} from "./result.ts";
import { makeDatabase, makeScratch, type Scratch } from "./scratch.ts";
import { median, rounded } from "./statistics.ts";

const ROWS = 500_000;
const RUNS = 5;
const HOSTS = 5_000;

export interface Ingested {
  readonly seconds: number;
  readonly archivedSeconds: number;
  readonly archivedBytes: number;
}

interface Run {
  readonly ours: Ingested;
  /** Seconds of each peer, by name. */
  readonly peers: ReadonlyMap<string, number>;
  readonly goal: BenchGoal;
}

const INDEXED = "psql \\copy, index (host_id, timestamp), rows/s";
const PLAIN = "psql \\copy, no index, rows/s";

export async function benchIngest(options: BenchOptions): Promise<BenchResult> {
  const server = peerServer("ingest", options);
  const rows = options.rows ?? ROWS;
  const others = await findPeers();
  const runs: Run[] = [];
  for (let run = 0; run < (options.runs ?? RUNS); run++) {
    runs.push(await oneRun(rows, server, others, options));
    options.log.info("run done", { run: run + 1, seconds: runs.at(-1)!.ours.seconds });
  }
  const rate = (seconds: number) => Math.round(rows / seconds);
  const ours = median(runs.map((run) => run.ours.seconds));
  const peers = [...runs[0]!.peers.keys()].map((name): [string, number] => [
    name,
    median(runs.map((run) => run.peers.get(name)!)),
  ]);
  const of = (name: string) => peers.find((peer) => peer[0] === name)![1] / ours;
  return {
    bench: options.embedded ? "ingest --embedded" : "ingest",
    machine: describeMachine(),
    figures: {
      "rows": rows,
      "runs": runs.length,
      "seconds, first byte to last commit": rounded(ours),
      "rackwatch, rows/s": rate(ours),
      "archived, rows/s": rate(median(runs.map((run) => run.ours.archivedSeconds))),
      "archive, bytes": runs[0]!.ours.archivedBytes,
    },
    peers: Object.fromEntries(peers.map(([name, seconds]) => [name, rate(seconds)])),
    goals: [
      ...(options.embedded ? [atLeast("of \\copy with the index", of(INDEXED), 0.8)] : [
        atLeast("of \\copy with the index", of(INDEXED), 1.5),
        atLeast("of \\copy without an index", of(PLAIN), 0.7),
        ...others.present.map(({ name }) =>
          atLeast(`of ${name}`, of(rowsOf(name)), name === SPARK ? 10 : 1.5)
        ),
      ]),
      verifyGoal(runs.reduce((sum, run) => sum + run.goal.value, 0)),
    ],
    notes: options.embedded ? [] : others.absent,
  };
}

const rowsOf = (name: string) => `${name}, rows/s`;

async function oneRun(
  rows: number,
  server: string,
  others: Peers,
  options: BenchOptions,
): Promise<Run> {
  const scratch = await makeScratch(storeServer(options));
  const peer = await makeDatabase(server);
  try {
    const ours = await ingestFeed(scratch, rows, options.hosts ?? HOSTS);
    const goal = await verifyScratch(scratch);
    const file = join(scratch.directory, "rows.csv");
    await archivedAsCsv(scratch.dataDir, file);
    const peers = new Map([
      [INDEXED, await copyRows(peer, "peer_indexed", file, true)],
      [PLAIN, await copyRows(peer, "peer_plain", file, false)],
    ]);
    for (const { name, ingest } of options.embedded ? [] : others.present) {
      const { dataDir, directory: scratchDirectory } = scratch;
      const input = { dataDir, scratchDirectory, databaseUrl: peer.url, rows };
      peers.set(rowsOf(name), await ingest(input));
    }
    return { ours, peers, goal };
  } finally {
    await peer.remove();
    await scratch.remove();
  }
}

/** The feed's rows from socket to store, with one dashboard open; the house has stopped then. */
export async function ingestFeed(
  scratch: Scratch,
  rows: number,
  hosts: number,
): Promise<Ingested> {
  await makeStore(scratch);
  const feed = await startFeed(scratch, { rate: 0, rows, hosts });
  // The feed begins with its first reader: the house is up by then.
  const house = await startHouse(scratch, feed.address);
  try {
    await house.openDashboard();
    return await watch(house.status, rows);
  } finally {
    await Promise.all([house.stop(), feed.stop()]);
  }
}

/** Looks at the counters every 50 ms, so times are right to about that; never to our advantage. */
async function watch(status: House["status"], rows: number): Promise<Ingested> {
  let startedMs: number | null = null;
  let lookedMs = performance.now();
  let archivedMs: number | null = null;
  let archivedBytes = 0;
  await until(status, ({ layers: { speed } }) => {
    // The first byte came after the look before.
    if (speed.received_bytes > 0) startedMs ??= lookedMs;
    lookedMs = performance.now();
    if (speed.archived_lines >= rows) archivedMs ??= lookedMs;
    archivedBytes = speed.archived_bytes;
    return speed.committed_rows + speed.dead_letters >= rows;
  });
  const secondsTo = (atMs: number) => (atMs - startedMs!) / 1000;
  return {
    seconds: secondsTo(lookedMs),
    archivedSeconds: secondsTo(archivedMs ?? lookedMs),
    archivedBytes,
  };
}
