/** The whole hot store held against the archive, run by run: live ones, then batch ones. */
import { listRuns } from "../../archive/catalogue.ts";
import type { Database } from "../../store/database.ts";
import type { UpkeepProgress } from "../messages.ts";
import type { RebuildSettings } from "../rebuild/rebuild_store.ts";
import type { ArchiveTools } from "../speed/archived_runs.ts";
import { liveMapping } from "../speed/live_mapping.ts";
import { liveOrigins, originTotals } from "../../store/queries/origin_rows.ts";
import { type RunVerdict, verifyRun } from "../verify_run.ts";
import { ReadingTotals } from "./reading_totals.ts";
import { verifyBatchRuns } from "./verify_batch.ts";

export interface VerifyReport {
  readonly same: boolean;
  readonly runs: readonly RunVerdict[];
}

export interface VerifyStoreOptions {
  readonly settings: Pick<RebuildSettings, "dataDir" | "sources" | "configFile">;
  readonly database: Database;
  readonly tools: ArchiveTools;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: UpkeepProgress) => void;
  /** Others write meanwhile: each run is compared up to the checkpoint of one moment. */
  readonly isBeside: boolean;
}

/** Null when it was stopped before its end. */
export async function verifyStore(options: VerifyStoreOptions): Promise<VerifyReport | null> {
  const { settings: { dataDir, sources, configFile }, database, tools, signal } = options;
  const { normalise } = liveMapping(sources, configFile ?? "configuration");
  // Before the runs are listed: beside a process that writes, one may begin in between.
  const stored = await liveOrigins(database);
  const archived = await listRuns(dataDir, tools.files);
  const runs = archived.filter((run) => run.kind === "live");
  const all = archived.reduce((sum, run) => sum + run.lines, 0);
  const verdicts: RunVerdict[] = [];
  let lines = 0;
  const tell = (more: number, runId: string) => {
    lines += more;
    const fraction = all === 0 ? 1 : Math.min(1, lines / all);
    options.onProgress({ step: "verifying", fraction, lines, what: runId });
  };
  const lost = stored.filter((origin) => !runs.some((run) => run.runId === origin.runId));
  verdicts.push(...await lostRuns(lost, database));
  for (const { runId } of runs.reverse()) {
    const onLines = (more: number) => tell(more, runId);
    const limits = options.isBeside ? { upToCheckpoint: true } : {};
    verdicts.push(
      await verifyRun(runId, { database, dataDir, normalise, tools, signal, onLines, ...limits }),
    );
    if (signal.aborted) return null;
  }
  verdicts.push(...await verifyBatchRuns({ database, dataDir, tools, signal, onLines: tell }));
  if (signal.aborted) return null;
  return { same: verdicts.every((one) => one.differences.length === 0), runs: verdicts };
}

/** Live runs that the store has rows of, and the archive nothing at all. */
async function lostRuns(
  origins: Awaited<ReturnType<typeof liveOrigins>>,
  database: Database,
): Promise<RunVerdict[]> {
  const verdicts: RunVerdict[] = [];
  for (const [run, parts] of Map.groupBy(origins, (origin) => origin.runId)) {
    let rows = 0, deadLetters = 0;
    for (const { path } of parts) {
      const stored = await originTotals(database, path);
      rows += stored.rows;
      deadLetters += stored.deadLetters;
    }
    if (rows + deadLetters === 0) continue;
    const nothing = new ReadingTotals().json();
    const fault = `${run}: the hot store has ${rows} readings and ${deadLetters} rejects of it, ` +
      `and the archive has no such run`;
    const found = { lines: 0, rows, dead_letters: deadLetters, cold: nothing, hot: nothing };
    verdicts.push({ run, kind: "live", ...found, differences: [fault] });
  }
  return verdicts;
}
