/** The jobs of upkeep, wherever they run: in a command, or in the worker beside a running house. */
import type { Random } from "../runtime/random.ts";
import type { Database } from "../store/database.ts";
import type { UpkeepJob, UpkeepProgress, UpkeepResult } from "./messages.ts";
import { previewRebuild } from "./rebuild/preview.ts";
import { type RebuildSettings, rebuildStore } from "./rebuild/rebuild_store.ts";
import type { ArchiveTools } from "./speed/archived_runs.ts";
import { verifyStore } from "./verify/verify_store.ts";

export interface UpkeepOptions {
  readonly settings: RebuildSettings;
  readonly database: Database;
  readonly tools: ArchiveTools & { readonly random: Random };
  readonly signal: AbortSignal;
  readonly onProgress: (progress: UpkeepProgress) => void;
  /** Others write to archive and store meanwhile. */
  readonly isBeside: boolean;
}

/** Null when it was stopped before its end. */
export async function runUpkeep(
  job: UpkeepJob,
  options: UpkeepOptions,
): Promise<UpkeepResult | null> {
  switch (job) {
    case "verify": {
      const report = await verifyStore(options);
      return report === null ? null : { job, report };
    }
    case "rebuild": {
      const report = await rebuildStore(options);
      return report === null ? null : { job, report };
    }
    case "preview": {
      const report = await previewRebuild(options);
      return report === null ? null : { job, report };
    }
  }
}
