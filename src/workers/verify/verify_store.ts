/** The whole hot store held against the archive, run by run: live ones, then batch ones. */
import { listRuns } from "../../archive/catalogue.ts";
import type { Database } from "../../store/database.ts";
import type { UpkeepProgress } from "../messages.ts";
import type { RebuildSettings } from "../rebuild/rebuild_store.ts";
import type { ArchiveTools } from "../speed/archived_runs.ts";
import { liveMapping } from "../speed/live_mapping.ts";
import { type RunVerdict, verifyRun } from "../verify_run.ts";
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
  const runs = (await listRuns(dataDir, tools.files)).filter((run) => run.kind === "live");
  const all = runs.reduce((sum, run) => sum + run.lines, 0);
  const verdicts: RunVerdict[] = [];
  let lines = 0;
  for (const { runId } of runs.reverse()) {
    const onLines = (more: number) => {
      lines += more;
      const fraction = all === 0 ? 1 : Math.min(1, lines / all);
      options.onProgress({ step: "verifying", fraction, lines, what: runId });
    };
    const limits = options.isBeside ? { upToCheckpoint: true } : {};
    verdicts.push(
      await verifyRun(runId, { database, dataDir, normalise, tools, signal, onLines, ...limits }),
    );
    if (signal.aborted) return null;
  }
  const onLines = (more: number, runId: string) => {
    lines += more;
    options.onProgress({ step: "verifying", fraction: 1, lines, what: runId });
  };
  verdicts.push(...await verifyBatchRuns({ database, dataDir, tools, signal, onLines }));
  if (signal.aborted) return null;
  return { same: verdicts.every((one) => one.differences.length === 0), runs: verdicts };
}
