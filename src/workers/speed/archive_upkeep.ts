/**
 * Keeps the archive small beside the feed: compresses sealed parts, deletes what retention lets go.
 * One thing at a time, and none of it ever fails the layer. Runs in the speed layer's thread, which
 * it hardly takes: zstd and the disk are other threads', this one hashes for the check.
 */
import { retainBatch } from "../../archive/batch_retention.ts";
import { type AppliedUpTo, retainLive } from "../../archive/live_retention.ts";
import type { RetentionRule } from "../../archive/retention_rule.ts";
import { Sealer } from "../../archive/sealer.ts";
import type { KeepRule, Retention } from "../../config.ts";
import { LIMITS } from "../../limits.ts";
import { delay } from "../../runtime/clock.ts";
import type { Database } from "../../store/database.ts";
import { StoreWriter } from "../../store/writer.ts";
import type { SpeedStart } from "../messages.ts";
import { type ArchiveTools, liveDirectory } from "./archived_runs.ts";

export interface ArchiveUpkeepOptions {
  readonly dataDir: string;
  readonly compress: boolean;
  readonly retention: Retention;
  /** The hot store's checkpoint; rejects while the store is away: then nothing live is deleted. */
  readonly appliedUpTo: AppliedUpTo;
  readonly tools: ArchiveTools;
}

/** The upkeep that a speed layer was started with; none where it was not told. */
export async function archiveUpkeep(
  { dataDir, keep }: SpeedStart,
  tools: ArchiveTools & { readonly database: Database },
  signal: AbortSignal,
): Promise<void> {
  if (keep === undefined) return;
  const store = new StoreWriter(tools.database);
  const appliedUpTo = (runId: string) => store.readCheckpoint(runId);
  await keepArchive({ dataDir, ...keep, appliedUpTo, tools }, signal);
}

/** Goes on until the signal aborts. The first pass comes an interval after the start. */
export async function keepArchive(
  options: ArchiveUpkeepOptions,
  signal: AbortSignal,
): Promise<void> {
  const { dataDir, compress, tools } = options;
  const sealer = new Sealer({ directory: liveDirectory(dataDir), ...tools });
  for (let pass = 0;; pass++) {
    await delay(tools.clock, LIMITS.archiveUpkeepIntervalMs, signal);
    if (signal.aborted) return;
    // What is about to go need not be compressed first.
    if (pass % LIMITS.retentionPasses === 0) await retain(options);
    if (compress) {
      await sealer.pass(signal).catch((error) =>
        tools.log.warn("the archive can't be looked through now", { error })
      );
    }
  }
}

async function retain(options: ArchiveUpkeepOptions): Promise<void> {
  const { dataDir, retention, appliedUpTo, tools } = options;
  const live = ruleOf(retention.live), batch = ruleOf(retention.batch);
  try {
    if (live !== null) {
      await retainLive({ directory: liveDirectory(dataDir), rule: live, ...tools }, appliedUpTo);
    }
    if (batch !== null) {
      await retainBatch({ directory: `${dataDir}/batch_data`, rule: batch, ...tools });
    }
  } catch (error) {
    tools.log.warn("retention has to wait; nothing more is deleted now", { error });
  }
}

const DAY_MS = 86_400_000;

/** Null where nothing is to be deleted. */
function ruleOf({ daysMax, bytesMax }: KeepRule): RetentionRule | null {
  if (daysMax === null && bytesMax === null) return null;
  return { ageMsMax: daysMax === null ? null : daysMax * DAY_MS, bytesMax };
}
