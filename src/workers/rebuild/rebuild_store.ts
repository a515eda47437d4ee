/**
 * The hot store built anew from the archive and the history files, beside the one in use, and put
 * in its place at once. The one in use goes on being read and written meanwhile; what is archived
 * while the last lines are applied comes by way of the checkpoint, which the swap leaves where the
 * new store stands.
 *
 *   next store empty → live runs → history files → live runs again, until little is missing → swap
 */
import { listRuns } from "../../archive/catalogue.ts";
import { recoverRuns } from "../../archive/recovery.ts";
import { LIMITS } from "../../limits.ts";
import { SILENT_LOG } from "../../log.ts";
import type { Random } from "../../runtime/random.ts";
import type { Database } from "../../store/database.ts";
import { dropLeftovers, openNextStore, replaceStore } from "../../store/next_store.ts";
import { loadOpenAlerts } from "../../store/queries/alerts.ts";
import { StoreWriter } from "../../store/writer.ts";
import { BatchLayer } from "../batch/layer.ts";
import type { BatchReport, BatchStart, UpkeepProgress } from "../messages.ts";
import { type ArchiveTools, liveDirectory, partOrigin } from "../speed/archived_runs.ts";
import { BatchCommitter } from "../speed/batch_committer.ts";
import type { CaughtUp } from "../speed/catch_up.ts";
import { LiveSchemas } from "../speed/live_schemas.ts";
import { liveMapping } from "../speed/live_mapping.ts";
import { replayArchive } from "./archive_replay.ts";

/** What is built from: the configuration of the moment. */
export type RebuildSettings = Omit<BatchStart, "store" | "mode">;

export interface RebuildOptions {
  readonly settings: RebuildSettings;
  /** The store in use. */
  readonly database: Database;
  readonly tools: ArchiveTools & { readonly random: Random };
  readonly signal: AbortSignal;
  readonly onProgress: (progress: UpkeepProgress) => void;
  /** The speed and batch layers of another thread write to the archive meanwhile. */
  readonly isBeside: boolean;
}

export interface RebuildReport {
  readonly live: CaughtUp;
  readonly batch: BatchReport;
}

/** Rounds of catching up before the swap; under a feed faster than the store it never ends. */
const ROUNDS_MAX = 10;

/**
 * Null when it was stopped before the swap: then nothing has changed.
 * @throws when it can't be done; nothing has changed then either.
 */
export async function rebuildStore(options: RebuildOptions): Promise<RebuildReport | null> {
  const { database, tools, signal, settings: { dataDir } } = options;
  try {
    // Beside a running one that was done at its start, and the run under way is its own.
    if (!options.isBeside) await recoverRuns({ directory: liveDirectory(dataDir), ...tools });
    const next = await openNextStore(database, SILENT_LOG);
    const apply = await archiveReplay(options, next);
    const live = await apply();
    const batch = signal.aborted ? null : await loadHistory(options, next);
    for (let round = 0; round < ROUNDS_MAX && !signal.aborted; round++) {
      const more = await apply();
      live.lines += more.lines;
      live.rows += more.rows;
      live.deadLetters += more.deadLetters;
      if (more.lines < LIMITS.batchRowsMax) break;
    }
    if (batch !== null && !signal.aborted) {
      await replaceStore(database);
      tools.log.info("the hot store was built anew", {
        live_rows: live.rows,
        history_rows: batch.rowsLoaded,
      });
      return { live, batch };
    }
  } catch (error) {
    await dropLeftovers(database).catch(() => {});
    throw error;
  }
  await dropLeftovers(database);
  return null;
}

type Counts = { -readonly [K in keyof CaughtUp]: CaughtUp[K] };

/** Each call applies what the archive has got since the call before. */
async function archiveReplay(
  { settings, tools, signal, onProgress }: RebuildOptions,
  next: Database,
): Promise<() => Promise<Counts>> {
  const { dataDir, sources, configFile, rules } = settings;
  const { clock, random, log } = tools;
  const mapping = liveMapping(sources, configFile ?? "configuration");
  const { normalise } = mapping;
  // What the lines show anew is what was told before: not told again.
  const schemas = new LiveSchemas({ database: next, mapping, log: SILENT_LOG });
  const committer = new BatchCommitter({
    store: new StoreWriter(next),
    origin: partOrigin,
    rules,
    loadOpenAlerts: () => loadOpenAlerts(next),
    clock,
    random,
    log,
    // Nobody reads them before the swap. The embedded store, in one session with those who read and
    // write the one in use, takes them a few at a time.
    ...(next.kind === "postgres" ? { rollupRestMsMin: LIMITS.rollupRebuildRestMs } : {}),
  });
  const runs = await listRuns(dataDir, tools.files);
  const all = runs.reduce((sum, run) => run.kind === "live" ? sum + run.lines : sum, 0);
  let applied = 0;
  const onLines = (lines: number, what: string) => {
    applied += lines;
    const fraction = all === 0 ? 1 : Math.min(1, applied / all);
    onProgress({ step: "applying live runs", fraction, lines: applied, what });
  };
  return async () => ({
    ...await replayArchive({ dataDir, committer, normalise, tools, signal, schemas, onLines }),
  });
}

/** Null when it was stopped before its end. */
async function loadHistory(
  { settings, tools, signal, onProgress, isBeside }: RebuildOptions,
  next: Database,
): Promise<BatchReport | null> {
  let report: BatchReport | null = null;
  let failure: string | null = null;
  const layer = new BatchLayer({ ...settings, mode: "once" }, {
    ...tools,
    database: next,
    recovers: !isBeside,
    post: (message) => {
      if (message.type === "report") report = message.report;
      if (message.type === "fatal") failure = message.message;
      if (message.type === "status") {
        const { progress, rows_read, current_file } = message.status;
        onProgress({
          step: "loading history",
          fraction: progress ?? 0,
          lines: rows_read,
          what: current_file ?? "",
        });
      }
    },
  });
  const stop = () => void layer.stop();
  signal.addEventListener("abort", stop);
  try {
    layer.start();
    await layer.finished;
  } finally {
    signal.removeEventListener("abort", stop);
  }
  if (failure !== null) throw new Error(failure);
  return report;
}
