/**
 * Batch: N rows each of CSV, NDJSON and Parquet in the demo's three formats, zones and units, from
 * the process's start to its exit: read, normalised, archived, rolled up, committed. The peer is
 * `psql \copy` of the 3 N normalised rows, which somebody else has read and converted already.
 */
import { join } from "node:path";
import type { BatchReport } from "../workers/messages.ts";
import { makeStore, verifyScratch } from "./house.ts";
import { type BenchOptions, peerServer } from "./options.ts";
import { runSelf, spawnSelf } from "./processes.ts";
import { copyRows, exportRows } from "./psql.ts";
import {
  atLeast,
  type BenchGoal,
  type BenchResult,
  describeMachine,
  verifyGoal,
} from "./result.ts";
import { makeDatabase, makeScratch, type Scratch } from "./scratch.ts";
import { median, rounded } from "./statistics.ts";

const ROWS_A_FORMAT = 1_000_000;
const RUNS = 5;
const HOSTS = 60;

interface Run {
  readonly seconds: number;
  readonly indexed: number;
  readonly plain: number;
  readonly goal: BenchGoal;
}

export async function benchBatch(options: BenchOptions): Promise<BenchResult> {
  const server = peerServer("batch", options);
  const rows = options.rows ?? ROWS_A_FORMAT;
  const runs: Run[] = [];
  for (let run = 0; run < (options.runs ?? RUNS); run++) {
    runs.push(await oneRun(rows, server, options.hosts ?? HOSTS));
    options.log.info("run done", { run: run + 1, seconds: runs.at(-1)!.seconds });
  }
  const middle = (of: (run: Run) => number) => median(runs.map(of));
  const ours = middle((run) => run.seconds);
  const indexed = middle((run) => run.indexed), plain = middle((run) => run.plain);
  const rate = (seconds: number) => Math.round(3 * rows / seconds);
  return {
    bench: "batch",
    machine: describeMachine(),
    figures: {
      "rows of each format": rows,
      "runs": runs.length,
      "seconds, process start to exit": rounded(ours),
      "rackwatch, rows/s": rate(ours),
    },
    peers: {
      "psql \\copy, index (host_id, timestamp), rows/s": rate(indexed),
      "psql \\copy, no index, rows/s": rate(plain),
    },
    goals: [
      atLeast("of \\copy with the index", indexed / ours, 1.5),
      atLeast("of \\copy without an index", plain / ours, 0.8),
      verifyGoal(runs.reduce((sum, run) => sum + run.goal.value, 0)),
    ],
    notes: [],
  };
}

async function oneRun(rows: number, server: string, hosts: number): Promise<Run> {
  const scratch = await makeScratch(server);
  const peer = await makeDatabase(server);
  try {
    await generateHistory(scratch, rows, hosts);
    await makeStore(scratch);
    const { report, exitCode, seconds } = await runSelf<BatchReport>(
      ["batch", "--demo", "--data-dir", scratch.dataDir],
      scratch,
    );
    if (exitCode !== 0 || report.rowsLoaded !== 3 * rows) {
      throw new Error(`batch exited ${exitCode} with ${report.rowsLoaded} of ${3 * rows} rows`);
    }
    const goal = await verifyScratch(scratch);
    const file = join(scratch.directory, "rows.csv");
    await exportRows(scratch.databaseUrl!, file);
    const indexed = await copyRows(peer, "peer_indexed", file, true);
    const plain = await copyRows(peer, "peer_plain", file, false);
    return { seconds, indexed, plain, goal };
  } finally {
    await peer.remove();
    await scratch.remove();
  }
}

async function generateHistory(scratch: Scratch, rows: number, hosts: number): Promise<void> {
  const child = spawnSelf([
    ...["generate", "history", "--rows", String(rows), "--hosts", String(Math.ceil(hosts / 3))],
    ...["--data-dir", scratch.dataDir],
  ], scratch);
  const errors = new Response(child.stderr).text();
  void child.stdout.pipeTo(new WritableStream());
  if (await child.exited !== 0) throw new Error(`Cannot generate history: ${await errors}`);
}
