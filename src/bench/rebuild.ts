/**
 * Rebuild: the hot store built anew from N archived lines and swapped in, from the process's start
 * to its exit, beside the rate at which the same lines came in from a socket just before.
 */
import type { RebuildReport } from "../workers/rebuild/rebuild_store.ts";
import { verifyScratch } from "./house.ts";
import { ingestFeed } from "./ingest.ts";
import { type BenchOptions, storeServer } from "./options.ts";
import { runSelf } from "./processes.ts";
import { atLeast, type BenchResult, describeMachine } from "./result.ts";
import { makeScratch } from "./scratch.ts";
import { rounded } from "./statistics.ts";

const ROWS = 5_000_000;
const HOSTS = 5_000;

export async function benchRebuild(options: BenchOptions): Promise<BenchResult> {
  const rows = options.rows ?? ROWS;
  const scratch = await makeScratch(storeServer(options));
  try {
    const ingested = await ingestFeed(scratch, rows, options.hosts ?? HOSTS);
    options.log.info("ingested", { rows, seconds: ingested.seconds });
    const { report, exitCode, seconds } = await runSelf<RebuildReport>(
      ["rebuild", "--no-demo", "--data-dir", scratch.dataDir],
      scratch,
    );
    if (exitCode !== 0 || report.live.lines !== rows) {
      throw new Error(`rebuild exited ${exitCode} with ${report.live.lines} of ${rows} lines`);
    }
    return {
      bench: "rebuild",
      machine: describeMachine(),
      figures: {
        "archived lines": rows,
        "seconds, process start to exit": rounded(seconds),
        "rebuilt, lines/s": Math.round(rows / seconds),
      },
      peers: { "ingest in the same run, rows/s": Math.round(rows / ingested.seconds) },
      goals: [
        atLeast("of the ingest rate", ingested.seconds / seconds, 1.5),
        await verifyScratch(scratch),
      ],
      notes: [],
    };
  } finally {
    await scratch.remove();
  }
}
